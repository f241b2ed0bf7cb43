/**
 * Keys of an account in the form in which they travel.
 *
 * @module
 */
import { type Bytes, decodeCanonicalBase64 } from "./byte_fields.ts";
import type { SealedIdentity } from "./identity.ts";
import type { ReplyOf, RequestOf } from "../wire/requests.ts";

/** Sealed keys as they travel. */
export type IdentityContent = RequestOf<"set_keys">["identity"];
/** The same as a server gives them: with the supplement of the key record, null where there is none; older servers know of none. */
export type KeptIdentityContent = ReplyOf<"set_keys">["identity"];

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

/** Sealed keys as a server gives them. */
export function encodeKeptIdentity(
  identity: SealedIdentity & { readonly supplement: Bytes | null },
): KeptIdentityContent {
  return { ...encodeIdentity(identity), supplement: identity.supplement?.toBase64() ?? null };
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
