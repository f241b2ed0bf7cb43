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

/** A room to enter, and its key where one stands behind a name with its `#`. */
export function roomAndKey(text: string): [name: string, key: string | undefined] {
  const [, name, key] = /^(#\S+)\s+(\S+)$/u.exec(text.trim()) ?? [];
  return name === undefined ? [roomName(text), undefined] : [name, key];
}

/** The words of a command that is about a room, which may be named first. */
export function roomAndWords(text: string): { room?: string; words: string[] } {
  const words = text.split(/\s+/u).filter((word) => word !== "");
  return words[0]?.startsWith("#") ? { room: words[0], words: words.slice(1) } : { words };
}
