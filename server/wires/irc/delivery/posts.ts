/**
 * Posts as IRC lines. A post that goes to many clients becomes lines once, and bytes once for each set of tags.
 *
 * @module
 */
import { fallbackOf } from "../../../../protocol/content.ts";
import type { SessionEvent } from "../../../heart/session.ts";
import type { StoredPost } from "../../../storage/post_storage.ts";
import { TextSlab } from "../../connection/text_slab.ts";
import { IrcLine, type LineTags } from "../format/line.ts";
import { lineBytesMax } from "../format/line_decoder.ts";
import { cutPieces, type Piece } from "../format/multiline.ts";
import type { Network } from "../network/network.ts";
import { nickOf } from "../network/nick.ts";
import {
  type IrcReaction,
  msgidOf,
  type OfferedLine,
  replyTags,
  wordlessLines,
} from "./annotations.ts";

/** Reactions that are remembered, to tell by what they were that they are taken back. */
const reactionsMax = 1_000;

/** A post that was told to a session. */
export type PostEvent = Extract<SessionEvent, { type: "post" }>;

/** What is known of a post from an IRC client beside what the heart stores, until it was told to everyone. */
export interface PostExtras {
  /** Client-only tags, encoded. */
  readonly clientOnly: string;
  /** The pieces in which it came, if it had several. */
  readonly pieces: readonly Piece[] | null;
  /** See `WordlessParts`. */
  readonly reaction?: IrcReaction | undefined;
  readonly reason?: string;
}

/** A post as lines. */
export interface IrcPostLines {
  /** One line or more, for clients that know no multi-line messages. */
  readonly plain: readonly IrcLine[];
  /** The pieces, where they are more than one, for clients that do. */
  readonly pieces: readonly Piece[] | null;
  /** What stands before and after the text of each line. */
  readonly frame: { readonly before: string; readonly after: string };
  /** `PRIVMSG #room` */
  readonly target: string;
  readonly source: string;
  readonly tags: LineTags;
}

/** The room or the nick that a post is for. */
function targetOf(network: Network, post: StoredPost): string {
  if (post.roomId !== null) return post.to;
  return network.persons.get(post.to)?.nick ?? post.to;
}

/** How lines of a post are made. */
export interface LinesOptions {
  readonly extras?: PostExtras | undefined;
  /** Whether the text tells the time, for clients that know no tag for it. */
  readonly dated?: boolean;
  /** Where the bytes of the lines lie, if they are sent and forgotten at once. */
  readonly slab?: TextSlab;
}

/** Makes lines of a post. */
export function linesOf(
  network: Network,
  post: StoredPost,
  { extras, dated = false, slab }: LinesOptions = {},
): IrcPostLines {
  const source = network.sourceOf(post.from);
  const { kind, body } = fallbackOf(post);
  const target = `${kind === "notice" ? "NOTICE" : "PRIVMSG"} ${targetOf(network, post)}`;
  const time = dated ? `[${timeText(post.timeMs)}] ` : "";
  const frame = kind === "action"
    ? { before: `\x01ACTION ${time}`, after: "\x01" }
    : { before: time, after: "" };
  const tags = tagsOf(network, post, extras?.clientOnly);
  const head = `:${source} ${target} :${frame.before}`;
  const overheadUnits = head.length + frame.after.length;
  if (extras === undefined && body !== "" && fitsForSure(overheadUnits, body)) {
    const line = new IrcLine(head + body + frame.after, tags, slab);
    return { plain: [line], pieces: null, frame, target, source, tags };
  }
  const whole = extras?.pieces ?? [{ text: body, concat: false }];
  const pieces = cutPieces(whole, roomFor(head + frame.after));
  const plain = plainLines({ head, after: frame.after, tags, slab }, pieces);
  return { plain, pieces: pieces.length > 1 ? pieces : null, frame, target, source, tags };
}

/** The tags that go with a post. A reply and an edit name what they are about. */
function tagsOf(network: Network, post: StoredPost, clientOnly = ""): LineTags {
  const { kind, target } = post;
  const names = target !== undefined && (kind === "reply" || kind === "edit");
  return {
    timeMs: post.timeMs,
    msgid: msgidOf(post),
    account: nickOf(post.from) === post.from ? post.from : undefined,
    bot: network.persons.get(post.from)?.modes.has("B") === true,
    clientOnly: names ? replyTags(target, clientOnly) : clientOnly,
  };
}

