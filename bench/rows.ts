/**
 * What a benchmark found, and how it is printed.
 *
 * @module
 */

/** One figure. */
export interface Row {
  /** What was measured. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** The figures as a table for people. */
export function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(({ name, value, unit }) => {
    const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 2 : 3;
    return `${name.padEnd(width)}  ${value.toFixed(digits).padStart(12)} ${unit}`;
  });
  return lines.join("\n");
}

/**
 * A percentile.
 *
 * @param sorted Values in ascending order, at least one.
 * @param part 0 to 1.
 */
export function percentile(sorted: ArrayLike<number>, part: number): number {
  const index = Math.min(sorted.length - 1, Math.floor(sorted.length * part));
  return sorted[index]!;
}
