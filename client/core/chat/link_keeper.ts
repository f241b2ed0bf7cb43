/**
 * Stays connected: where the link is lost, another one takes its place, and what was missed comes before all else. Where the server
 * is one of several, that is a link to another one of them, at once.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import type { ServerEvent } from "../../../protocol/wire/events.ts";
import { backoffMs } from "../link/backoff.ts";
import { ClientError } from "../link/client_error.ts";
import { pause } from "../link/pause.ts";
import type { Adopter } from "../link/open_link.ts";
import type { ServerLink } from "../link/server_link.ts";
import { connectLimitMs, signInLimitMs } from "../link/servers.ts";
import {
  asChatError,
  isFinal,
  openSignedIn,
  type SignedInLink,
  type SignedInLinkOptions,
  type Welcome,
} from "../link/signed_in_link.ts";
import { within } from "../link/within.ts";
import type { ClientEvent } from "./client_types.ts";

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
  /** Tells that the link was lost, how it goes on, and that it is there again. */
  readonly tell: (event: ClientEvent) => void;
  /** A new link is signed in: does what comes before all else. Where this rejects, the link is closed and the next one tried. */
  readonly resume: (welcome: Welcome) => Promise<void>;
  /** That was done. @param online To be told in its place among what came. */
  readonly onResumed: (online: ClientEvent) => void;
  /** It is over, and no further try will be made. */
  readonly onGivenUp: (error: ChatError) => void;
}

/** Nobody makes tries follow each other sooner than this, however long a key is held down. */
const hurriedMs = 500;

/** Keeps one client connected. */
export class LinkKeeper {
  readonly #options: LinkKeeperOptions;
  readonly #aborter = new AbortController();
  /** How far the log of a cluster was seen to go. */
  #place = 0;
  /** Ends the wait for the next try; null where there is none, or the server has asked for it. */
  #hurry: AbortController | null = null;

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

  /** The next try is made at once, unless the server has asked to wait. */
  retryNow(): void {
    this.#hurry?.abort();
  }

  get #stopped(): boolean {
    return this.#aborter.signal.aborted;
  }

  get #hasOthers(): boolean {
    return this.#options.signIn.servers?.hasOthers ?? false;
  }

  #adopt(link: SignedInLink, onClosed: (error: ChatError) => void): void {
    const { onBatch, waitingBytes } = this.#options;
    link.adopt({ onEvent: (...event) => this.#take(...event), onBatch, waitingBytes, onClosed });
  }

  #take(event: ServerEvent, bytes: number): void {
    const { signIn, line, onEvent } = this.#options;
    if (event.event === "servers") return signIn.servers?.take(event.content.servers);
    onEvent(event, bytes);
    // It stops. Where there is another one, nobody waits for the end.
    if (event.event !== "closing" || event.content.final || !this.#hasOthers) return;
    line.link.close(new ClientError("disconnected", { kind: "server_closed" }));
  }

  #lost(error: ChatError): void {
    this.#options.onLost();
    if (this.#stopped) return;
    const { onGivenUp } = this.#options;
    this.#reconnect(error).catch((final: unknown) => onGivenUp(asChatError(final)));
  }

  /** Tries with full jitter until it is back, told to stop, or has tried for long enough. To another server it goes at once. */
  async #reconnect(reason: ChatError): Promise<void> {
    const { giveUpAfterMs = Infinity, tell } = this.#options;
    const beganMs = performance.now();
    const isMoving = this.#hasOthers;
    if (isMoving) tell({ type: "moving" });
    for (let attempt = 0, last = reason;; attempt++) {
      const leftMs = giveUpAfterMs - (performance.now() - beganMs);
      if (leftMs <= 0) throw last;
      if (!isMoving || attempt > 0) await this.#pause(attempt, last, leftMs);
      if (this.#stopped) return;
      try {
        return await this.#tryServers(attempt);
      } catch (error) {
        if (this.#stopped) return;
        if (isFinal(error)) throw error;
        last = error as ChatError;
      }
    }
  }

  /** Waits for the next try; where the server has not asked for that, it may be ended. */
  async #pause(attempt: number, last: ChatError, leftMs: number): Promise<void> {
    const { random = Math.random, tell } = this.#options;
    const wantedMs = Math.max(backoffMs(attempt, random), last.retryAfterMs ?? 0);
    const retryMs = Math.min(wantedMs, leftMs);
    const mayHurry = last.retryAfterMs === undefined;
    const { signal } = this.#aborter;
    const hurry = new AbortController();
    if (mayHurry) this.#hurry = hurry;
    tell({ type: "offline", retryMs, mayHurry });
    await pause(Math.min(retryMs, hurriedMs), signal);
    const ended = AbortSignal.any([signal, hurry.signal]);
    await pause(Math.max(0, retryMs - hurriedMs), ended);
    this.#hurry = null;
  }

  /** Tries every server once. */
  async #tryServers(round: number): Promise<void> {
    const { servers } = this.#options.signIn;
    if (servers === undefined || !servers.hasOthers) return await this.#resume(await this.#open());
    let last: unknown;
    let final: unknown;
    for (const server of servers.toTry()) {
      try {
        return await this.#resume(await this.#openWithin(server, round), server);
      } catch (error) {
        if (this.#stopped) return;
        if (!(error instanceof ChatError)) throw error;
        // It is the end only if no other one is as it should be: one that cannot reach the others knows no new account or password.
        if (isFinal(error)) final ??= error;
        else last = error;
      }
    }
    throw final ?? last;
  }

  async #open(): Promise<SignedInLink> {
    const { signIn, line } = this.#options;
    this.#place = Math.max(this.#place, line.link.place);
    return await openSignedIn({ ...signIn, place: this.#place }, this.#aborter.signal);
  }

  async #openWithin(server: string, round: number): Promise<SignedInLink> {
    const { signIn, line } = this.#options;
    this.#place = Math.max(this.#place, line.link.place);
    const limitMs = connectLimitMs(round);
    return await within(
      limitMs + signInLimitMs(round),
      this.#aborter.signal,
      (signal) =>
        openSignedIn({
          ...signIn,
          place: this.#place,
          connect: () => within(limitMs, signal, (limited) => signIn.connect(limited, server)),
        }, signal),
    );
  }

  async #resume(next: SignedInLink, server?: string): Promise<void> {
    if (this.#stopped) return next.link.close();
    const { line, resume, onResumed, signIn: { servers } } = this.#options;
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
    const movedTo = server === undefined || server === servers?.current ? null : server;
    if (movedTo !== null) servers?.arrived(movedTo);
    onResumed({ type: "online", again: true, movedTo });
  }
}
