/**
 * Who was here lately, for WHOWAS.
 *
 * @module
 */
import type { Person } from "./person.ts";

/** Entries that are kept, for all nicks together. */
const entriesMax = 1_000;

/** Someone who was here. */
export interface WhoWasEntry {
  readonly person: Person;
  /** Milliseconds since 1970. */
  readonly leftMs: number;
}

/** Who was here lately. */
export class WhoWas {
  readonly #entries: WhoWasEntry[] = [];

  /** Remembers someone who has gone, or has another nick now. */
  add(person: Person, leftMs: number): void {
    this.#entries.push({ person, leftMs });
    if (this.#entries.length > entriesMax) this.#entries.shift();
  }

  /**
   * Who was shown by a nick, the latest first.
   *
   * @param nickKey The folded nick.
   * @param countMax At most this many; all where it is not positive.
   */
  find(nickKey: string, countMax: number): WhoWasEntry[] {
    const found = this.#entries.filter(({ person }) => person.nickKey === nickKey).reverse();
    return countMax > 0 ? found.slice(0, countMax) : found;
  }
}
