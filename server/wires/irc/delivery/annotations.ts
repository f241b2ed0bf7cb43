/**
 * What is said about an earlier post, as IRC clients are told it: by the client-only tags `+reply`, `+draft/react` and
 * `+draft/unreact` (https://ircv3.net/specs/client-tags/reply, …/react), and by REDACT
 * (https://ircv3.net/specs/extensions/message-redaction). Who has asked for none of it is told nothing of reactions and
 * retractions.
 *
 * @module
 */
import type { PostKind } from "../../../../protocol/wire/post_kinds.ts";
import type { StoredPost } from "../../../storage/post_storage.ts";
import type { Capability } from "../format/capabilities.ts";
import { IrcLine, type LineTags } from "../format/line.ts";
import { lineBytesMax } from "../format/line_decoder.ts";
import { escapeTag, parseTags } from "../format/message.ts";
import { byteLength, cutBytes } from "../format/text.ts";
import type { IrcClient } from "../network/client.ts";

/** The tags that say which message something is about. */
const replyKeys = ["+reply", "+draft/reply"] as const;
const reactKey = "+draft/react";
const unreactKey = "+draft/unreact";
const aboutKeys: ReadonlySet<string> = new Set([...replyKeys, reactKey, unreactKey]);

/** A reaction. */
export interface IrcReaction {
  /** The name in the heart of who reacts. */
  readonly from: string;
  readonly emoji: string;
  /** The sequence of the post that it is about. */
  readonly target: number;
}

/** What client-only tags say of an earlier message. */
export interface AboutTags {
  /** Its sequence. */
  readonly target: number;
  /** Null where there is no such tag. */
  readonly react: string | null;
  readonly unreact: string | null;
}

/** The id of a post on this wire: its place in the one order. */
export function msgidOf(post: StoredPost): string {
  return String(post.sequence);
}

/** The sequence behind an id; null where it is not the id of a post. */
export function sequenceOf(msgid: string): number | null {
  return /^[1-9]\d{0,14}$/.test(msgid) ? Number(msgid) : null;
}

/**
 * What tags say of an earlier post; null where they name none.
 *
 * @param clientOnly Client-only tags, encoded.
 */
export function aboutOf(clientOnly: string): AboutTags | null {
  if (!clientOnly.includes("reply=")) return null;
  const tags = parseTags(clientOnly);
  const target = sequenceOf(tags.get(replyKeys[0]) ?? tags.get(replyKeys[1]) ?? "");
  if (target === null) return null;
  return { target, react: tags.get(reactKey) ?? null, unreact: tags.get(unreactKey) ?? null };
}

/** The tags that are about nothing, of client-only ones, encoded. */
export function otherTags(clientOnly: string): string {
  return clientOnly.split(";").filter((tag) => !aboutKeys.has(tag.split("=")[0]!)).join(";");
}

/** The tags of a reply or an edit, before others. */
export function replyTags(target: number, others = ""): string {
  const tags = replyKeys.map((key) => `${key}=${target}`);
  return [...tags, ...(others === "" ? [] : [others])].join(";");
}

/** Whether a post is told without words: by tags alone, or by REDACT. */
export function isWordless(kind: PostKind): boolean {
  return kind === "reaction" || kind === "retraction";
}

/** A line, and what a client must have asked for to be told it. */
export interface OfferedLine {
  readonly capability: Capability;
  readonly line: IrcLine;
}

/** What a post without words is made a line of. */
export interface WordlessParts {
  readonly post: StoredPost;
  readonly source: string;
  /** The channel or the nick that it is told to. */
  readonly to: string;
  readonly tags: LineTags;
  /** What a retraction takes back, if that is known and is a reaction. */
  readonly reaction?: IrcReaction | undefined;
  /** Why something is taken back, and that it was by REDACT; undefined where it was by another way. */
  readonly reason?: string | undefined;
}

/** The lines for a reaction or a retraction: a client is told the first one that it can read. */
export function wordlessLines(
  { post, source, to, tags, reaction, reason }: WordlessParts,
): OfferedLine[] {
  const { kind, body, from } = post;
  const target = post.target!;
  if (kind === "reaction") return [tagLine(reactKey, { from, emoji: body, target })];
  const head = `:${source} REDACT ${to} ${target}`;
  const reasonBytes = lineBytesMax - 2 - byteLength(`${head} :`);
  const why = cutBytes(reason ?? "", Math.max(0, reasonBytes));
  const redact: OfferedLine = {
    capability: "draft/message-redaction",
    line: new IrcLine(why === "" ? head : `${head} :${why}`, tags),
  };
  // Who takes back the reaction of somebody else has not un-reacted.
  if (reaction?.from !== from) return [redact];
  const unreact = tagLine(unreactKey, reaction);
  return reason === undefined ? [unreact, redact] : [redact, unreact];

  function tagLine(key: string, { emoji, target }: IrcReaction): OfferedLine {
    const others = tags.clientOnly === "" ? "" : `;${tags.clientOnly}`;
    const clientOnly = `${key}=${escapeTag(emoji)};${replyTags(target)}${others}`;
    const line = new IrcLine(`:${source} TAGMSG ${to}`, { ...tags, clientOnly });
    return { capability: "message-tags", line };
  }
}

/** The line that a client can read; null where there is none. */
export function lineFor(client: IrcClient, offered: readonly OfferedLine[]): IrcLine | null {
  return offered.find(({ capability }) => client.has(capability))?.line ?? null;
}

/** Whether a client is shown a post of the history at all. */
export function isShown(client: IrcClient, { kind }: StoredPost): boolean {
  switch (kind) {
    case "sealed":
    case "retracted":
      return false;
    case "reaction":
      return client.has("draft/event-playback") && client.has("message-tags");
    case "retraction":
      return client.has("draft/event-playback") && client.has("draft/message-redaction");
    default:
      return true;
  }
}
