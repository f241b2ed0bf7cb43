/**
 * Addresses as the counting of tries sees them.
 *
 * @module
 */

/**
 * One spelling for one address: a socket for both families names an IPv4 peer by an IPv6 address (RFC 4291, section 2.5.5.2).
 *
 * @param address A peer's address as the socket gives it.
 * @return The IPv4 address where it is one, else the same text.
 */
export function plainAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

/**
 * What one subscriber or network segment owns: an IPv4 address, or an IPv6 /64, within which a host can have any number of
 * addresses (RFC 8981).
 *
 * @param address A peer's address as the socket gives it.
 * @return A key: the same for all addresses of the network.
 */
export function networkOf(address: string): string {
  return prefixOf(address, 4);
}

/**
 * What one site owns: an IPv4 address, or an IPv6 /48, which has 65,536 networks (RFC 6177).
 *
 * @param address A peer's address as the socket gives it.
 * @return A key: the same for all addresses of the site.
 */
export function siteOf(address: string): string {
  return prefixOf(address, 3);
}

/** The first groups of 16 bits of an IPv6 address; an IPv4 address as a whole. */
function prefixOf(address: string, count: number): string {
  const plain = plainAddress(address);
  if (!plain.includes(":")) return plain;
  const [head = "", tail = ""] = plain.split("::");
  const groups = (text: string) => text === "" ? [] : text.split(":");
  const missing = Math.max(0, 8 - groups(head).length - groups(tail).length);
  const all = [...groups(head), ...Array<string>(missing).fill("0"), ...groups(tail)];
  const prefix = all.slice(0, count).map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(":")}::/${count * 16}`;
}
