/**
 * Words of the page: what the core finds, told to somebody who has buttons and no commands.
 *
 * @module
 */
import type { ChatError } from "../../../protocol/wire/errors.ts";
import type { Remark } from "../../core/link/client_error.ts";
import { errorText, remarkText, type Spelling } from "../../talk/remark_text.ts";

/** What the terminal's commands are called on the page. */
const buttons: Readonly<Record<string, string>> = {
  trust: "“Accept the new key”",
  verify: "“Compare safety numbers”",
  ch: "Reloading the conversation",
};

/** A command as the page calls it. */
export const asButton: Spelling = (command) => buttons[command] ?? `“${command}”`;

/** What an error says, safe to be shown. */
export function pageErrorText(error: ChatError): string {
  const text = errorText(error, asButton, { lines: "keep" });
  return error.fromServer ? `The server says: ${text}` : text;
}

/** What the core remarks, safe to be shown. */
export function pageRemarkText(remark: Remark): string {
  return remarkText(remark, asButton);
}
