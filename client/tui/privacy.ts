/**
 * What the interface needs to know of end-to-end encryption.
 *
 * @module
 */
import { ChatError } from "../../protocol/errors.ts";
import type { Post } from "../../protocol/messages.ts";
import type { ShownPost } from "./post_lines.ts";

/** How private a conversation with a user is. */
export type PrivacyState =
  /** Not known, or not sealed. */
  | "open"
  /** Sealed to keys that were trusted when they were first seen. */
  | "sealed"
  /** Sealed to keys that the person has compared. */
  | "verified"
  /** The user's keys have changed: nothing is sent until they are trusted. */
  | "changed";

/** End-to-end encryption, as the interface uses it. */
export interface Privacy {
  /** How private a conversation with a user is, as far as is known without asking the server. */
  stateOf(user: string): PrivacyState;
  /** The number that both ends see alike, in groups of five digits. */
  safetyNumber(user: string): Promise<string>;
  /** The person has compared the number with the user. */
  markVerified(user: string): Promise<void>;
  /** The person accepts a user's changed keys. */
  trust(user: string): Promise<void>;
  /** Changes the password of the account. */
  changePassword(current: string, next: string): Promise<void>;
}

/** What the status line says of each state. */
export const privacyText: Readonly<Record<PrivacyState, string>> = {
  open: "not end-to-end encrypted",
  sealed: "end-to-end encrypted",
  verified: "end-to-end encrypted, verified",
  changed: "keys have changed",
};

/** Where messages are not sealed. */
export const noPrivacy: Privacy = {
  stateOf: () => "open",
  safetyNumber: () => Promise.reject(unsealed()),
  markVerified: () => Promise.reject(unsealed()),
  trust: () => Promise.reject(unsealed()),
  changePassword: () => Promise.reject(unsealed()),
};

function unsealed(): ChatError {
  return new ChatError("unsupported", "This version does not seal messages.");
}

/** A post that needs no opening. */
export function shownPost(post: Post): ShownPost {
  const { sequence, timeMs, from, to, id, kind, body } = post;
  if (kind !== "sealed") return { sequence, timeMs, from, to, id, kind, text: body };
  return { sequence, timeMs, from, to, id, kind: "text", text: "", fault: "cannot be opened" };
}
