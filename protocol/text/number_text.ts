/**
 * Numbers as people read them.
 *
 * @module
 */

/**
 * A number with commas between its thousands: `1,200,000`.
 *
 * @param number A whole number.
 * @returns The text.
 */
export function numberText(number: number): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/gu, ",");
}
