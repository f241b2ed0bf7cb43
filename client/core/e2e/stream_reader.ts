/**
 * Turns posts into what is shown, and names what a server has left out, repeated or moved.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { pagePostsMax } from "../../../protocol/wire/limits.ts";
import type { Post } from "../../../protocol/wire/fields.ts";
import type { RequestInputOf } from "../../../protocol/wire/requests.ts";
import { changesTarget } from "../../../protocol/content.ts";
import { ChainLog, type Finding } from "./chain_log.ts";
import { foldPeerName } from "../../../protocol/names/guest_names.ts";
import type { Remark } from "../link/client_error.ts";
import type { Requester } from "../link/server_link.ts";
import type { MessageOpener, OpenedMessage } from "./message_opener.ts";
import {
  closed,
  isPrivate,
  readable,
  saidOf,
  type ShownPage,
  type ShownPost,
} from "./message_view.ts";

/** What a reader is made with. */
export interface StreamReaderOptions {
  readonly opener: MessageOpener;
  readonly request: Requester;
  /** Tells the person something in the conversation with a peer. */
  readonly notice: (peer: string, remark: Remark) => void;
}

/** Pages whose beginnings are remembered, so that the page before is known to join. */
const edgesMax = 100;

/** Annotations that are remembered, so that a page is shown as its messages are now; the oldest go first. */
const annotationsMax = 1_000;

/** A chain at the beginning of a page: the number that it starts with there. */
interface Edge {
  readonly from: string;
  readonly number: number;
  /** How many messages of its sender were taken back before it on the page. */
  readonly takenBack: number;
}

/** Reads live events and pages of history. */
export class StreamReader {
  readonly #options: StreamReaderOptions;
  readonly #live = new ChainLog();
  readonly #edges = new Map<string, ReadonlyMap<string, Edge>>();
  /** What was said about earlier messages, as far as it was seen, by its sequence. */
  readonly #annotations = new Map<number, ShownPost>();
  /** What was taken back by a sealed message: where it was, by who has said it and its id. The oldest go first. */
  readonly #takenBack = new Map<string, number>();

  /** @param options See {@linkcode StreamReaderOptions}. */
  constructor(options: StreamReaderOptions) {
    this.#options = options;
  }

