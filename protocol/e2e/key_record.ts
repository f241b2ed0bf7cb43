/**
 * The public keys of an account, signed by their owner and bound to the account's name.
 *
 * @module
 */
import { ByteReader, type Bytes, concatenate, decodeText, joinFields } from "./byte_fields.ts";
import { ChatError } from "../wire/errors.ts";
import { keyRecordBytesMax } from "../wire/limits.ts";
import { isSmallOrder } from "./small_order.ts";

/** The public keys of an account. */
export interface PublicKeys {
  /** X25519, for HPKE; 32 bytes. */
  readonly agreement: Bytes;
  /** Ed25519, which signs the record; 32 bytes. */
  readonly signing: Bytes;
}

/** Bytes of a public key of either kind. */
export const publicKeyBytes = 32;

const version = 1;
const signatureBytes = 64;
const label = "chat key record v1";

/**
 * Makes a signed record: version, length of the name, name, both keys, signature.
 *
 * @param nameKey The account's folded name.
 * @param keys Its public keys.
 * @param privateKey The private key that belongs to `keys.signing`.
 * @return At most `keyRecordBytesMax` bytes.
 */
export async function makeKeyRecord(
  nameKey: string,
  keys: PublicKeys,
  privateKey: CryptoKey,
): Promise<Bytes> {
  const name = new TextEncoder().encode(nameKey);
  const head = concatenate(
    Uint8Array.of(version, name.length),
    name,
    keys.agreement,
    keys.signing,
  );
  const signed = joinFields(label, head);
  return concatenate(head, new Uint8Array(await crypto.subtle.sign("Ed25519", privateKey, signed)));
}

/**
 * Reads a record and checks its signature.
 *
 * @param record The record.
 * @param nameKey The folded name of the account whose keys are wanted.
 * @return Its keys.
 * @throws {ChatError} `bad_message` where it is no record; `bad_proof` where it belongs to another name, its signature is wrong,
 * or a key in it is of small order and protects nothing.
 */
export async function readKeyRecord(record: Bytes, nameKey: string): Promise<PublicKeys> {
  if (record.length > keyRecordBytesMax) throw malformed();
  const reader = new ByteReader(record);
  const [found, nameLength = 0] = reader.take(2);
  if (found !== version) throw malformed();
  const name = decodeText(reader.take(nameLength));
  const agreement = reader.take(publicKeyBytes);
  const signing = reader.take(publicKeyBytes);
  const signature = reader.take(signatureBytes);
  reader.end();
  if (name !== nameKey) throw new ChatError("bad_proof", "The key record is of another account.");
  const signed = joinFields(label, record.slice(0, -signatureBytes));
  if (!await verifySignature(signing, signature, signed)) {
    throw new ChatError("bad_proof", "The signature of the key record is wrong.");
  }
  if (isSmallOrder("X25519", agreement) || isSmallOrder("Ed25519", signing)) {
    throw new ChatError("bad_proof", "The key record holds a key that protects nothing.");
  }
  return { agreement, signing };
}

/**
 * Whether a signature is right.
 *
 * @param signing The Ed25519 key.
 * @param signature 64 bytes.
 * @param signed What was signed.
 */
export async function verifySignature(
  signing: Bytes,
  signature: Bytes,
  signed: Bytes,
): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey("raw", signing, "Ed25519", true, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, signature, signed);
  } catch {
    // Bytes that are no point of the curve.
    return false;
  }
}

/**
 * Whether both are the same keys. Public keys are no secret: this need not take constant time.
 *
 * @param a Some keys.
 * @param b Some keys.
 */
export function sameKeys(a: PublicKeys, b: PublicKeys): boolean {
  return same(a.agreement, b.agreement) && same(a.signing, b.signing);
}

function same(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function malformed(): ChatError {
  return new ChatError("bad_message", "It is not a key record that this version knows.");
}
