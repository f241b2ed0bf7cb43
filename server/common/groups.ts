/**
 * Things in groups, such as connections by their networks: where there is no room for all, the group that holds most gives.
 *
 * @module
 */

/** Things that each belong to one group. Whatever is asked takes the same short time, however many there are. */
export class Groups<T> {
  readonly #members = new Map<string, Set<T>>();
  /** The groups by how many things they hold. */
  readonly #bySize = new Map<number, Set<string>>();
  #largest = 0;
  #size = 0;

  /** How many things there are. */
  get size(): number {
    return this.#size;
  }

  /** Puts a thing into a group, in which it is the newest. It must be in none. */
  add(group: string, thing: T): void {
    const members = this.#members.get(group) ?? new Set();
    this.#members.set(group, members);
    members.add(thing);
    this.#size++;
    this.#move(group, members.size - 1, members.size);
  }

  /** Takes a thing out of its group. One that is not there changes nothing. */
  delete(group: string, thing: T): void {
    const members = this.#members.get(group);
    if (members === undefined || !members.delete(thing)) return;
    if (members.size === 0) this.#members.delete(group);
    this.#size--;
    this.#move(group, members.size + 1, members.size);
  }

  /** The oldest thing of the group that holds most; of several such groups, of the one that came to that number first. */
  oldestOfLargest(): T | undefined {
    const [group] = this.#bySize.get(this.#largest) ?? [];
    const [oldest] = group === undefined ? [] : this.#members.get(group) ?? [];
    return oldest;
  }

  #move(group: string, from: number, to: number): void {
    const before = this.#bySize.get(from);
    before?.delete(group);
    if (before?.size === 0) this.#bySize.delete(from);
    if (to > 0) {
      const after = this.#bySize.get(to);
      if (after === undefined) this.#bySize.set(to, new Set([group]));
      else after.add(group);
    }
    // Sizes change by one, so the largest does, too.
    if (to > this.#largest) this.#largest = to;
    else if (from === this.#largest && !this.#bySize.has(from)) this.#largest = to;
  }
}
