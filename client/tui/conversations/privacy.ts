/**
 * What the interface needs to know of end-to-end encryption.
 *
 * @module
 */
import type { PasswordChange } from "../../core/e2e/change_password.ts";
import type { Protection, ShownPost } from "../../core/chat/chat_client.ts";
import type { OwnSession } from "../../core/chat/own_sessions.ts";
import { remarkText, withSlash } from "../../talk/remark_text.ts";
import type { PrintedPost } from "./post_lines.ts";

/** End-to-end encryption, as the interface uses it. A signed-in client is one. */
export interface Privacy {
  /** How the conversation with a user is protected. */
  protection(user: string): Promise<Protection>;
  /** The number that both ends see alike, in groups of five digits. */
  safetyNumber(user: string): Promise<{ readonly number: string }>;
  /** The person has compared this number with the user. */
  verify(user: string, number: string): Promise<void>;
  /** The person accepts a user's changed keys. Gives false where they have not changed. */
  trust(user: string): Promise<boolean>;
  /** The person agrees that the server can read what is sent to a user without keys. */
  allowReadable(user: string): Promise<void>;
  /** The sessions of the account, on all machines. */
  sessions(): Promise<readonly OwnSession[]>;
  /** Ends another session of the account. */
  endSession(id: number): Promise<void>;
  /** Checks the old password of the account, and gives what changes it to a new one. */
  beginPasswordChange(old: string): Promise<PasswordChange>;
}

/** What the status line says. */
export const protectionText: Readonly<Record<Protection, string>> = {
  verified: "end-to-end encrypted, verified",
  encrypted: "end-to-end encrypted",
  readable: "not end-to-end encrypted",
  changed: "key has changed",
};

/** A post as it is shown: what was sealed is opened already. */
export function shownPost(post: ShownPost): PrintedPost {
  const { sequence, timeMs, from, to, id, kind, message } = post;
  return {
    sequence,
    timeMs,
    from,
    to,
    id,
    kind: kind === "sealed" ? "text" : kind,
    text: message.text ?? "",
    problem: message.problem === null ? null : remarkText(message.problem, withSlash),
    readable: !message.encrypted && !to.startsWith("#"),
  };
}
