/**
 * Native connections to a real server, as cheap as they can be: no reconnecting, no keys, one password for everyone.
 *
 * @module
 */
import { decodePem } from "../../../protocol/certificate/pem.ts";
import {
  channelBindingOf,
  serverCertificateName,
} from "../../../protocol/certificate/fingerprint.ts";
import type { ServerEvent } from "../../../protocol/wire/events.ts";
import { Credentials } from "../../../client/core/link/credentials.ts";
import { Link } from "../../../client/core/link/link.ts";
import { signIn } from "../../../client/core/link/sign_in.ts";
import { connectTls } from "../../../bench/deno_tls.ts";
import { identityFileName } from "../../../server/certificate/certificate.ts";
import { keysOfEveryone, passwordOfEveryone } from "../../fixtures/accounts.ts";

/** How to reach a server whose data folder can be read. */
export class Door {
  readonly port: number;
  readonly #pem: string;
  /** The data of `tls-server-end-point`. */
  readonly binding: Uint8Array<ArrayBuffer>;

  private constructor(port: number, pem: string, binding: Uint8Array<ArrayBuffer>) {
    this.port = port;
    this.#pem = pem;
    this.binding = binding;
  }

  /** Reads the server's certificate from its data folder. */
  static async of(server: { port: number; directory: string }): Promise<Door> {
    const text = await Deno.readTextFile(`${server.directory}/${identityFileName}`);
    const pem = text.slice(text.indexOf("-----BEGIN CERTIFICATE-----"));
    return new Door(server.port, pem, await channelBindingOf(decodePem("CERTIFICATE", text)!));
  }

  /** The same server behind another port, such as a proxy's. */
  behind(port: number): Door {
    return new Door(port, this.#pem, this.binding);
  }

  /** Connects, with the handshake done. */
  async connect(timeoutMs = 30_000): Promise<Deno.TlsConn> {
    const target = { host: "127.0.0.1", port: this.port, serverName: serverCertificateName };
    return await connectTls(
      { ...target, trustedPems: [this.#pem] },
      AbortSignal.timeout(timeoutMs),
    );
  }

  /**
   * Connects without signing in.
   *
   * @param onEvent Takes the server's events.
   */
  async open(onEvent: (event: ServerEvent) => void = () => {}): Promise<Link> {
    return new Link(await this.connect(), { onEvent, onClosed: () => {} });
  }

  /**
   * Signs in with the password of everyone. Answers the server's probes.
   *
   * @param name An account made by `addAccountsTo`.
   * @param onEvent Takes the server's events.
   */
  async enter(name: string, onEvent: (event: ServerEvent) => void = () => {}): Promise<Link> {
    const link: Link = await this.open((event) => {
      if (event.event === "probe") link.sendRead(0);
      onEvent(event);
    });
    try {
      await signIn(link, credentialsOf(name), this.binding, undefined);
      return link;
    } catch (error) {
      link.close();
      throw error;
    }
  }
}

/** The credentials of an account made by `addAccountsTo`; the keys are derived once for all. */
export function credentialsOf(name: string): Credentials {
  const credentials = new Credentials(name, passwordOfEveryone);
  credentials.keysFor = () => keysOfEveryone();
  return credentials;
}

/** The names of some people. */
export function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `load${index}`);
}
