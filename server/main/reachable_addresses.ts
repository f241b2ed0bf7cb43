/**
 * Where a server can be reached that listens on an address: on every address of the machine where that stands for all of them.
 *
 * @module
 */
import { ownAddressesMax } from "../../protocol/wire/limits.ts";
import { serverAddressText } from "../../protocol/wire/server_address.ts";

/** Listening on these means listening on every address. */
const everyAddress = ["0.0.0.0", "::"];

/** An interface of this machine, as `Deno.networkInterfaces()` gives it. */
export type NetworkAddress = Pick<Deno.NetworkInterfaceInfo, "address" | "family">;

/**
 * What others can type for the host of a server.
 *
 * @param listening The address that it listens on.
 * @param addresses The machine's addresses; the real ones if not given. None where the system does not tell them.
 * @return Some of them, since a machine can have very many; loopback where there is nothing else.
 */
export function reachableHosts(
  listening: string,
  addresses: readonly NetworkAddress[] = machineAddresses(),
): string[] {
  if (!everyAddress.includes(listening)) return [listening];
  const families = listening === "::" ? ["IPv4", "IPv6"] : ["IPv4"];
  const hosts = addresses
    .filter(({ address, family }) =>
      families.includes(family) && !isLoopbackHost(address) && !isLinkLocal(address)
    )
    .map(({ address }) => address);
  return hosts.length === 0 ? ["127.0.0.1"] : hosts.slice(0, ownAddressesMax);
}

/** The same with the port, as `host:port`. */
export function reachableAddresses({ hostname, port }: Deno.NetAddr): string[] {
  return reachableHosts(hostname).map((host) => serverAddressText(host, port));
}

/** Whether a host is this machine, and nothing but it. */
export function isLoopbackHost(host: string): boolean {
  return host.startsWith("127.") || host === "::1" || host === "localhost";
}

function machineAddresses(): NetworkAddress[] {
  try {
    return Deno.networkInterfaces();
  } catch {
    return [];
  }
}

/** Such an address (RFC 3927; RFC 4291, section 2.5.6) means nothing without the interface. */
function isLinkLocal(address: string): boolean {
  return address.startsWith("169.254.") || /^fe[89ab]/i.test(address);
}
