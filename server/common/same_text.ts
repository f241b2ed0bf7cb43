/**
 * Comparing secret texts.
 *
 * @module
 */
import { timingSafeEqual } from "@std/crypto/timing-safe-equal";

/** Whether two texts are the same; how long it takes tells at most their lengths. */
export function sameText(left: string, right: string): boolean {
  const [a, b] = [left, right].map((text) => new TextEncoder().encode(text));
  return a!.length === b!.length && timingSafeEqual(a!, b!);
}
