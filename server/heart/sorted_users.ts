/**
 * Everyone who is online, sorted by name: ten thousand are not to be sorted for each page that somebody asks for.
 *
 * @module
 */
import type { User } from "./session.ts";

/** Users in one piece of the list. A longer one is cut in two, so that adding moves few of them. */
const pieceMax = 512;

/** Users by their names, in pieces that follow one another; none is empty. */
export class SortedUsers {
  readonly #pieces: User[][] = [];

  /** Puts in a user whose name is not there. */
  add(user: User): void {
    const at = Math.min(this.#pieceAfter(user.name), Math.max(0, this.#pieces.length - 1));
    const piece = this.#pieces[at] ?? [];
    if (piece.length === 0) this.#pieces.push(piece);
    piece.splice(placeAfter(piece, user.name), 0, user);
    if (piece.length > pieceMax) this.#pieces.splice(at + 1, 0, piece.splice(pieceMax / 2));
  }

  /** Takes a user out; one who is not there changes nothing. */
  delete({ name }: User): void {
    // In the first piece that has a later name, or the last of the one before it.
    for (const at of [this.#pieceAfter(name), this.#pieceAfter(name) - 1]) {
      const piece = this.#pieces[at];
      const place = piece === undefined ? -1 : placeAfter(piece, name) - 1;
      if (piece?.[place]?.name !== name) continue;
      piece.splice(place, 1);
      if (piece.length === 0) this.#pieces.splice(at, 1);
      return;
    }
  }

  /** Those whose names come after this one, or all. Nobody may be put in or taken out meanwhile. */
  *from(name?: string): Generator<User> {
    const first = name === undefined ? 0 : this.#pieceAfter(name);
    for (let at = first; at < this.#pieces.length; at++) {
      const piece = this.#pieces[at]!;
      const begin = name !== undefined && at === first ? placeAfter(piece, name) : 0;
      for (let place = begin; place < piece.length; place++) yield piece[place]!;
    }
  }

  /** The first piece that has a name after this one. */
  #pieceAfter(name: string): number {
    return firstWhere(this.#pieces.length, (at) => this.#pieces[at]!.at(-1)!.name > name);
  }
}

/** Where the first name after this one stands. */
function placeAfter(users: readonly User[], name: string): number {
  return firstWhere(users.length, (at) => users[at]!.name > name);
}

/** The first number below `end` for which something holds that then holds for all later ones; else `end`. */
function firstWhere(end: number, holds: (at: number) => boolean): number {
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
