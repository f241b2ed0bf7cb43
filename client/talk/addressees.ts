/**
 * Names as people type them.
 *
 * @module
 */

/** The room that somebody means: people may leave the `#` out. */
export function roomName(text: string): string {
  const name = text.trim();
  return name.startsWith("#") ? name : `#${name}`;
}
