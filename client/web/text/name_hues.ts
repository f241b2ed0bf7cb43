/**
 * A colour for each name, the same everywhere: faces are recognized before names are read.
 *
 * @module
 */

/** How many there are; client/web/style/ has them as `hue-0` and so on. */
const hueCount = 8;

/** The class of a name's colour. */
export function hueOf(name: string): string {
  let hash = 7;
  for (const character of name.toLowerCase()) hash = (hash * 31 + character.codePointAt(0)!) >>> 0;
  return `hue-${hash % hueCount}`;
}

/** What stands in the place of a picture: the first letter. */
export function initialOf(name: string): string {
  return [...name.replace(/^[#~]/, "")][0]?.toUpperCase() ?? "?";
}
