/**
 * SEARCH, MENTIONS, CONTEXT.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { numberText } from "../../protocol/text/number_text.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import type { ChatClient } from "../core/chat/chat_client.ts";
import { folded, type FoldedPost } from "../talk/folded_posts.ts";
import { ownMentions } from "../talk/own_mentions.ts";
import { searchPrivate } from "../talk/private_search.ts";
import { progressText } from "../talk/progress_text.ts";
import { meantBy, surroundings } from "../talk/surroundings.ts";
import { counted, searchScope } from "../talk/wording.ts";
import type { Lines } from "./lines.ts";
import { historyLines } from "./post_line.ts";
import type { RecentPosts } from "./recent_posts.ts";

/** How many posts are shown. */
const shownMax = 50;
/** Private messages that one search reads. */
const readMax = 10_000;
/** How often a line says how far it is, in milliseconds. */
const progressIntervalMs = 2_000;

/** What the operations work with. */
export interface FindingOptions {
  readonly lines: Pick<Lines, "write">;
  /** Where it is looked for what a number means. */
  readonly recent: RecentPosts;
  readonly client: () => ChatClient;
  /** The words behind the operation, or the answer to a question; null to give up. */
  readonly given: (rest: string, question: string) => Promise<string | null>;
}

/** The operations of one session. */
export class Finder {
  readonly #options: FindingOptions;

  /** @param options See {@linkcode FindingOptions}. */
  constructor(options: FindingOptions) {
    this.#options = options;
  }

  /** Each with its help. */
  operations(): Record<string, { readonly help: string; run(rest: string): Promise<void> }> {
    return {
      SEARCH: {
        help: "Searches rooms and your private messages.",
        run: (rest) => this.#search(rest),
      },
      MENTIONS: { help: "Lists where others have named you.", run: () => this.#mentions() },
      CONTEXT: {
        help: "Shows what stood around a message: CONTEXT 12.",
        run: (rest) => this.#context(rest.trim()),
      },
    };
  }

  async #search(rest: string): Promise<void> {
    const { lines, client, given } = this.#options;
    const words = await given(rest, "Words to search:");
    if (words === null) return;
    const page = await client().search({ words, limit: shownMax });
    let toldMs = performance.now();
    const privately = await searchPrivate(client(), {
      words,
      limit: shownMax,
      readMax,
      onProgress: ({ read, part }) => {
        if (performance.now() - toldMs < progressIntervalMs) return;
        toldMs = performance.now();
        lines.write(`(Reading private messages: ${progressText(part)}, ${numberText(read)} read.)`);
      },
    });
    const all = [...folded(page), ...privately.posts];
    const posts = all.sort((left, right) => left.sequence - right.sequence).slice(-shownMax);
    if (page.more || privately.more || all.length > posts.length) {
      lines.write(`(Only the newest ${numberText(posts.length)} are shown.)`);
    }
    this.#show(posts);
    lines.write(`(${searchScope(privately)})`);
    lines.write(`End of search (${counted(posts.length, "message")}).`);
  }

  async #mentions(): Promise<void> {
    const { lines, client } = this.#options;
    const posts = await ownMentions(client(), shownMax);
    this.#show(posts);
    lines.write(`End of mentions (${counted(posts.length, "message")}, in rooms that you are in).`);
  }

  async #context(typed: string): Promise<void> {
    const { lines, client, recent } = this.#options;
    const number = /^#?(\d{1,15})$/.exec(typed)?.[1];
    if (number === undefined) throw new ChatError("bad_message", "Usage: CONTEXT 12.");
    const meant = recent.withNumber(Number(number));
    if (meant === undefined) {
      const message = `No message here has the number ${number}. NUMBERS shows them.`;
      throw new ChatError("not_found", message);
    }
    const { from, to, sequence } = meantBy(meant);
    this.#show(await surroundings(client(), { from, to, sequence }));
    const place = to.startsWith("#") || from === client().name ? to : from;
    lines.write(`End of what stood around message ${sequence} in ${safeText(place)}.`);
  }

  /** With their numbers: CONTEXT wants one. */
  #show(posts: readonly FoldedPost[]): void {
    const { lines, recent } = this.#options;
    for (const post of posts) {
      recent.keep(post);
      for (const line of historyLines(post, { withNumber: true })) lines.write(line);
    }
  }
}
