/**
 * Sealed keys in the form in which they travel.
 *
 * @module
 */
import { decodeCanonicalBase64 } from "./byte_fields.ts";
import type { SealedIdentity } from "./identity.ts";
import type { RequestOf } from "../wire/requests.ts";

/** Sealed keys as they travel. */
export type IdentityContent = RequestOf<"set_keys">["identity"];

/** Sealed keys to be sent. */
export function encodeIdentity(
  { record, sealedKeys, wrappedKey }: SealedIdentity,
): IdentityContent {
  return {
    record: record.toBase64(),
    sealedKeys: sealedKeys.toBase64(),
    wrappedKey: wrappedKey.toBase64(),
  };
}

/** Sealed keys that arrived. @throws {ChatError} `bad_message`. */
export function decodeIdentity(content: IdentityContent): SealedIdentity {
  const decode = (text: string) => decodeCanonicalBase64(text, text.length);
  return {
    record: decode(content.record),
    sealedKeys: decode(content.sealedKeys),
    wrappedKey: decode(content.wrappedKey),
  };
}
