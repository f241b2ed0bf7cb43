/**
 * Words that both interfaces use.
 *
 * @module
 */
import { safeText } from "../../protocol/text/safe_text.ts";
import type { Sent } from "../core/link/sendable.ts";
import { numberText } from "../../protocol/text/number_text.ts";

/**
 * A number of things, for example `1 message`, `2 messages`.
 *
 * @param count How many.
 * @param thing What one of them is called; several have an `s` behind it.
 */
export function counted(count: number, thing: string): string {
  return `${numberText(count)} ${count === 1 ? thing : `${thing}s`}`;
}

/** Says that a client goes on with another server of its cluster. @param server Its address, as it was told. */
export function movedText(server: string): string {
  return `Moved to ${safeText(server)}`;
}

/** Groups of a safety number that stand in one line: more are hard to compare by eye. */
const groupsInLine = 4;

/** A safety number in lines of four groups. */
export function safetyNumberLines(number: string): string[] {
  const groups = number.split(" ");
  const lines: string[] = [];
  while (groups.length > 0) lines.push(groups.splice(0, groupsInLine).join(" "));
  return lines;
}

/**
 * Where it was searched, said below what was found.
 *
 * @param searched What was read of private messages.
 */
export function searchScope(
  { conversations, read, isCut }: {
    readonly conversations: number;
    readonly read: number;
    readonly isCut: boolean;
  },
): string {
  const rooms = "Searched: the rooms that you are in";
  if (read === 0) return `${rooms}. You have no private messages.`;
  const newest = isCut ? "the newest " : "";
  const messages = counted(read, "private message");
  return `${rooms}, and ${newest}${messages} in ${counted(conversations, "conversation")}.`;
}

/**
 * The server's own text, such as its greeting. Each line is marked: else it could pass for a message of somebody, or for the
 * words of this program.
 *
 * @param text What the server sent, of any number of lines.
 * @return Lines that are safe for a terminal.
 */
export function serverLines(text: string): string[] {
  return safeText(text, { lines: "keep" }).split("\n").map((line) => `server: ${line}`);
}

/**
 * When a private message that was stored is read, where that is not now.
 *
 * @param sent What the server said of it.
 * @param name The recipient, safe for a terminal.
 * @return The second half of a sentence; null where the recipient can read it now.
 */
export function waitsFor({ online, readable }: Sent, name: string): string | null {
  if (online !== true) return `${name} will get it at the next sign-in.`;
  if (readable !== false) return null;
  return `${name} is online with a program that cannot open it: it is kept for the chat client.`;
}
