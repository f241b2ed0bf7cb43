/**
 * What an account's key record (key_record.ts) has grown by: a key of ML-KEM-768, signed by the key of the record. It travels
 * and is kept beside the record, so that programs which do not know it read the record as before.
 *
 * @module
 */
import { type Bytes, concatenate, joinFields } from "./byte_fields.ts";
import { ChatError } from "../wire/errors.ts";
import { verifySignature } from "./key_record.ts";
import { encapsulationKeyBytes, isEncapsulationKey } from "./ml_kem.ts";
import { keySupplementBytes } from "../wire/limits.ts";

const label = "chat key supplement v1";

/**
 * Makes a supplement: the key, then the signature of record and key.
 *
 * @param record The account's key record.
 * @param encapsulationKey The account's key of ML-KEM-768.
 * @param privateKey The Ed25519 key that has signed the record.
 * @return `keySupplementBytes` bytes.
 */
export async function makeKeySupplement(
  record: Bytes,
  encapsulationKey: Bytes,
  privateKey: CryptoKey,
): Promise<Bytes> {
  const signed = joinFields(label, record, encapsulationKey);
  const signature = await crypto.subtle.sign("Ed25519", privateKey, signed);
  return concatenate(encapsulationKey, new Uint8Array(signature));
}

/**
 * Reads a supplement and checks its signature.
 *
 * @param supplement The supplement.
 * @param record The account's key record.
 * @param signing The Ed25519 key of the record, which was read before.
 * @return The account's key of ML-KEM-768.
 * @throws {ChatError} `bad_message` where it is no supplement; `bad_proof` where it is of another record, its signature is
 * wrong, or what it holds is no key of ML-KEM-768.
 */
export async function readKeySupplement(
  supplement: Bytes,
  record: Bytes,
  signing: Bytes,
): Promise<Bytes> {
  if (supplement.length !== keySupplementBytes) {
    throw new ChatError("bad_message", "It is not a key supplement that this version knows.");
  }
  const encapsulationKey = supplement.slice(0, encapsulationKeyBytes);
  const signature = supplement.slice(encapsulationKeyBytes);
  if (!await verifySignature(signing, signature, joinFields(label, record, encapsulationKey))) {
    throw new ChatError("bad_proof", "The signature of the key supplement is wrong.");
  }
  if (!isEncapsulationKey(encapsulationKey)) {
    throw new ChatError("bad_proof", "The key supplement holds no key of ML-KEM-768.");
  }
  return encapsulationKey;
}
