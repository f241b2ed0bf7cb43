/**
 * "Did you mean …?"
 *
 * @module
 */

/** Words are short; anything longer is no near miss of one. */
const wordCharactersMax = 32;

/**
 * The number of letters to insert, delete, replace or swap to make one word of another.
 *
 * @param from A word.
 * @param to Another.
 * @return The optimal string alignment distance.
 */
export function editDistance(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const next = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        last[column - 1]! + (same ? 0 : 1),
        last[column]! + 1,
        next[column - 1]! + 1,
      );
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, before[column - 2]! + 1);
      next.push(cost);
    }
    [before, last] = [last, next];
  }
  return last[to.length]!;
}

/**
 * The word that was probably meant.
 *
 * @param word What was typed.
 * @param words What there is.
 * @return The only word that begins so, or the nearest one; undefined where none is near.
 */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const typed = word.toLowerCase();
  if (typed === "" || typed.length > wordCharactersMax) return undefined;
  const beginning = words.filter((one) => one.startsWith(typed));
  if (beginning.length === 1) return beginning[0];
  const far = typed.length <= 3 ? 1 : 2;
  const measured = words.map((one) => ({ one, distance: editDistance(typed, one) }))
    .filter(({ distance }) => distance <= far)
    .sort((left, right) => left.distance - right.distance);
  return measured[0]?.one ?? beginning[0];
}
