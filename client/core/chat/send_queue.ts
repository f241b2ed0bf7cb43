/**
 * Posts on their way: each is kept until the server has acknowledged it, and sent again after a lost connection, in the
 * order in which they were made and under the same id.
 *
 * @module
 */
import type { ChatError } from "../../../protocol/wire/errors.ts";
import { ClientError } from "../link/client_error.ts";
import type { Sendable, Sent } from "../link/sendable.ts";

interface Entry {
  readonly sendable: Sendable;
  /** Whether it was sent and not answered yet. */
  underWay: boolean;
  /** Whether it was sent before, and it is not known what became of that: it may be stored, or be stored later. */
  isUncertain: boolean;
  resolve(sent: Sent): void;
  reject(error: ChatError): void;
}

/** Posts that may wait for their acknowledgement. */
const entriesMax = 10_000;
/** How long to wait where the server says that it is too much, but not for how long. */
const usualPauseMs = 1_000;

/** Posts that are not acknowledged yet. */
export class SendQueue {
  /** When something was last sent, by `performance.now()`. */
  lastSentMs = -Infinity;
  readonly #transmit: (sendable: Sendable) => Promise<Sent>;
  readonly #entries = new Set<Entry>();
  #drained: (() => void)[] = [];
  /** Set while the server wants fewer posts: those that it refused, and all after them, go together when it has passed. */
  #pause: ReturnType<typeof setTimeout> | null = null;
  #pauseEndMs = 0;
  /** Whether the pause is for this server alone: another one may know more. */
  #isPauseOfServer = false;
  #isHeld = false;
  /** Why nothing is taken any more. */
  #ended: ChatError | null = null;

  /** @param transmit Sends one and gives the server's answer. */
  constructor(transmit: (sendable: Sendable) => Promise<Sent>) {
    this.#transmit = transmit;
  }

  /** How many wait. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Takes a post.
   *
   * @param sendable The post.
   * @return The server's answer.
   * @throws {ChatError} The server's answer, `too_many`, or why nothing is taken any more.
   */
  add(sendable: Sendable): Promise<Sent> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    if (this.#entries.size >= entriesMax) {
      const remark = { kind: "queue_full", count: entriesMax } as const;
      return Promise.reject(new ClientError("too_many", remark));
    }
    return new Promise<Sent>((resolve, reject) => {
      const entry = { sendable, underWay: false, isUncertain: false, resolve, reject };
      this.#entries.add(entry);
      if (!this.#isHeld && this.#pause === null) this.#send(entry);
    });
  }

  /** The connection was lost: what is taken waits for {@linkcode SendQueue.sendAgain}. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Sends everything again that was not acknowledged: there is a new connection. */
  sendAgain(): void {
    this.#isHeld = false;
    for (const entry of this.#entries) {
      entry.isUncertain ||= entry.underWay;
      entry.underWay = false;
    }
    if (this.#isPauseOfServer) this.#endPause();
    if (this.#pause === null) this.#sendWaiting();
  }

  /** Nothing more is taken. */
  refuse(error: ChatError): void {
    this.#ended ??= error;
  }

  /** Gives up on everything that waits. */
  rejectAll(error: ChatError): void {
    this.#endPause();
    for (const entry of this.#entries) this.#settle(entry, () => entry.reject(error));
  }

  /** Resolves when nothing waits. */
  drained(): Promise<void> {
    if (this.#entries.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  #sendWaiting(): void {
    if (this.#isHeld) return;
    for (const entry of this.#entries) {
      if (!entry.underWay) this.#send(entry);
    }
  }

  async #send(entry: Entry): Promise<void> {
    this.lastSentMs = performance.now();
    entry.underWay = true;
    try {
      const sent = await this.#transmit(entry.sendable);
      this.#settle(entry, () => entry.resolve(sent));
    } catch (error) {
      entry.underWay = false;
      this.#failed(entry, error as ChatError);
    }
  }

  #failed(entry: Entry, error: ChatError): void {
    const { code } = error;
    // A lost connection is not an answer: the entry waits for the next one.
    const isUnanswered = code === "disconnected" || code === "timeout";
    // Nor is it one that the server does not know what has become of it: under its id it is stored once.
    entry.isUncertain ||= isUnanswered || code === "unconfirmed";
    if (isUnanswered) return;
    // A server that can store nothing says so of this try. Of an earlier one, perhaps at another server, it knows nothing.
    const isOfServer = code === "unconfirmed" || (code === "storage_failed" && entry.isUncertain);
    if (!isOfServer && code !== "slow_down") return this.#settle(entry, () => entry.reject(error));
    if (this.#entries.has(entry)) this.#pauseFor(error.retryAfterMs ?? usualPauseMs, isOfServer);
  }

  /** The longest pause that the server asked for counts. */
  #pauseFor(ms: number, isOfServer: boolean): void {
    const endMs = performance.now() + ms;
    if (this.#pause !== null && endMs <= this.#pauseEndMs) return;
    this.#endPause();
    this.#pauseEndMs = endMs;
    this.#isPauseOfServer = isOfServer;
    this.#pause = setTimeout(() => {
      this.#endPause();
      this.#sendWaiting();
    }, ms);
  }

  #endPause(): void {
    if (this.#pause !== null) clearTimeout(this.#pause);
    this.#pause = null;
    this.#isPauseOfServer = false;
  }

  #settle(entry: Entry, settle: () => void): void {
    if (!this.#entries.delete(entry)) return;
    settle();
    if (this.#entries.size > 0) return;
    for (const resolve of this.#drained) resolve();
    this.#drained = [];
  }
}
