/**
 * For which hosts a certificate is made (RFC 9525): only the names of its own extension count, read from their bytes.
 *
 * `node:tls` compares hosts, too, but by a text in which it has put all names together. A name of another kind, such as a URI or
 * an address of mail, that holds ", DNS:" passes for a host there; so does the common name of a certificate that names no host, which
 * no limits of its authority (RFC 5280, section 4.2.1.10) hold for.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { expectElement, readElement, sequenceTag } from "../../protocol/certificate/der.ts";

/** Object identifier 2.5.29.17, subjectAltName, as an element. */
const subjectAltName = [0x06, 0x03, 0x55, 0x1d, 0x11];
/** The extensions, in the certificate's body (RFC 5280, section 4.1). */
const extensionsTag = 0xa3;
const octetStringTag = 0x04;
/** A dNSName among the names (RFC 5280, section 4.2.1.6). */
const dnsNameTag = 0x82;

/**
 * Whether a certificate is made for a host.
 *
 * @param der The certificate, in DER. Nothing about it is verified.
 * @param host A name or an IP address, without brackets.
 * @returns Whether the certificate names it.
 * @throws {ChatError} `bad_message` where the certificate is malformed.
 */
export function isMadeFor(der: Uint8Array, host: string): boolean {
  if (isIP(host) !== 0) return new X509Certificate(der).checkIP(host) !== undefined;
  const wanted = domainToASCII(host).toLowerCase().replace(/\.$/, "");
  const [, ...parents] = wanted.split(".");
  // A star stands for one label, and not for all hosts of a top-level domain.
  const wildcard = parents.length > 1 ? `*.${parents.join(".")}` : wanted;
  const names = dnsNamesOf(der);
  return wanted !== "" && (names.includes(wanted) || names.includes(wildcard));
}

/** The names of hosts, in lower case. */
function dnsNamesOf(der: Uint8Array): string[] {
  const names = namesExtensionOf(der);
  if (names === null) return [];
  const list = expectElement(names, 0, names.length, sequenceTag);
  return elementsOf(names, list).filter(({ tag }) => tag === dnsNameTag)
    .map(({ start, end }) => new TextDecoder().decode(names.subarray(start, end)).toLowerCase());
}

/** What the extension with the names holds; null where there is none. */
function namesExtensionOf(der: Uint8Array): Uint8Array | null {
  const certificate = expectElement(der, 0, der.length, sequenceTag);
  const body = expectElement(der, certificate.start, certificate.end, sequenceTag);
  const wrapper = elementsOf(der, body).find(({ tag }) => tag === extensionsTag);
  if (wrapper === undefined) return null;
  const extensions = expectElement(der, wrapper.start, wrapper.end, sequenceTag);
  for (const { start, end } of elementsOf(der, extensions)) {
    if (!subjectAltName.every((byte, at) => der[start + at] === byte)) continue;
    // Whether it is critical may stand between.
    const value = elementsOf(der, { start, end }).find(({ tag }) => tag === octetStringTag);
    return value === undefined ? null : der.subarray(value.start, value.end);
  }
  return null;
}

/** The elements in another one. */
function elementsOf(der: Uint8Array, { start, end }: { start: number; end: number }) {
  const elements = [];
  for (let at = start; at < end;) {
    const element = readElement(der, at, end);
    elements.push(element);
    at = element.end;
  }
  return elements;
}
