/**
 * Words that both interfaces use.
 *
 * @module
 */

/**
 * A number of things, for example `1 message`, `2 messages`.
 *
 * @param count How many.
 * @param thing What one of them is called; several have an `s` behind it.
 */
export function counted(count: number, thing: string): string {
  return `${count} ${count === 1 ? thing : `${thing}s`}`;
}

/** Groups of a safety number that stand in one line: more are hard to compare by eye. */
const groupsInLine = 4;

/** A safety number in lines of four groups. */
export function safetyNumberLines(number: string): string[] {
  const groups = number.split(" ");
  const lines: string[] = [];
  while (groups.length > 0) lines.push(groups.splice(0, groupsInLine).join(" "));
  return lines;
}

/** What a search leaves out, said below what it has found. */
export const searchScope =
  "Private messages are not searched: the server cannot read them. CH shows them.";
