/**
 * How far each account has read. Kept in memory and stored every few seconds: losing the last few costs a reader a few
 * repeated lines, never a message.
 *
 * @module
 */
import type { Storage } from "./storage/storage.ts";

/** How long positions wait to be stored together. */
const saveIntervalMs = 5_000;

/** The positions that have not been stored yet, over those that have. */
export class ReadPositions {
  readonly #storage: Storage;
  readonly #waiting = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** @param storage Where they are stored. */
  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** An account has read up to a sequence; an older one changes nothing. */
  mark(key: string, sequence: number): void {
    if (sequence <= (this.#waiting.get(key) ?? 0)) return;
    this.#waiting.set(key, sequence);
    this.#timer ??= setTimeout(() => this.#save().catch(() => {}), saveIntervalMs);
  }

  /** How far an account has read, 0 at first. */
  async of(key: string): Promise<number> {
    const stored = await this.#storage.readPosition(key);
    return Math.max(stored, this.#waiting.get(key) ?? 0);
  }

  /** Stores what waits and ends. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#save();
  }

  async #save(): Promise<void> {
    this.#timer = null;
    // A copy: marks that come while it is being stored must not look as if they were stored with it.
    const positions = new Map(this.#waiting);
    if (positions.size === 0) return;
    await this.#storage.saveReadPositions(positions);
    for (const [key, sequence] of positions) {
      if (this.#waiting.get(key) === sequence) this.#waiting.delete(key);
    }
  }
}
