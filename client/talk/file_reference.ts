/**
 * Which file a person wants.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import type { ShownPost } from "../core/e2e/message_view.ts";
import type { Spelling } from "./remark_text.ts";

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
 * @param spell How commands are written.
 * @return The newest file of a post with that number; without a number the newest of all.
 * @throws {ChatError} `not_found`.
 */
export function fileToGet(
  typed: string,
  posts: readonly ShownPost[],
  spell: Spelling,
): FileReference {
  const [, number, rest = ""] = /^(?:#?(\d{1,15})(?=\s|$))?\s*(.*)$/su.exec(typed.trim()) ?? [];
  const found = posts.findLast(({ sequence, message }) =>
    message.file !== undefined && (number === undefined || String(sequence).endsWith(number))
  );
  if (found?.message.file !== undefined) return { body: found.message.file, rest };
  const what = number === undefined
    ? "No file has been shown yet"
    : `Message ${number} brings no file that was shown`;
  const next = `${spell("ch")} shows earlier messages; then ${spell("get", number)} again.`;
  throw new ChatError("not_found", `${what}. ${next}`);
}

/** Tells once how a file is saved: when the first one of somebody else is shown. */
export class SavingHint {
  readonly #spell: Spelling;
  #told = false;

  /** @param spell How commands are written. */
  constructor(spell: Spelling) {
    this.#spell = spell;
  }

  /**
   * What to say below a post; null for nothing.
   *
   * @param post A post that is shown.
   * @param ownName Who reads.
   */
  after(
    { from, sequence, message }: Pick<ShownPost, "from" | "sequence" | "message">,
    ownName: string,
  ): string | null {
    if (this.#told || message.file === undefined || from === ownName) return null;
    this.#told = true;
    return `${this.#spell("get", String(sequence))} saves it.`;
  }
}
