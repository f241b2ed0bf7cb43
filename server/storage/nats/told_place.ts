/**
 * What a server of a cluster tells the others of itself: how far it is, where clients reach it, how many people are on it.
 *
 * @module
 */
import * as v from "valibot";
import { ownAddressesMax, serverAddressCharactersMax } from "../../../protocol/wire/limits.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const schema = v.object({
  node: v.string(),
  run: v.string(),
  cluster: v.string(),
  applied: count,
  checksum: count,
  /** Where clients reach the server: none before it is ready, and when it stops. Servers of before do not say it. */
  addresses: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.maxLength(serverAddressCharactersMax))),
      v.maxLength(ownAddressesMax),
    ),
    [],
  ),
  /** How many people are on it; null where it does not say. */
  people: v.optional(v.nullable(count), null),
  /** How many files others have that it has not copied yet; left out for none. */
  missingFiles: v.optional(count),
});

/** A place, and who is there. */
export type ToldPlace = v.InferOutput<typeof schema>;

/**
 * Reads a place.
 *
 * @param encoded JSON, as another server has told it.
 * @returns The place; null for anything else.
 */
export function readPlace(encoded: Uint8Array): ToldPlace | null {
  try {
    const parsed = v.safeParse(schema, JSON.parse(new TextDecoder().decode(encoded)));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
