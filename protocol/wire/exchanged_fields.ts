/**
 * What requests and their replies hold alike, each with its cap.
 *
 * @module
 */
import * as v from "valibot";
import { fieldSchemas } from "./fields.ts";
import { fileIdPattern } from "./file_id.ts";
import {
  frameBytesMaxBeforeSignIn,
  keyRecordBytesMax,
  keySupplementBytes,
  sealedVaultCharactersMax,
} from "./limits.ts";

const { base64 } = fieldSchemas;
const scramText = v.pipe(v.string(), v.maxLength(frameBytesMaxBeforeSignIn / 4));
const deviceToken = v.pipe(v.string(), v.maxLength(256));
const wrappedKey = base64(80);
const keyRecord = base64(Math.ceil(keyRecordBytesMax / 3) * 4);
/** protocol/e2e/key_supplement.ts says what it is. */
const keySupplement = base64(Math.ceil(keySupplementBytes / 3) * 4);
/** protocol/e2e/identity.ts says what is in these, and that the server cannot open the last two. */
const identity = v.object({ record: keyRecord, sealedKeys: base64(168), wrappedKey });
/** Above `vaultVersionLast`, since older servers may have stored such a one, and below what leaves no room for a next one. */
const vaultVersionMax = 2 ** 40;
const vault = v.object({
  version: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(vaultVersionMax)),
  sealed: base64(sealedVaultCharactersMax),
});
const fileId = v.pipe(v.string(), v.regex(fileIdPattern));
const fileTicket = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
/** More than the largest file has, as it is stored. */
const fileBytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(2 ** 41));

/** All of them, by the names that they have in messages. */
export const exchangedSchemas = {
  scramText,
  deviceToken,
  wrappedKey,
  keyRecord,
  keySupplement,
  identity,
  vault,
  fileId,
  fileTicket,
  fileBytes,
} as const;
