/**
 * Public keys that are points of small order: whatever is agreed on with such a key of X25519 is zero, and anything can be
 * signed for such a key of Ed25519. RFC 7748, section 6.1, and RFC 8032, section 8.9, leave it to the protocol to refuse them.
 *
 * @module
 */
import type { Bytes } from "./byte_fields.ts";

const half = "f".repeat(60);

/** The coordinates of small order, in hexadecimal, little-endian, also those that are not reduced; without the highest bit. */
const smallOrder = {
  // u = 0 and 1, the two of order 8, and p - 1, p, p + 1.
  X25519: new Set([
    "00".repeat(32),
    "01" + "00".repeat(31),
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    `ec${half}7f`,
    `ed${half}7f`,
    `ee${half}7f`,
  ]),
  // y = 0 and 1, the two of order 8, and p - 1, p, p + 1.
  Ed25519: new Set([
    "00".repeat(32),
    "01" + "00".repeat(31),
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    `ec${half}7f`,
    `ed${half}7f`,
    `ee${half}7f`,
  ]),
} as const;

/**
 * Whether a public key is a point of small order.
 *
 * @param curve Which kind of key.
 * @param key 32 bytes.
 */
export function isSmallOrder(curve: keyof typeof smallOrder, key: Bytes): boolean {
  const coordinate = key.slice();
  // The highest bit is ignored (X25519), or the sign of the other coordinate (Ed25519).
  coordinate[31]! &= 0x7f;
  return smallOrder[curve].has(coordinate.toHex());
}
