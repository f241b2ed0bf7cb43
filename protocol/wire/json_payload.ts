/**
 * The JSON of a frame's payload, and what is said where it is not what it should be.
 *
 * @module
 */
import type * as v from "valibot";
import { ChatError } from "./errors.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads JSON.
 *
 * @param payload A frame's payload.
 * @param wrap What is thrown for a `bad_message`.
 */
export function parseJson(payload: Uint8Array, wrap: (error: ChatError) => Error): unknown {
  try {
    return JSON.parse(decoder.decode(payload));
  } catch (cause) {
    throw wrap(new ChatError("bad_message", "A payload must be JSON in UTF-8.", { cause }));
  }
}

/**
 * Names the first wrong field, but repeats nothing of what the peer sent.
 *
 * @param what What it should have been.
 * @param issues What is wrong.
 */
export function badMessage(
  what: string,
  issues: readonly v.BaseIssue<unknown>[],
): ChatError {
  const field = issues[0]?.path?.map((item) => String(item.key).slice(0, 32)).join(".");
  const where = field === undefined ? "its form is wrong" : `its field "${field}" is wrong`;
  return new ChatError("bad_message", `This is not ${what}: ${where}.`);
}
