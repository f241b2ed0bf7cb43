/**
 * Masks as people type them.
 *
 * @module
 */

/** Completes a mask: `nick` becomes `nick!*@*`, `user@host` becomes `*!user@host`. An empty part stands for any. */
export function completeMask(text: string): string {
  const at = text.lastIndexOf("@");
  const host = at < 0 ? "" : text.slice(at + 1);
  const left = at < 0 ? text : text.slice(0, at);
  const bang = left.indexOf("!");
  const nick = bang >= 0 ? left.slice(0, bang) : at < 0 ? left : "";
  const user = bang >= 0 ? left.slice(bang + 1) : at < 0 ? "" : left;
  return `${nick || "*"}!${user || "*"}@${host || "*"}`;
}
