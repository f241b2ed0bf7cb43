/**
 * The lines that say that a server is ready: people copy them to other machines, programs wait for them.
 *
 * @module
 */
import { serverAddressText } from "../../protocol/wire/server_address.ts";
import type { RunningServer } from "./compose.ts";
import { isLoopbackHost, type NetworkAddress, reachableHosts } from "./reachable_addresses.ts";

/** What is needed of the server. */
export type ReadyServer = Pick<RunningServer, "address" | "fingerprint" | "listeners">;

/** What the lines depend on besides the server. */
export interface ReadyOptions {
  /** The machine's addresses; the real ones if not given. */
  readonly addresses?: readonly NetworkAddress[];
  /** Whether browsers are shown another certificate than the server's. */
  readonly hasWebCertificate?: boolean;
}

/**
 * What a server says when it is ready.
 *
 * @param name What people call the server.
 * @param server The server.
 * @param options See {@linkcode ReadyOptions}.
 * @return Lines: that it is ready, its fingerprint, a command for each address that others can reach, its other listeners, where the
 * page is, and the fingerprint once more for programs that show it in hexadecimal.
 */
export function readyLines(
  name: string,
  { address, fingerprint, listeners }: ReadyServer,
  { addresses, hasWebCertificate = false }: ReadyOptions = {},
): string[] {
  const showsCertificate = listeners.some(({ name }) =>
    name === "irc" || (name === "web" && !hasWebCertificate)
  );
  const hosts = reachableHosts(address.hostname, addresses);
  return [
    `chat server "${name}" is ready on ${textOf(address)}`,
    `fingerprint ${fingerprint}`,
    ...(hosts.every(isLoopbackHost) ? ["Only people on this machine can join."] : []),
    ...hosts.map((host) =>
      `join with: chat client ${host} ${address.port} NAME --fingerprint ${fingerprint}`
    ),
    ...listeners.map((one) => `${one.name} is ready on ${textOf(one.address)}`),
    ...listeners.filter(({ name }) => name === "web").flatMap((one) =>
      reachableHosts(one.address.hostname, addresses).map((host) =>
        `or with a browser: https://${serverAddressText(host, one.address.port)}/`
      )
    ),
    ...(showsCertificate
      ? [`fingerprint as browsers and IRC programs show it: ${inHexadecimal(fingerprint)}`]
      : []),
  ];
}

/** The same bytes, two digits each, with colons between them. */
function inHexadecimal(fingerprint: string): string {
  const bytes = Uint8Array.fromBase64(fingerprint.slice("SHA256:".length));
  return bytes.toHex().toUpperCase().match(/../g)!.join(":");
}

function textOf({ hostname, port }: Deno.NetAddr): string {
  return serverAddressText(hostname, port);
}
