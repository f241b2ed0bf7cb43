/**
 * How far something is, as a bar of characters.
 *
 * @module
 */

/** Characters of the bar. */
const barCharacters = 20;

/**
 * A bar and a number.
 *
 * @param part From 0 to 1; what is outside counts as the nearer end.
 * @return For example `█████░░░░░░░░░░░░░░░ 25 %`.
 */
export function progressText(part: number): string {
  const done = Math.min(1, Math.max(0, part));
  const full = Math.floor(done * barCharacters);
  const bar = "█".repeat(full) + "░".repeat(barCharacters - full);
  return `${bar} ${Math.floor(done * 100)} %`;
}
