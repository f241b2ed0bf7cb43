/**
 * What the interface needs to know of end-to-end encryption.
 *
 * @module
 */
import { ChatError } from "../../protocol/errors.ts";
import type { Post } from "../../protocol/messages.ts";
import type { ShownPost } from "./post_lines.ts";

/** How a conversation is protected: `readable` by the server, or `changed` keys, with which nothing is sent. */
export type Protection = "verified" | "encrypted" | "readable" | "changed";

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
  /** Changes the password of the account. */
  changePassword(passwords: { readonly old: string; readonly new: string }): Promise<void>;
}

/** What the status line says. */
export const protectionText: Readonly<Record<Protection, string>> = {
  verified: "end-to-end encrypted, verified",
  encrypted: "end-to-end encrypted",
  readable: "not end-to-end encrypted",
  changed: "key has changed",
};

/** Where messages are not sealed. */
export const noPrivacy: Privacy = {
  protection: () => Promise.resolve("readable"),
  safetyNumber: () => Promise.reject(unsealed()),
  verify: () => Promise.reject(unsealed()),
  trust: () => Promise.reject(unsealed()),
  allowReadable: () => Promise.resolve(),
  changePassword: () => Promise.reject(unsealed()),
};

function unsealed(): ChatError {
  return new ChatError("unsupported", "This version does not seal messages.");
}

/** What a client says of a post that it may have opened. */
interface MessageView {
  readonly text: string | null;
  readonly encrypted: boolean;
  readonly problem: string | null;
}

/** A post as it is shown. */
export function shownPost(post: Post & { readonly message?: MessageView }): ShownPost {
  const { sequence, timeMs, from, to, id } = post;
  const { text, encrypted, problem } = post.message ?? viewOf(post);
  return {
    sequence,
    timeMs,
    from,
    to,
    id,
    kind: post.kind === "sealed" ? "text" : post.kind,
    text: text ?? "",
    problem,
    readable: !encrypted && !to.startsWith("#"),
  };
}

function viewOf({ kind, body }: Post): MessageView {
  if (kind !== "sealed") return { text: body, encrypted: false, problem: null };
  return { text: null, encrypted: true, problem: "It cannot be opened." };
}
