/**
 * Sizes of files as people read them.
 *
 * @module
 */
import { numberText } from "./number_text.ts";

const units = ["kB", "MB", "GB", "TB", "PB"] as const;

/**
 * A size with a unit: `999 bytes`, `1.2 MB`, `34 GB`. A kB has 1,000 bytes.
 *
 * @param bytes A whole number from 0.
 * @returns The text.
 */
export function sizeText(bytes: number): string {
  if (bytes === 1) return "1 byte";
  if (bytes < 1_000) return `${numberText(bytes)} bytes`;
  let value = bytes / 1_000;
  let unit = 0;
  // What would be rounded to a thousand of one unit is one of the next.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${value < 9.95 ? value.toFixed(1) : numberText(Math.round(value))} ${units[unit]}`;
}
