/**
 * The page for browsers: its port, its certificate, and how people are told of it.
 *
 * @module
 */
import { loadCertificate, type ServerCertificate } from "../certificate/certificate.ts";
import type { ConversationOptions } from "../wires/session_protocol/conversation.ts";
import type { FurtherListener } from "./further_listeners.ts";
import { reachableAddresses } from "./reachable_addresses.ts";
import type { ServerOptions } from "./server_options.ts";

/** A port for the page, on which nothing is accepted yet. */
export interface PagePort {
  readonly acceptor: Deno.TlsListener;
  readonly address: Deno.NetAddr;
  /** The fingerprint of the certificate that browsers are shown. */
  readonly fingerprint: string;
}

/**
 * Opens the port.
 *
 * @param options Where, and by which certificate, if not the server's own.
 * @param own The server's own certificate.
 * @return Null where no page is served.
 * @throws {CertificateError} See `loadCertificate()`.
 * @throws {Deno.errors.AddrInUse} and others of `Deno.listenTls`.
 */
export async function openPagePort(
  options: ServerOptions,
  own: ServerCertificate,
): Promise<PagePort | null> {
  const { host, webPort, webCertificateFile, webKeyFile, dataDirectory } = options;
  if (webPort === undefined) return null;
  const files = { certificateFile: webCertificateFile, keyFile: webKeyFile };
  const given = webCertificateFile === undefined
    ? own
    : await loadCertificate(dataDirectory, files);
  const { certificatePem: cert, keyPem: key, fingerprint } = given;
  const acceptor = Deno.listenTls({ hostname: host, port: webPort, cert, key });
  return { acceptor, address: acceptor.addr as Deno.NetAddr, fingerprint };
}

/** Serves the page on its port. @param conversation What its sessions stand on. */
export async function startPage(
  { acceptor, address, fingerprint }: PagePort,
  conversation: ConversationOptions,
): Promise<FurtherListener> {
  const { startWeb } = await import("../wires/web/web.ts");
  const web = startWeb(acceptor, { ...conversation, fingerprint });
  return { name: "web", address, stop: () => web.stop("The server is stopping.") };
}

/** The addresses of the page, as people open them. */
export function pageAddresses(address: Deno.NetAddr): string[] {
  return reachableAddresses(address).map((one) => `https://${one}/`);
}

/**
 * The message of the day for wires that have no other place to say where the page is.
 *
 * @param motd The operator's own, if any.
 * @param addresses Those of the page; none where there is none.
 */
export function motdWithPage(
  motd: string | undefined,
  addresses: readonly string[],
): string | undefined {
  if (addresses.length === 0) return motd;
  const line = `With a browser: ${addresses.join(" or ")}`;
  return motd === undefined ? line : `${motd}\n${line}`;
}
