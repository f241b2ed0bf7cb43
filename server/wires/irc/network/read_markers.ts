/**
 * How far people have read, as their clients tell it to each other (IRCv3 draft/read-marker). Kept in memory, and no more of
 * them than have their place there.
 *
 * @module
 */

/** Markers of one account or guest. */
export const markersPerPersonMax = 1_000;
/** Markers of all together, of some 100 bytes each; of more, those go whose owners have not set any for the longest time. */
const markersMax = 100_000;

/** The markers of everyone. */
export class ReadMarkers {
  /** By folded name, then by folded target; who has set one last comes last. */
  readonly #byPerson = new Map<string, Map<string, number>>();
  readonly #markersMax: number;
  #count = 0;

  /** @param options `markersMax`: markers of all together. */
  constructor(options: { markersMax?: number } = {}) {
    this.#markersMax = options.markersMax ?? markersMax;
  }

  /** How many there are. */
  get size(): number {
    return this.#count;
  }

  /** Up to when a person has read in a target, in milliseconds since 1970; undefined where that is not known. */
  get(person: string, target: string): number | undefined {
    return this.#byPerson.get(person)?.get(target);
  }

  /**
   * Moves a marker.
   *
   * @return Whether there was room for it.
   */
  set(person: string, target: string, timeMs: number): boolean {
    const markers = this.#byPerson.get(person) ?? new Map<string, number>();
    const isNew = !markers.has(target);
    if (isNew && markers.size >= markersPerPersonMax) return false;
    markers.set(target, timeMs);
    if (isNew) this.#count++;
    this.#byPerson.delete(person);
    this.#byPerson.set(person, markers);
    this.#makeRoom(person);
    return true;
  }

  /** Forgets all markers of a person. */
  forget(person: string): void {
    this.#count -= this.#byPerson.get(person)?.size ?? 0;
    this.#byPerson.delete(person);
  }

  #makeRoom(except: string): void {
    for (const person of this.#byPerson.keys()) {
      if (this.#count <= this.#markersMax || person === except) return;
      this.forget(person);
    }
  }
}
