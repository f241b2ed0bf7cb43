/**
 * How far an account has read, and when the server is told.
 *
 * @module
 */

/** What a read position works with. */
export interface ReadPositionOptions {
  /** How far the account had read before. */
  readonly sequence: number;
  /** Whether nothing was unread then. */
  readonly allRead: boolean;
  /** The last post that was delivered. */
  readonly delivered: () => number;
  /** Tells the server. */
  readonly send: (sequence: number) => void;
}

/** How long after its last post, or request for a page, a client answers every read with a frame. */
const interactiveMs = 5_000;
/** How often a client that only listens says how far it has read. */
const intervalMs = 10_000;

/** The read position of one client. */
export class ReadPosition {
  readonly #options: ReadPositionOptions;
  #sequence: number;
  #allRead: boolean;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** When a page was last asked for, by `performance.now()`. */
  #askedMs = -Infinity;

  /** @param options See {@linkcode ReadPositionOptions}. */
  constructor(options: ReadPositionOptions) {
    this.#options = options;
    this.#sequence = options.sequence;
    this.#allRead = options.allRead;
  }

  /** How far everything was shown, as far as the server is to know. Stands still while something older is unread. */
  get sequence(): number {
    return this.#sequence;
  }

  /** A page is being asked for. */
  noteAsked(): void {
    this.#askedMs = performance.now();
  }

  /** What is delivered counts as read from now on. */
  markAll(): void {
    this.#allRead = true;
    this.tell();
  }

  /**
   * Everything up to a post was shown. From now on only this counts, not what is delivered.
   *
   * @param sequence The post's; an older one than before changes nothing.
   */
  markUpTo(sequence: number): void {
    this.#allRead = false;
    const delivered = Math.min(sequence, this.#options.delivered());
    if (delivered <= this.#sequence) return;
    this.#sequence = delivered;
    this.#tellLater();
  }

  /**
   * One read has brought something. The server's TLS has Nagle's algorithm on: its next small write waits for our
   * acknowledgement of the last one, which the kernel of a client that also sends delays by 40 ms, unless data goes out that
   * carries it. So a client that has posted, or asked for a page, lately answers each read with its read position, which the
   * server wants to know anyway; one that only listens acknowledges at once by itself, and says now and then how far it is.
   *
   * @param lastSentMs When it last posted, by `performance.now()`.
   */
  onBatch(lastSentMs: number): void {
    const activeMs = Math.max(lastSentMs, this.#askedMs);
    if (performance.now() - activeMs < interactiveMs) return this.tell();
    this.#tellLater();
  }

  /** Tells the server now. */
  tell(): void {
    this.stop();
    if (this.#allRead) this.#sequence = this.#options.delivered();
    this.#options.send(this.#sequence);
  }

  /** Nothing is told later. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #tellLater(): void {
    this.#timer ??= setTimeout(() => this.tell(), intervalMs);
  }
}
