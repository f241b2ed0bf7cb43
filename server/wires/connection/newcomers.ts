/**
 * Connections that have not signed in: there is room for so many of them, and nobody can take it all.
 *
 * @module
 */
import { connectionsBeforeSignInMax } from "../../../protocol/wire/limits.ts";
import { siteOf } from "../../common/address.ts";
import { Groups } from "../../common/groups.ts";

/** A connection that has not signed in. */
export interface Newcomer {
  /** The peer's address. */
  readonly address: string;
  close(): void;
}

/** The connections of a wire that have not signed in, by where they come from. */
export class Newcomers {
  readonly #bySite = new Groups<Newcomer>();

  /** How many there are. */
  get size(): number {
    return this.#bySite.size;
  }

  /**
   * Takes one in. Silent newcomers must not keep honest ones out: where there are too many, the oldest of those goes where
   * most come from.
   */
  add(newcomer: Newcomer): void {
    this.#bySite.add(siteOf(newcomer.address), newcomer);
    if (this.#bySite.size <= connectionsBeforeSignInMax) return;
    const oldest = this.#bySite.oldestOfLargest()!;
    oldest.close();
    this.delete(oldest);
  }

  /** One has signed in or gone. Safe to call twice. */
  delete(newcomer: Newcomer): void {
    this.#bySite.delete(siteOf(newcomer.address), newcomer);
  }
}
