/**
 * The words of posts that were looked at lately: the newest are looked at by every search.
 *
 * @module
 */
import { wordList } from "./search_text.ts";

/** Characters that are kept: the longest texts of some thousand posts. */
const charactersMax = 16 * 1024 * 1024;

/** Word lists by the sequence of their post, whose text never changes. */
export class WordLists {
  readonly #charactersMax: number;
  readonly #lists = new Map<number, string>();
  #characters = 0;

  /** @param max Characters that are kept; the oldest lists go first. */
  constructor(max: number = charactersMax) {
    this.#charactersMax = max;
  }

  /** How many lists are kept. */
  get size(): number {
    return this.#lists.size;
  }

  /**
   * The word list of a post, if it is kept: then the post need not be read.
   *
   * @param sequence The post's sequence.
   * @returns What {@linkcode WordLists.of} returned.
   */
  known(sequence: number): string | undefined {
    return this.#lists.get(sequence);
  }

  /**
   * The word list of a post.
   *
   * @param sequence The post's sequence.
   * @param body Its text.
   * @return See `wordList()`.
   */
  of(sequence: number, body: string): string {
    const known = this.#lists.get(sequence);
    if (known !== undefined) return known;
    const list = wordList(body);
    this.#lists.set(sequence, list);
    this.#characters += list.length;
    this.#forgetOldest();
    return list;
  }

  #forgetOldest(): void {
    for (const [sequence, list] of this.#lists) {
      if (this.#characters <= this.#charactersMax) return;
      this.#lists.delete(sequence);
      this.#characters -= list.length;
    }
  }
}
