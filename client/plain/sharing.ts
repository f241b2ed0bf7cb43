/**
 * SEND and GET.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import { fileToGet } from "../talk/file_reference.ts";
import { transferText } from "../talk/transfer_text.ts";
import { readTypedPath } from "../talk/typed_path.ts";
import type { Transfers } from "../transfers/transfers.ts";
import type { OwnPosts } from "./own_posts.ts";
import type { RecentPosts } from "./recent_posts.ts";

/** What the operations work with. */
export interface SharingOptions {
  readonly write: (line: string) => void;
  readonly recent: RecentPosts;
  readonly own: OwnPosts;
  /** Where BM goes. Throws where that is nowhere. */
  readonly room: () => string;
}

/** How often it is told how far a file is. */
const toldIntervalMs = 10_000;

/** The operations of one session. */
export class Sharing {
  /** Sends and fetches; null before there is a session. */
  transfers: Transfers | null = null;
  readonly #options: SharingOptions;

  /** @param options See {@linkcode SharingOptions}. */
  constructor(options: SharingOptions) {
    this.#options = options;
  }

  /** Each with its help. */
  operations(): Record<string, { readonly help: string; run(rest: string): Promise<void> }> {
    return {
      SEND: {
        help: "Sends a file to the room: SEND FILE, SEND FILE text, SEND @NAME FILE.",
        run: (rest) => this.#send(rest),
      },
      GET: {
        help: "Fetches the last file, or the one of that message: GET, GET 12, GET 12 FOLDER.",
        run: (rest) => this.#get(rest),
      },
    };
  }

  async #send(rest: string): Promise<void> {
    const [, name, words = rest] = /^@(\S+)\s+(.*)$/su.exec(rest.trim()) ?? [];
    const typed = readTypedPath(words, this.transfers!.home);
    if (typed === null) {
      throw new ChatError("bad_message", "Usage: SEND FILE, SEND FILE text or SEND @NAME FILE.");
    }
    const where = name ?? this.#options.room();
    const onPostId = (postId: string) => this.#options.own.add(postId);
    await this.#told(() => this.transfers!.send({ where, ...typed, onPostId }));
    this.#options.write(`File sent to ${safeText(where)}.`);
  }

  async #get(rest: string): Promise<void> {
    const { body, rest: folder } = fileToGet(rest, this.#options.recent.all);
    const typed = readTypedPath(folder, this.transfers!.home);
    const path = await this.#told(() => this.transfers!.fetch(body, typed?.path));
    this.#options.write(`File saved: ${safeText(path)}`);
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    const timer = setInterval(() => {
      for (const view of this.transfers!.views) this.#options.write(transferText(view));
    }, toldIntervalMs);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }
}
