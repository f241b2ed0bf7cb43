/**
 * SEND, GET and CANCEL.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import { transferToCancel } from "../talk/cancelling.ts";
import { fileToGet, SavingHint } from "../talk/file_reference.ts";
import { inCapitals, markedErrorText } from "../talk/remark_text.ts";
import { transferText } from "../talk/transfer_text.ts";
import { readTypedPath } from "../talk/typed_path.ts";
import type { Transfers } from "../transfers/transfers.ts";
import type { ShownPost } from "../core/e2e/message_view.ts";
import type { LinesAhead } from "./lines_ahead.ts";
import type { OwnPosts } from "./own_posts.ts";
import type { RecentPosts } from "./recent_posts.ts";

/** What the operations work with. */
export interface SharingOptions {
  readonly lines: () => LinesAhead;
  readonly ownName: () => string;
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
  readonly #hint = new SavingHint(inCapitals);

  /** @param options See {@linkcode SharingOptions}. */
  constructor(options: SharingOptions) {
    this.#options = options;
  }

  /** Each with its help. */
  operations(): Record<
    string,
    { readonly help: string; readonly unlisted?: boolean; run(rest: string): Promise<void> }
  > {
    return {
      SEND: {
        help:
          "Sends a file to the room: SEND FILE, SEND FILE text, SEND @NAME FILE. CANCEL stops it.",
        run: (rest) => this.#send(rest),
      },
      GET: {
        help: "Fetches the last file, or the one of that message: GET, GET 12, GET 12 FOLDER.",
        run: (rest) => this.#get(rest),
      },
      CANCEL: {
        help: "Ends the file that is on its way; nothing of it is kept.",
        unlisted: true,
        run: (rest) => Promise.resolve(this.#cancel(rest)),
      },
    };
  }

  /** What is said below a post, in lines: at the first file how it is saved. */
  readonly remarkOn = (post: Pick<ShownPost, "from" | "sequence" | "message">): string[] => {
    const hint = this.#hint.after(post, this.#options.ownName());
    return hint === null ? [] : [`(${hint})`];
  };

  async #send(rest: string): Promise<void> {
    const [, name, words = rest] = /^@(\S+)\s+(.*)$/su.exec(rest.trim()) ?? [];
    const typed = readTypedPath(words, this.transfers!.home);
    if (typed === null) {
      throw new ChatError("bad_message", "Usage: SEND FILE, SEND FILE text or SEND @NAME FILE.");
    }
    const where = name ?? this.#options.room();
    const onPostId = (postId: string) => this.#options.own.add(postId);
    await this.#told(() => this.transfers!.send({ where, ...typed, onPostId }));
    this.#options.lines().write(`File sent to ${safeText(where)}.`);
  }

  async #get(rest: string): Promise<void> {
    const { body, rest: folder } = fileToGet(rest, this.#options.recent.all, inCapitals);
    const typed = readTypedPath(folder, this.transfers!.home);
    const path = await this.#told(() => this.transfers!.fetch(body, typed?.path));
    this.#options.lines().write(`File saved: ${safeText(path)}`);
  }

  #cancel(rest: string): void {
    const { transfers } = this;
    transfers!.cancel(transferToCancel(rest, transfers!.views, inCapitals));
  }

  /** Tells how far it is, and takes CANCEL meanwhile. */
  async #told<T>(work: () => Promise<T>): Promise<T> {
    const lines = this.#options.lines();
    const timer = setInterval(() => {
      for (const view of this.transfers!.views) lines.write(transferText(view));
    }, toldIntervalMs);
    try {
      return await lines.during(work(), (line) => this.#takeMeanwhile(line));
    } finally {
      clearInterval(timer);
    }
  }

  #takeMeanwhile(line: string): boolean {
    const found = /^cancel(?:\s+(.*))?$/isu.exec(line.trim());
    if (found === null) return false;
    try {
      this.#cancel(found[1] ?? "");
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.#options.lines().write(markedErrorText(error, inCapitals));
    }
    return true;
  }
}
