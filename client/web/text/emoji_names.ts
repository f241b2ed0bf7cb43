/**
 * Emoji by their names. The table is a file of its own, which comes after everything that is needed at first.
 *
 * @module
 */

let table: typeof import("../../talk/emoji.ts") | null = null;

/** Fetches the table. */
export async function loadEmojiNames(): Promise<void> {
  table ??= await import("../../talk/emoji.ts");
}

/** See `emojiOf` of client/talk/emoji.ts; null also before the table is here. */
export function emojiNamed(word: string): string | null {
  return table?.emojiOf(word) ?? null;
}

/** See `emojiNamesBeginning` of client/talk/emoji.ts; none before the table is here. */
export function emojiNamedLike(beginning: string): (readonly [name: string, emoji: string])[] {
  return table?.emojiNamesBeginning(beginning) ?? [];
}
