/**
 * How much the stress tests do: little in the gate, much with `deno task test:stress`.
 *
 * @module
 */

/** Whether the long forms were asked for. */
export const isLong: boolean = Deno.env.get("STRESS") === "long";

/**
 * A count or a duration.
 *
 * @param variable The environment variable that overrides it.
 * @param short What the gate uses.
 * @param long What `deno task test:stress` uses.
 */
export function amount(variable: string, short: number, long: number): number {
  const text = Deno.env.get(variable);
  if (text === undefined) return isLong ? long : short;
  if (!/^\d+$/.test(text)) throw new Error(`${variable} is a whole number, not "${text}".`);
  return Number(text);
}

/** The seed that is to be replayed (`STRESS_SEED`), or a new one. */
export function firstSeed(): number {
  return amount("STRESS_SEED", 0, 0) || crypto.getRandomValues(new Uint32Array(1))[0]!;
}

/** Whether one seed is to be replayed. */
export const isReplay: boolean = Deno.env.has("STRESS_SEED");

/** Prints a line: what was done, with which seed, and the figures for docs/reliability.md. */
export function note(text: string): void {
  // deno-lint-ignore no-console -- the figures are what a stress test is for
  console.log(text);
}
