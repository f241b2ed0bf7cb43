/**
 * The sum by which the index of words is compared with the posts: the same terms give the same sum, in whatever order they are
 * read.
 *
 * @module
 */
import { crc32 } from "node:zlib";

/** What sums are kept below: a checksum of 32 bits more, and every number is still exact. */
const sumMax = 2 ** 48;

/** The checksums of terms, added up. */
export class TermSum {
  #sum = 0;

  /** @param sum What to begin with: 0 to 2^48 - 1. */
  constructor(sum = 0) {
    this.#sum = sum;
  }

  /** The sum. */
  get value(): number {
    return this.#sum;
  }

  /**
   * Adds a term.
   *
   * @param term As it stands in the index.
   * @param sequence The post that has it.
   */
  add(term: string, sequence: number): void {
    this.#sum = (this.#sum + crc32(`${term} ${sequence}`)) % sumMax;
  }
}
