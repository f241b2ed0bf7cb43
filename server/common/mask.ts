/**
 * Masks with `*` and `?`, as in bans. Matched without backtracking: no mask can cost more than its length times the text's.
 *
 * @module
 */

/** Characters of a mask, as far as it is of use: more than any `nick!user@host` has. A longer one fits nothing. */
const maskCharactersMax = 128;

/** Whether a text fits a mask, regardless of letter case. */
export function matchesMask(text: string, mask: string): boolean {
  return matcherOf(mask)(text);
}

/** The same for one mask and many texts. */
export function matcherOf(mask: string): (text: string) => boolean {
  const characters = [...mask.toLowerCase().replace(/\*+/g, "*")];
  if (characters.length > maskCharactersMax) return () => false;
  const least = characters.filter((character) => character !== "*").length;
  return (text) => text.length >= least && fits([...text.toLowerCase()], characters);
}

function fits(text: readonly string[], mask: readonly string[]): boolean {
  let at = 0;
  let maskAt = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    if (mask[maskAt] === "*") {
      star = maskAt++;
      starAt = at;
    } else if (maskAt < mask.length && (mask[maskAt] === "?" || mask[maskAt] === text[at])) {
      maskAt++;
      at++;
    } else if (star >= 0) {
      maskAt = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (mask[maskAt] === "*") maskAt++;
  return maskAt === mask.length;
}