/** The lines of a reaction or a retraction, of which a client is told one at most: see `lineFor`. */
export function wordlessLinesOf(
  network: Network,
  post: StoredPost,
  extras?: Partial<PostExtras>,
): OfferedLine[] {
  return wordlessLines({
    post,
    source: network.sourceOf(post.from),
    to: targetOf(network, post),
    tags: tagsOf(network, post, extras?.clientOnly),
    reaction: extras?.reaction,
    reason: extras?.reason,
  });
}

/** A time in UTC, to the minute. */
function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 16).replace("T", " ");
}

/** Bytes that the text of a line may have. */
export function roomFor(overhead: string): number {
  return lineBytesMax - 2 - new TextEncoder().encode(overhead).length;
}

/** Whether a text is one line that needs no cutting, judged without encoding it: a code unit takes three bytes at most. */
export function fitsForSure(overheadUnits: number, text: string): boolean {
  return (overheadUnits + text.length) * 3 <= lineBytesMax - 2 && !text.includes("\n");
}

/** What all lines of a post have in common. */
interface LineParts {
  readonly head: string;
  readonly after: string;
  readonly tags: LineTags;
  readonly slab: TextSlab | undefined;
}

/** Blank lines cannot be shown; the id belongs to the first line that is. */
function plainLines({ head, after, tags, slab }: LineParts, pieces: readonly Piece[]): IrcLine[] {
  const lines: IrcLine[] = [];
  for (const { text } of pieces) {
    if (text === "") continue;
    const own = lines.length === 0 ? tags : { ...tags, msgid: undefined };
    lines.push(new IrcLine(head + text + after, own, slab));
  }
  return lines;
}

/** The lines of a post as a multi-line batch (draft/multiline). */
export function batchOf(lines: IrcPostLines, reference: string, serverName: string): IrcLine[] {
  const { source, target, frame, tags } = lines;
  const [command, to] = target.split(" ");
  const outer = { ...tags };
  return [
    new IrcLine(`:${source} BATCH +${reference} draft/multiline ${to}`, outer),
    ...(lines.pieces ?? []).map(({ text, concat }) =>
      new IrcLine(`:${source} ${command} ${to} :${frame.before}${text}${frame.after}`, {
        batch: reference,
        concat,
      })
    ),
    new IrcLine(`:${serverName} BATCH -${reference}`),
  ];
}

/** Remembers the lines of the event that is being told: it is told to one session after the other. */
export class PostEncoder {
  readonly #network: Network;
  readonly #extras = new Map<string, PostExtras>();
  readonly #slab = new TextSlab();
  #lastEvent: PostEvent | null = null;
  #lastLines: IrcPostLines | null = null;
  #lastWordless: readonly OfferedLine[] = [];
  /** The newest reactions by their sequences: who takes one back is told of by what it was. */
  readonly #reactions = new Map<number, IrcReaction>();

  /** @param network What sources and targets are looked up in. */
  constructor(network: Network) {
    this.#network = network;
  }

  /** Remembers what the heart does not store. */
  expect(postId: string, extras: PostExtras): void {
    this.#extras.set(postId, extras);
  }

  /** A post was told, or refused. */
  forget(postId: string): void {
    this.#extras.delete(postId);
  }

  /** The lines of an event; the same ones for everyone who gets it. */
  lines(event: PostEvent): IrcPostLines {
    if (event === this.#lastEvent) return this.#lastLines!;
    this.#lastEvent = event;
    // Ids are made by senders: only one from this wire has extras of its own.
    const extras = this.#extras.size === 0 ? undefined : this.#extras.get(event.post.id);
    const options = { extras, slab: this.#slab };
    return this.#lastLines = linesOf(this.#network, event.post, options);
  }

  /** The lines of a reaction or a retraction; the same ones for everyone who gets the event. */
  wordlessLines(event: PostEvent): readonly OfferedLine[] {
    if (event === this.#lastEvent) return this.#lastWordless;
    this.#lastEvent = event;
    const { post } = event;
    const extras = this.#extras.get(post.id);
    if (post.kind === "reaction") this.#remember(post);
    const reaction = extras?.reaction ?? this.#reactions.get(post.target!);
    return this.#lastWordless = wordlessLinesOf(this.#network, post, { ...extras, reaction });
  }

  #remember({ sequence, from, body, target }: StoredPost): void {
    this.#reactions.set(sequence, { from, emoji: body, target: target! });
    if (this.#reactions.size <= reactionsMax) return;
    const [oldest] = this.#reactions.keys();
    this.#reactions.delete(oldest!);
  }
}