  /** The next live post as it is shown. Never rejects. */
  async live(post: Post): Promise<ShownPost> {
    if (!isSealed(post)) {
      noteTakenBack(post, this.#live);
      return readable(post);
    }
    const opened = await this.#open(post);
    if (opened instanceof ChatError) return closed(post, { kind: "closed", error: opened });
    this.#noteRetraction(opened);
    await this.#beginChain(post, opened);
    return this.#shown(post, opened, this.#live.take(inLog(opened)));
  }

  /**
   * A page of history as it is shown. Never rejects.
   *
   * @param posts The posts, the oldest first.
   * @param more Whether the server has older ones, or, with `after`, newer ones.
   * @param query What was asked for.
   * @return The posts, and what this client knows to be said about them elsewhere.
   */
  async page(
    posts: readonly Post[],
    more: boolean,
    query: RequestInputOf<"history">,
  ): Promise<Omit<ShownPage, "more">> {
    const complete = !more && query.after === undefined;
    const log = new ChainLog(complete);
    const first = new Map<string, Edge>();
    const shown: ShownPost[] = [];
    // All at once: WebCrypto works on other threads.
    const all = await Promise.all(posts.map((post) => isSealed(post) ? this.#open(post) : null));
    for (const opened of all) {
      if (opened !== null && !(opened instanceof ChatError)) this.#noteRetraction(opened);
    }
    for (const [at, post] of posts.entries()) {
      const opened = all[at] ?? null;
      if (opened === null) {
        noteTakenBack(post, log);
        shown.push(readable(post));
        continue;
      }
      if (opened instanceof ChatError) {
        shown.push(closed(post, { kind: "closed", error: opened }));
        continue;
      }
      const { place, after } = inLog(opened);
      if (!log.has(place.chain)) {
        const takenBack = log.takenBack(opened.from);
        first.set(place.chain, { from: post.from, number: place.number, takenBack });
      }
      shown.push(this.#shown(post, opened, log.take({ place, after })));
    }
    if (query.after === undefined) this.#join(query, posts, { log, first });
    return { posts: shown, annotations: this.#annotationsOf(posts) };
  }

  /** A message that was opened, with what it says that it is, and nothing of what the server says of that. */
  #shown({ target: _, ...post }: Post, opened: OpenedMessage, finding: Finding): ShownPost {
    const { kind, text, about, verified, warning } = opened;
    const found = finding === null ? null : { ...finding, name: post.from };
    // What was shown before is not shown again: the line says that it came. Nor is what was taken back where it was.
    if (found?.kind === "repeated") return closed(post, found);
    if (this.#isBroughtAgain(post, opened)) {
      return closed(post, { kind: "repeated", name: post.from });
    }
    const message = { ...saidOf(kind, text), encrypted: true, verified, problem: found ?? warning };
    if (about === null) return { ...post, kind, message };
    const shown = { ...post, kind, message, target: about.sequence, targetId: about.id };
    if (changesTarget(kind)) this.#remember(shown);
    return shown;
  }

  #noteRetraction({ kind, from, about }: OpenedMessage): void {
    if (kind !== "retraction" || about === null) return;
    this.#takenBack.set(`${from} ${about.id}`, about.sequence);
    if (this.#takenBack.size <= annotationsMax) return;
    this.#takenBack.delete(this.#takenBack.keys().next().value!);
  }

  /** Whether its sender has taken it back in another place: a server that has kept it delivers it once more. */
  #isBroughtAgain(
    { id, sequence }: Pick<Post, "id" | "sequence">,
    { from }: OpenedMessage,
  ): boolean {
    const takenBack = this.#takenBack.get(`${from} ${id}`);
    return takenBack !== undefined && takenBack !== sequence;
  }

  #remember(annotation: ShownPost): void {
    this.#annotations.set(annotation.sequence, annotation);
    if (this.#annotations.size <= annotationsMax) return;
    this.#annotations.delete(this.#annotations.keys().next().value!);
  }

  /** What is known to be said about posts, and about what was said about them, beside what is among them. */
  #annotationsOf(posts: readonly Post[]): ShownPost[] {
    if (!posts.some(isPrivate)) return [];
    const known = new Set(posts.map(({ sequence }) => sequence));
    const onPage = new Set(known);
    const inOrder = [...this.#annotations.values()].sort((one, other) =>
      one.sequence - other.sequence
    );
    return inOrder.filter(({ sequence, target }) => {
      if (target === undefined || !known.has(target)) return false;
      known.add(sequence);
      return !onPage.has(sequence);
    });
  }

  /** Compares the page with the one that begins where it ends. */
  #join(
    query: RequestInputOf<"history">,
    posts: readonly Post[],
    page: { log: ChainLog; first: Map<string, Edge> },
  ): void {
    const following = this.#edges.get(edgeKey(query, query.before)) ?? new Map<string, Edge>();
    for (const [chain, edge] of following) {
      const { from, number, takenBack } = edge;
      const last = page.log.last(chain);
      const before = takenBack + page.log.takenBackSince(chain);
      if (last === undefined) {
        page.first.set(chain, { ...edge, takenBack: before });
        continue;
      }
      const count = number - last - 1 - before;
      if (count > 0) this.#options.notice(from, { kind: "missing", name: from, count });
    }
    const [oldest] = posts;
    if (oldest === undefined) return;
    this.#edges.set(edgeKey(query, oldest.sequence), page.first);
    if (this.#edges.size > edgesMax) this.#edges.delete(this.#edges.keys().next().value!);
  }

  /** A chain that is new here may have begun before this program: the history knows how far it went. */
  async #beginChain(post: Post, opened: OpenedMessage): Promise<void> {
    const { place, after } = inLog(opened);
    if (this.#live.last(place.chain) !== undefined) return;
    const wanted = place.number > 1 ? place.chain : after?.chain;
    if (wanted === undefined || this.#live.last(wanted) !== undefined) return;
    const last = await this.#lastBefore(post, opened.from, wanted);
    const before = place.number > 1 ? place.number - 1 : after?.number ?? 0;
    if (last !== null) this.#live.begin({ chain: wanted, number: Math.min(last, before) });
  }

  /**
   * The number of the last message of a chain before a post; 0 where there is none, null where it cannot be told. What its sender took
   * back since may have been of the chain.
   */
  async #lastBefore(post: Post, from: string, chain: string): Promise<number | null> {
    try {
      const peer = from === this.#options.opener.nameKey ? post.to : post.from;
      const query = { with: peer, before: post.sequence, limit: pagePostsMax };
      const { posts, more } = await this.#options.request("history", query);
      let takenBack = 0;
      for (const earlier of posts.toReversed()) {
        if (isTakenBack(earlier) && senderOf(earlier) === from) takenBack++;
        const opened = isSealed(earlier) ? await this.#open(earlier) : null;
        if (opened === null || opened instanceof ChatError) continue;
        const { place } = inLog(opened);
        if (place.chain === chain) return place.number + takenBack;
      }
      return more ? null : takenBack;
    } catch (error) {
      if (error instanceof ChatError) return null;
      throw error;
    }
  }

  /** Opens a message, or says why not. */
  async #open(post: Post): Promise<OpenedMessage | ChatError> {
    try {
      return await this.#options.opener.open(post);
    } catch (error) {
      if (error instanceof ChatError) return error;
      throw error;
    }
  }
}

/** Whether only its two ends can read a post. */
export function isSealed(post: Post): boolean {
  return isPrivate(post) && post.kind === "sealed";
}

/** Whether a private message was taken back: its place in its chain is not known any more. */
function isTakenBack(post: Post): boolean {
  return isPrivate(post) && post.kind === "retracted";
}

function noteTakenBack(post: Post, log: ChainLog): void {
  if (isTakenBack(post)) log.noteTakenBack(senderOf(post));
}

function senderOf(post: Post): string {
  return foldPeerName(post.from);
}

/** Nobody can name another sender's chain. */
function inLog({ from, place, after }: OpenedMessage): Pick<OpenedMessage, "place" | "after"> {
  return {
    place: { ...place, chain: `${from} ${place.chain}` },
    after: after === null ? null : { ...after, chain: `${from} ${after.chain}` },
  };
}

function edgeKey(query: RequestInputOf<"history">, sequence = Infinity): string {
  const { room = null, with: peer = null, private: isPrivate = false } = query;
  return JSON.stringify([room, peer, isPrivate, String(sequence)]);
}
