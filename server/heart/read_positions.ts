/**
 * How far each account has read: everything, or single conversations only, where a wire's clients need not be in all rooms.
 * Kept in memory and stored every few seconds: losing the last few costs a reader a few repeated lines, never a message.
 *
 * @module
 */
import { translated } from "../storage/store_errors.ts";
import type { ConversationPosition, ReadPositionStorage } from "../storage/account_storage.ts";
import type { CommandLog } from "../storage/command_log.ts";

/** How long positions wait to be stored together. */
const saveIntervalMs = 5_000;

/** Positions that are stored by one command: some 20 ms, for which posts wait. */
const batchMax = 500;

/** Positions of either kind that may wait, where the disk takes nothing; further ones are not remembered. */
const waitingMax = 100_000;

/** Where positions are looked up and stored. */
export type ReadPositionSources = ReadPositionStorage & Pick<CommandLog, "submit">;

/** The positions that have not been stored yet, over those that have. */
export class ReadPositions {
  readonly #storage: ReadPositionSources;
  readonly #waiting = new Map<string, number>();
  /** By account and conversation. */
  readonly #waitingIn = new Map<string, ConversationPosition>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** @param storage Where they are stored. */
  constructor(storage: ReadPositionSources) {
    this.#storage = storage;
  }

  /** An account has read up to a sequence; an older one changes nothing. */
  mark(nameKey: string, sequence: number): void {
    const before = this.#waiting.get(nameKey);
    if (before === undefined && this.#waiting.size >= waitingMax) return;
    if (sequence <= (before ?? 0)) return;
    this.#waiting.set(nameKey, sequence);
    this.#saveLater();
  }

  /** An account has read one conversation up to a sequence, and not everything else; an older one changes nothing. */
  markIn(position: ConversationPosition): void {
    const place = placeOf(position.nameKey, position.conversation);
    const before = this.#waitingIn.get(place);
    if (before === undefined && this.#waitingIn.size >= waitingMax) return;
    if (position.sequence <= (before?.sequence ?? 0)) return;
    this.#waitingIn.set(place, position);
    this.#saveLater();
  }

  /**
   * How far an account has read everything, 0 at first.
   *
   * @throws {ChatError} `storage_failed`.
   */
  async of(nameKey: string): Promise<number> {
    const stored = await translated(this.#storage.readPosition(nameKey));
    return Math.max(stored, this.#waiting.get(nameKey) ?? 0);
  }

  /**
   * How far an account has read one conversation; null where nothing is known but how far it has read everything.
   *
   * @param nameKey The folded name.
   * @param conversation A room's id, or `privateConversations`.
   * @throws {ChatError} `storage_failed`.
   */
  async in(nameKey: string, conversation: number): Promise<number | null> {
    const stored = await translated(this.#storage.conversationPosition(nameKey, conversation));
    const waiting = this.#waitingIn.get(placeOf(nameKey, conversation));
    return waiting === undefined ? stored : Math.max(stored ?? 0, waiting.sequence);
  }

  /** Stores what waits and ends. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#save();
  }

  #saveLater(): void {
    this.#timer ??= setTimeout(() => this.#save().catch(() => {}), saveIntervalMs);
  }

  async #save(): Promise<void> {
    this.#timer = null;
    const results = await Promise.allSettled([this.#saveAll(), this.#saveIn()]);
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  async #saveAll(): Promise<void> {
    // A copy: marks that come while it is being stored must not look as if they were stored with it.
    for (const positions of batchesOf([...this.#waiting])) {
      await this.#storage.submit({ type: "read", version: 1, positions });
      for (const [nameKey, sequence] of positions) {
        if (this.#waiting.get(nameKey) === sequence) this.#waiting.delete(nameKey);
      }
    }
  }

  async #saveIn(): Promise<void> {
    for (const positions of batchesOf([...this.#waitingIn.values()])) {
      await this.#storage.submit({ type: "read_conversations", version: 1, positions });
      for (const position of positions) {
        const place = placeOf(position.nameKey, position.conversation);
        if (this.#waitingIn.get(place) === position) this.#waitingIn.delete(place);
      }
    }
  }
}

function* batchesOf<Position>(positions: readonly Position[]): Generator<readonly Position[]> {
  for (let at = 0; at < positions.length; at += batchMax) yield positions.slice(at, at + batchMax);
}

function placeOf(nameKey: string, conversation: number): string {
  return `${conversation} ${nameKey}`;
}
