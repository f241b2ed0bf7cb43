/**
 * Lines that somebody who knows the terminal may mean as commands, which the page does not have: none is simply posted, for
 * /pm would be read by everyone.
 *
 * @module
 */

/** What does the same in the page. */
const ways: readonly (readonly [commands: RegExp, way: string])[] = [
  [/^(pm|msg|m|w|dm|query|tell)$/, "use + next to People"],
  [/^(join|rooms|list)$/, "use + next to Rooms"],
  [/^(reply|edit|delete|react)$/, "tap the message"],
  [/^(search|ch|history)$/, "use Search above"],
  [/^(send|get)$/, "use the clip, or Save beside a file"],
  [/^(help|quit|exit|q)$/, "open Settings"],
];

/**
 * Says why a text is not sent.
 *
 * @param text What was typed.
 * @return Null where it is plainly a message: paths such as /etc/hosts, and whatever has a space in front.
 */
export function commandRefusal(text: string): string | null {
  const name = /^\/([a-z]+)(?!\S)/i.exec(text)?.[1];
  if (name === undefined) return null;
  const way = ways.find(([commands]) => commands.test(name.toLowerCase()))?.[1];
  return `No /${name} here: ${way ?? "commands are for the terminal"}. A space in front sends it.`;
}
