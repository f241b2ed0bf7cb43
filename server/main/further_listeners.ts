/**
 * The listeners beside the native one. Wires that are not served are not loaded: they would take memory and time.
 *
 * @module
 */
import type { SignIn } from "../accounts/sign_in.ts";
import type { ServerCertificate } from "../certificate/certificate.ts";
import type { Logger } from "../common/log.ts";
import type { Chat } from "../heart/chat.ts";
import type { Traffic } from "../wires/connection/traffic.ts";
import type { CommandLog } from "../storage/command_log.ts";
import type { SecretStorage } from "../storage/secret_storage.ts";
import type { ServerOptions } from "./server_options.ts";

/** A listener that is ready. */
export interface ReadyListener {
  /** What it is called in the line that says so. */
  readonly name: string;
  readonly address: Deno.NetAddr;
}

/** A listener beside the native one, which can be stopped. */
export interface FurtherListener extends ReadyListener {
  stop(): Promise<void>;
}

/** What they share with the native one. */
interface Shared {
  readonly chat: Chat;
  readonly signIn: SignIn;
  readonly logger: Logger;
  readonly traffic: Traffic;
  readonly storage: SecretStorage & CommandLog;
  /** The data folder, which exists. */
  readonly dataDirectory: string;
}

/**
 * Opens those that are wanted, one by one, so that the caller can stop those before one that fails.
 *
 * @param options Which ones, and where.
 * @param shared What they stand on.
 * @param certificate The server's, for IRC with TLS.
 * @throws {Deno.errors.AddrInUse} and others of `Deno.listen`.
 * @throws {CertificateError} The key for classic clients cannot be used.
 */
export async function* openFurther(
  options: ServerOptions,
  shared: Shared,
  certificate: ServerCertificate,
): AsyncGenerator<FurtherListener> {
  const { plainHost = "127.0.0.1", classicPort, ircPort, ircPlainPort } = options;
  if (classicPort !== undefined) {
    const { openClassic } = await import("../wires/classic/classic.ts");
    yield await openClassic({ hostname: plainHost, port: classicPort }, shared);
  }
  if (ircPort === undefined && ircPlainPort === undefined) return;
  const [{ openIrc }, { loadHostKey }] = await Promise.all([
    import("../wires/irc/irc.ts"),
    import("../wires/irc/network/cloaks.ts"),
  ]);
  const { certificatePem: cert, keyPem: key } = certificate;
  const addresses = {
    tls: ircPort === undefined ? null : { hostname: options.host, port: ircPort, cert, key },
    plain: ircPlainPort === undefined ? null : { hostname: plainHost, port: ircPlainPort },
  };
  yield* openIrc(addresses, {
    ...shared,
    hostKey: await loadHostKey(shared.storage),
    registration: options.registration,
    name: options.name,
    motd: options.motd,
    operator: options.operator,
    sasl: options.ircSasl ?? "all",
    trusted: options.certificateFile !== undefined,
  });
}
