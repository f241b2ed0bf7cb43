/**
 * Where a server of a cluster is reached, as the servers tell their clients: `host:port`, an IPv6 address in brackets
 * (RFC 3986, section 3.2.2).
 *
 * @module
 */
import { serverAddressCharactersMax } from "./limits.ts";

/** The two halves of an address. */
export interface ServerAddress {
  /** A name or an IP address, without brackets, in lower case. */
  readonly host: string;
  /** 1 to 65,535. */
  readonly port: number;
}

/**
 * A name or an IPv4 address, in ASCII, or an IPv6 address in brackets without a zone, which would mean nothing on another machine;
 * then the port.
 */
const pattern = /^(?:([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)|\[([0-9a-f:.]+)\]):([1-9]\d{0,4})$/;

/**
 * Reads an address.
 *
 * @param text What a peer or a person has given; nothing is assumed of it.
 * @return The address; null for anything that is none.
 */
export function parseServerAddress(text: string): ServerAddress | null {
  if (text.length > serverAddressCharactersMax) return null;
  const [address, name, bracketed, digits] = pattern.exec(text.toLowerCase()) ?? [];
  const host = name ?? bracketed;
  const port = Number(digits);
  if (address === undefined || host === undefined || port > 65_535) return null;
  // Knows how the numbers of an IP address are written.
  return URL.canParse(`http://${address}/`) ? { host, port } : null;
}

/**
 * An address as text.
 *
 * @param host A name or an IP address, with or without brackets.
 * @param port The port.
 */
export function serverAddressText(host: string, port: number): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]:${port}` : `${host}:${port}`;
}
