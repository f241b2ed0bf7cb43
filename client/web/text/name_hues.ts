/**
 * A colour for each name, the same everywhere: faces are recognized before names are read.
 *
 * @module
 */

/** How many there are; client/web/style/ has them as `hue-0` and so on. */
const hueCount = 8;

/** The class of a name's colour. */
export function hueOf(name: string): string {
  // FNV-1a, whose upper bits are mixed best.
  let hash = 0x811c9dc5;
  for (const character of name.toLowerCase()) {
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193) >>> 0;
  }
  return `hue-${(hash >>> 16) % hueCount}`;
}

/** What stands in the place of a picture: the first letter. */
export function initialOf(name: string): string {
  return [...name.replace(/^[#~]/, "")][0]?.toUpperCase() ?? "?";
}
