/**
 * A peer's keys, as the server gives them out.
 *
 * @module
 */
import { type Bytes, decodeCanonicalBase64 } from "../../../protocol/e2e/byte_fields.ts";
import { readKeyRecord, sameKeys } from "../../../protocol/e2e/key_record.ts";
import { readKeySupplement } from "../../../protocol/e2e/key_supplement.ts";
import type { PinnedKeys } from "../../../protocol/e2e/vault.ts";
import { keyRecordBytesMax, keySupplementBytes } from "../../../protocol/wire/limits.ts";
import type { ReplyOf } from "../../../protocol/wire/requests.ts";
import type { Remark } from "../link/client_error.ts";

/** Keys that a peer has signed. */
export interface OfferedKeys extends PinnedKeys {
  /** The key of ML-KEM-768; null where there is none. */
  readonly encapsulation: Bytes | null;
}

/**
 * Reads what a server gave.
 *
 * @param nameKey The peer's folded name.
 * @param reply What it gave.
 * @return The keys; null where there are none.
 * @throws {ChatError} `bad_message`, `bad_proof` where the peer has not signed all of it, or it protects nothing.
 */
export async function readOffer(
  nameKey: string,
  { record, supplement = null }: Pick<ReplyOf<"keys">, "record" | "supplement">,
): Promise<OfferedKeys | null> {
  if (record === null) return null;
  const recordBytes = decodeCanonicalBase64(record, 2 * keyRecordBytesMax);
  const keys = await readKeyRecord(recordBytes, nameKey);
  if (supplement === null) return { ...keys, encapsulation: null, encapsulationDigest: null };
  const supplementBytes = decodeCanonicalBase64(supplement, 2 * keySupplementBytes);
  const encapsulation = await readKeySupplement(supplementBytes, recordBytes, keys.signing);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", encapsulation));
  return { ...keys, encapsulation, encapsulationDigest: digest };
}

/** How a peer's keys differ from those that are pinned. */
export type KeyChange = Remark & {
  readonly kind: "key_changed" | "key_withdrawn" | "supplement_changed";
  readonly name: string;
};

/**
 * What has changed of a peer's keys.
 *
 * @param name The peer's name as shown.
 * @param pinned The keys that are trusted.
 * @param offered What the server gives out.
 * @return Null where all of what is pinned is as it was; a key of ML-KEM-768 may have come.
 */
export function changeOf(
  name: string,
  pinned: PinnedKeys,
  offered: OfferedKeys,
): KeyChange | null {
  if (!sameKeys(pinned, offered)) return { kind: "key_changed", name };
  const { encapsulationDigest: digest } = pinned;
  if (digest === null || digest.toHex() === offered.encapsulationDigest?.toHex()) return null;
  return { kind: "supplement_changed", name, given: offered.encapsulation !== null };
}
