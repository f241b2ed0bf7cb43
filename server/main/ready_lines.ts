/**
 * The lines that say that a server is ready: people copy them to other machines, programs wait for them.
 *
 * @module
 */
import type { RunningServer } from "./compose.ts";

/** Addresses that are named at the most: a machine can have very many. */
const addressesMax = 4;

/** Listening on these means listening on every address. */
const everyAddress = ["0.0.0.0", "::"];

/** What is needed of the server. */
export type ReadyServer = Pick<RunningServer, "address" | "fingerprint" | "listeners">;

/** An interface of this machine, as `Deno.networkInterfaces()` gives it. */
export type NetworkAddress = Pick<Deno.NetworkInterfaceInfo, "address" | "family">;

/**
 * What a server says when it is ready.
 *
 * @param name What people call the server.
 * @param server The server.
 * @param addresses The machine's addresses; the real ones if not given.
 * @return Lines: that it is ready, its fingerprint, a command for each address that others can reach, its other listeners.
 */
export function readyLines(
  name: string,
  { address, fingerprint, listeners }: ReadyServer,
  addresses: readonly NetworkAddress[] = machineAddresses(),
): string[] {
  const hosts = reachableHosts(address.hostname, addresses);
  return [
    `chat server "${name}" is ready on ${addressText(address)}`,
    `fingerprint ${fingerprint}`,
    ...(hosts.every(isLoopback) ? ["Only people on this machine can join."] : []),
    ...hosts.map((host) =>
      `join with: chat client ${host} ${address.port} NAME --fingerprint ${fingerprint}`
    ),
    ...listeners.map((one) => `${one.name} is ready on ${addressText(one.address)}`),
  ];
}

/** What others can type for the address that a server listens on; loopback where there is nothing else. */
function reachableHosts(listening: string, addresses: readonly NetworkAddress[]): string[] {
  if (!everyAddress.includes(listening)) return [listening];
  const families = listening === "::" ? ["IPv4", "IPv6"] : ["IPv4"];
  const hosts = addresses
    .filter(({ address, family }) =>
      families.includes(family) && !isLoopback(address) && !isLinkLocal(address)
    )
    .map(({ address }) => address);
  return hosts.length === 0 ? ["127.0.0.1"] : hosts.slice(0, addressesMax);
}

/** None where the system does not tell them. */
function machineAddresses(): NetworkAddress[] {
  try {
    return Deno.networkInterfaces();
  } catch {
    return [];
  }
}

function isLoopback(host: string): boolean {
  return host.startsWith("127.") || host === "::1" || host === "localhost";
}

/** Such an address (RFC 3927; RFC 4291, section 2.5.6) means nothing without the interface. */
function isLinkLocal(address: string): boolean {
  return address.startsWith("169.254.") || /^fe[89ab]/i.test(address);
}

function addressText({ hostname, port }: Deno.NetAddr): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
