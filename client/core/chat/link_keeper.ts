/**
 * Stays connected: where the link is lost, another one takes its place, and what was missed comes before all else.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import type { ChatError } from "../../../protocol/wire/errors.ts";
import { backoffMs } from "../link/backoff.ts";
import type { Adopter } from "../link/open_link.ts";
import type { ServerLink } from "../link/server_link.ts";
import {
  asChatError,
  isFinal,
  openSignedIn,
  type SignedInLink,
  type SignedInLinkOptions,
  type Welcome,
} from "../link/signed_in_link.ts";

/** What a keeper is made with: how it signs in, what takes the events of each link, and whom it tells. */
export interface LinkKeeperOptions extends Omit<Adopter, "onClosed"> {
  readonly line: ServerLink;
  readonly signIn: SignedInLinkOptions;
  /** For how long it is tried; for ever where not given. */
  readonly giveUpAfterMs?: number | undefined;
  /** A number from 0 up to 1. */
  readonly random?: (() => number) | undefined;
  /** The link was lost. */
  readonly onLost: () => void;
  /** The next try is after so long. */
  readonly onWait: (retryMs: number) => void;
  /** A new link is signed in: does what comes before all else. Where this rejects, the link is closed and the next one tried. */
  readonly resume: (welcome: Welcome) => Promise<void>;
  /** That was done. */
  readonly onResumed: () => void;
  /** It is over, and no further try will be made. */
  readonly onGivenUp: (error: ChatError) => void;
}

/** Keeps one client connected. */
export class LinkKeeper {
  readonly #options: LinkKeeperOptions;
  readonly #aborter = new AbortController();

  /** @param options See {@linkcode LinkKeeperOptions}. */
  constructor(options: LinkKeeperOptions) {
    this.#options = options;
  }

  /** Takes over the first link. */
  begin(first: SignedInLink): void {
    this.#adopt(first, (error) => this.#lost(error));
  }

  /** No link is made any more; the present one stays until it is closed. */
  stop(): void {
    this.#aborter.abort();
  }

  get #stopped(): boolean {
    return this.#aborter.signal.aborted;
  }

  #adopt(link: SignedInLink, onClosed: (error: ChatError) => void): void {
    const { onEvent, onBatch, waitingBytes } = this.#options;
    link.adopt({ onEvent, onBatch, waitingBytes, onClosed });
  }

  #lost(error: ChatError): void {
    this.#options.onLost();
    if (this.#stopped) return;
    const { onGivenUp } = this.#options;
    this.#reconnect(error).catch((final: unknown) => onGivenUp(asChatError(final)));
  }

  /** Tries with full jitter until it is back, told to stop, or has tried for long enough. */
  async #reconnect(reason: ChatError): Promise<void> {
    const { signIn, giveUpAfterMs = Infinity, random = Math.random, onWait } = this.#options;
    const { signal } = this.#aborter;
    const beganMs = performance.now();
    for (let attempt = 0, last = reason;; attempt++) {
      const leftMs = giveUpAfterMs - (performance.now() - beganMs);
      if (leftMs <= 0) throw last;
      const wantedMs = Math.max(backoffMs(attempt, random), last.retryAfterMs ?? 0);
      const retryMs = Math.min(wantedMs, leftMs);
      onWait(retryMs);
      await delay(retryMs, { signal }).catch(() => {});
      if (this.#stopped) return;
      try {
        return await this.#resume(await openSignedIn(signIn, signal));
      } catch (error) {
        if (this.#stopped) return;
        if (isFinal(error)) throw error;
        last = error as ChatError;
      }
    }
  }

  async #resume(next: SignedInLink): Promise<void> {
    if (this.#stopped) return next.link.close();
    const { line, resume, onResumed } = this.#options;
    line.replace(next.link, next.channelBinding);
    let resumed = false;
    let lost: ChatError | null = null;
    this.#adopt(next, (error) => {
      if (resumed) this.#lost(error);
      else lost = error;
    });
    try {
      await resume(next.welcome);
    } catch (error) {
      next.link.close();
      throw error;
    }
    if (lost !== null) throw lost;
    resumed = true;
    onResumed();
  }
}
