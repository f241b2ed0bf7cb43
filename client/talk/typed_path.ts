/**
 * Paths as people type, paste and drop them.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** A path, and what was typed behind it. */
export interface TypedPath {
  readonly path: string;
  readonly text: string;
}

/** A word in quotation marks of either kind, or one in which a backslash keeps a space. */
const firstWord = /^(?:"([^"]*)"|'([^']*)'|((?:\\.|[^\s\\])+))(?:\s+|$)/su;

/**
 * Reads a path and the text behind it. Terminals put a path that is dropped on them into quotation marks, or a backslash before each space
 * in it; some give a `file:` address.
 *
 * @param typed What was typed.
 * @param home The person's own folder, for a `~` at the beginning; null where it is not known.
 * @return Null where nothing was typed.
 */
export function readTypedPath(typed: string, home: string | null): TypedPath | null {
  const found = firstWord.exec(typed.trim());
  if (found === null) return null;
  const [whole, double, single, bare = ""] = found;
  const word = double ?? single ?? unescaped(bare);
  if (word === "") return null;
  return { path: expanded(word, home), text: typed.trim().slice(whole.length).trim() };
}

/**
 * The path that a text is, if it looks like one that was dropped or pasted: whole, in one line, beginning at the root.
 *
 * @param text The text.
 */
export function droppedPath(text: string): string | null {
  if (text.includes("\n") || !/^['"]?(\/|[A-Za-z]:\\|file:\/\/)/.test(text.trim())) return null;
  const found = readTypedPath(text, null);
  return found === null || found.text !== "" ? null : found.path;
}

/** On Windows a backslash stands between folders. */
function unescaped(word: string): string {
  return /^[A-Za-z]:\\|^\\\\/.test(word) ? word : word.replace(/\\(.)/gsu, "$1");
}

function expanded(word: string, home: string | null): string {
  if (word.startsWith("file://")) {
    try {
      return fileURLToPath(word);
    } catch {
      return word;
    }
  }
  return home !== null && /^~(\/|$)/.test(word) ? home + word.slice(1) : word;
}
