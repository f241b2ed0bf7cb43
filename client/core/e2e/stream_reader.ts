/**
 * Turns posts into what is shown, and names what a server has left out, repeated or moved.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { pagePostsMax } from "../../../protocol/wire/limits.ts";
import type { Post } from "../../../protocol/wire/fields.ts";
import type { RequestInputOf } from "../../../protocol/wire/requests.ts";
import { ChainLog, type Finding } from "./chain_log.ts";
import type { Remark } from "../link/client_error.ts";
import type { Requester } from "../link/server_link.ts";
import type { MessageOpener, OpenedMessage } from "./message_opener.ts";
import {
  closedView,
  isPrivate,
  type MessageView,
  readableView,
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

/** A chain at the beginning of a page: the number that it starts with there. */
interface Edge {
  readonly from: string;
  readonly number: number;
}

/** Reads live events and pages of history. */
export class StreamReader {
  readonly #options: StreamReaderOptions;
  readonly #live = new ChainLog();
  readonly #edges = new Map<string, ReadonlyMap<string, Edge>>();

  /** @param options See {@linkcode StreamReaderOptions}. */
  constructor(options: StreamReaderOptions) {
    this.#options = options;
  }

  /** The view of the next live post. Never rejects. */
  async live(post: Post): Promise<MessageView> {
    if (!isSealed(post)) return readableView(post);
    const opened = await this.#open(post);
    if (opened instanceof ChatError) return closedView({ kind: "closed", error: opened });
    await this.#beginChain(post, opened);
    return viewOf(post, opened, this.#live.take(inLog(opened)));
  }

  /**
   * The views of a page of history. Never rejects.
   *
   * @param posts The posts, the oldest first.
   * @param more Whether the server has older ones, or, with `after`, newer ones.
   * @param query What was asked for.
   */
  async page(
    posts: readonly Post[],
    more: boolean,
    query: RequestInputOf<"history">,
  ): Promise<ShownPost[]> {
    const complete = !more && query.after === undefined;
    const log = new ChainLog(complete);
    const first = new Map<string, Edge>();
    const shown: ShownPost[] = [];
    // All at once: WebCrypto works on other threads.
    const all = await Promise.all(posts.map((post) => isSealed(post) ? this.#open(post) : null));
    for (const [at, post] of posts.entries()) {
      const opened = all[at] ?? null;
      if (opened === null || opened instanceof ChatError) {
        const message = opened === null
          ? readableView(post)
          : closedView({ kind: "closed", error: opened });
        shown.push({ ...post, message });
        continue;
      }
      const { place, after } = inLog(opened);
      if (!log.has(place.chain)) {
        first.set(place.chain, { from: post.from, number: place.number });
      }
      shown.push({ ...post, message: viewOf(post, opened, log.take({ place, after })) });
    }
    if (query.after === undefined) this.#join(query, posts, { log, first });
    return shown;
  }

  /** Compares the page with the one that begins where it ends. */
  #join(
    query: RequestInputOf<"history">,
    posts: readonly Post[],
    page: { log: ChainLog; first: Map<string, Edge> },
  ): void {
    const following = this.#edges.get(edgeKey(query, query.before)) ?? new Map<string, Edge>();
    for (const [chain, { from, number }] of following) {
      const last = page.log.last(chain);
      if (last === undefined) {
        page.first.set(chain, { from, number });
      } else if (number > last + 1) {
        const count = number - last - 1;
        this.#options.notice(from, { kind: "missing", name: from, count });
      }
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
    if (last !== null) this.#live.begin({ chain: wanted, number: last });
  }

  /** The number of the last message of a chain before a post; 0 where there is none, null where it cannot be told. */
  async #lastBefore(post: Post, from: string, chain: string): Promise<number | null> {
    try {
      const peer = from === this.#options.opener.nameKey ? post.to : post.from;
      const query = { with: peer, before: post.sequence, limit: pagePostsMax };
      const { posts, more } = await this.#options.request("history", query);
      for (const earlier of posts.toReversed()) {
        const opened = isSealed(earlier) ? await this.#open(earlier) : null;
        if (opened === null || opened instanceof ChatError) continue;
        const { place } = inLog(opened);
        if (place.chain === chain) return place.number;
      }
      return more ? null : 0;
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

/** Nobody can name another sender's chain. */
function inLog({ from, place, after }: OpenedMessage): Pick<OpenedMessage, "place" | "after"> {
  return {
    place: { ...place, chain: `${from} ${place.chain}` },
    after: after === null ? null : { ...after, chain: `${from} ${after.chain}` },
  };
}

function viewOf(post: Post, opened: OpenedMessage, finding: Finding): MessageView {
  const { text, verified, warning } = opened;
  const found = finding === null ? null : { ...finding, name: post.from };
  // What was shown before is not shown again: the line says that it came.
  if (found?.kind === "repeated") return closedView(found);
  return { text, encrypted: true, verified, problem: found ?? warning };
}

function edgeKey({ room, with: peer }: RequestInputOf<"history">, sequence = Infinity): string {
  return JSON.stringify([room ?? null, peer ?? null, String(sequence)]);
}
