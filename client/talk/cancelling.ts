/**
 * Which file on its way a person does not want any more.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import type { TransferView } from "./transfer_text.ts";
import type { Spelling } from "./remark_text.ts";

/**
 * Finds it.
 *
 * @param typed What was typed behind the command: a part of its name; nothing where only one is on its way.
 * @param views What is on its way.
 * @param spell How commands are written.
 * @return Its place among the views: of several with that very name the newest.
 * @throws {ChatError} `not_found` for none; `too_many` where several may be meant.
 */
export function transferToCancel(
  typed: string,
  views: readonly TransferView[],
  spell: Spelling,
): number {
  if (views.length === 0) throw new ChatError("not_found", "No file is on its way.");
  const wanted = typed.trim().toLowerCase();
  const names = views.map(({ name }) => safeText(name).toLowerCase());
  const found = names.includes(wanted)
    ? names.filter((name) => name === wanted)
    : names.filter((name) => name.includes(wanted));
  if (found.length === 0) {
    throw new ChatError("not_found", `No file with that name is on its way: ${list(views)}.`);
  }
  if (new Set(found).size > 1 || (wanted === "" && views.length > 1)) {
    const message = `Several files are on their way: ${list(views)}. ${
      spell("cancel", "NAME")
    } says which one.`;
    throw new ChatError("too_many", message);
  }
  return names.lastIndexOf(found[0]!);
}

/** Not safe for a terminal: errors are made so where they are shown. */
function list(views: readonly TransferView[]): string {
  return [...new Set(views.map(({ name }) => name))].join(", ");
}
