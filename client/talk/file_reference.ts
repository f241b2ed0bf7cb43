/**
 * Which file a person wants.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import type { ShownPost } from "../core/e2e/message_view.ts";

/** A file, and what was typed behind its number. */
export interface FileReference {
  /** What its post says. */
  readonly body: string;
  readonly rest: string;
}

/**
 * Reads what was typed after the name of a command: maybe a number, and then maybe a folder.
 *
 * @param typed What was typed.
 * @param posts The posts that can be meant, oldest first.
 * @return The newest file of a post with that number; without a number the newest of all.
 * @throws {ChatError} `not_found`.
 */
export function fileToGet(typed: string, posts: readonly ShownPost[]): FileReference {
  const [, number, rest = ""] = /^(?:#?(\d{1,15})(?=\s|$))?\s*(.*)$/su.exec(typed.trim()) ?? [];
  const found = posts.findLast(({ sequence, message }) =>
    message.file !== undefined && (number === undefined || String(sequence).endsWith(number))
  );
  if (found?.message.file !== undefined) return { body: found.message.file, rest };
  const what = number === undefined ? "No file was sent here" : `Message ${number} brings no file`;
  throw new ChatError(
    "not_found",
    `${what}, as far as this program has seen: look at the history first.`,
  );
}
