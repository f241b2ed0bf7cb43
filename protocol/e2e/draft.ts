/**
 * What is being typed, as the programs of one account pass it to one another: sealed under the master key, so that the server learns
 * neither where nor what is typed.
 *
 * @module
 */
import * as v from "valibot";
import { type Bytes, concatenate, decodeText, joinFields } from "./byte_fields.ts";
import { ChatError } from "../wire/errors.ts";
import type { Identity } from "./identity.ts";
import { deriveSealingKey, openBox, sealBox } from "./sealed_box.ts";

/** A draft, or, where `title` is empty, the question what the other programs have. */
export interface Draft {
  /** The conversation: a room with its `#`, or the other user's name, as the server writes them. */
  readonly title: string;
  /** Not safe for a terminal; empty where nothing is typed any more. */
  readonly text: string;
  /** Which of two is the newer one: milliseconds since 1970, but always above that of the draft before. */
  readonly timeMs: number;
}

/** What of an account is needed. */
export type DraftOwner = Pick<Identity, "nameKey" | "masterKey">;

const label = "chat draft v1";
/** Sizes in bytes before sealing are powers of two between these, so that they tell little about the text. */
const sizeMin = 256;
const sizeMax = 16_384;
/** The last moment that a clock of JavaScript knows. */
const timeMsMax = 8.64e15;

const content = v.object({
  title: v.pipe(v.string(), v.maxLength(256)),
  text: v.string(),
  timeMs: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(timeMsMax)),
});

/**
 * Seals a draft.
 *
 * @param draft The draft.
 * @param owner Whose it is.
 * @return Null where it is too long: no message could be so long, either.
 */
export async function sealDraft(draft: Draft, owner: DraftOwner): Promise<Bytes | null> {
  const bytes = new TextEncoder().encode(JSON.stringify(draft));
  if (bytes.length > sizeMax) return null;
  let size = sizeMin;
  while (size < bytes.length) size *= 2;
  // White space after JSON means nothing.
  const padded = concatenate(bytes, new Uint8Array(size - bytes.length).fill(0x20));
  return await sealBox(await draftKey(owner), padded, contextOf(owner));
}

/**
 * Opens a draft.
 *
 * @param sealed What {@linkcode sealDraft} made.
 * @param owner Whose it is.
 * @throws {ChatError} `cannot_open` where it is damaged, or another account's; `bad_message` where a newer program wrote it in another form.
 */
export async function openDraft(sealed: Bytes, owner: DraftOwner): Promise<Draft> {
  const bytes = await openBox(await draftKey(owner), sealed, contextOf(owner));
  const parsed = v.safeParse(content, jsonOf(decodeText(bytes)));
  if (parsed.success) return parsed.output;
  throw new ChatError("bad_message", "The draft has a form that this version does not know.");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function draftKey({ masterKey }: DraftOwner): Promise<CryptoKey> {
  return deriveSealingKey(masterKey, label);
}

function contextOf({ nameKey }: DraftOwner): Bytes {
  return joinFields(label, nameKey);
}
