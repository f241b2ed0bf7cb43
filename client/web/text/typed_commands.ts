/**
 * Lines that somebody who knows the terminal may mean as commands, which the page does not have: none is simply posted, for
 * /pm would be read by everyone.
 *
 * @module
 */

/**
 * Says why a text is not sent.
 *
 * @param text What was typed.
 * @return Null where it is plainly a message: paths such as /etc/hosts, and whatever has a space in front.
 */
export function commandRefusal(text: string): string | null {
  const command = /^\/[a-z]+(?!\S)/i.exec(text);
  return command && `No ${command} here: use + next to People or Rooms. A space in front sends it.`;
}
