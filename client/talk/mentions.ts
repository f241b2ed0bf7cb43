/**
 * Where a text speaks to somebody.
 *
 * @module
 */

/**
 * Makes what finds a name in texts: whole words only, in any letter case, also `name's` and `@name`.
 *
 * @param name A user's name.
 * @return A regular expression with the flag `g`.
 */
export function mentionPattern(name: string): RegExp {
  const escaped = name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  // A hyphen or a dot belongs to a longer name only if that goes on behind it.
  const before = "(?<![\\p{L}\\p{N}_]|[\\p{L}\\p{N}_][-.])";
  const after = "(?![\\p{L}\\p{N}\\p{M}_]|[-.][\\p{L}\\p{N}_])";
  return new RegExp(`${before}@?${escaped}${after}`, "giu");
}

/** Whether a text mentions a name. */
export function mentions(text: string, pattern: RegExp): boolean {
  // Not test(): that would leave a position in the expression, where the next search began.
  return text.search(pattern) >= 0;
}
