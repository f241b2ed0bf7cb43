/**
 * Assertions about our own code. They stay on: a server that is wrong about itself must stop, not go on.
 *
 * @module
 */

/** The program is wrong about itself. Nothing may catch this to go on. */
export class BrokenAssumption extends Error {
  override readonly name = "BrokenAssumption";
}

/**
 * Throws unless the condition holds.
 *
 * @param condition What must be true.
 * @param what What should have been true, in words.
 */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new BrokenAssumption(`Broken assumption: ${what}.`);
}
