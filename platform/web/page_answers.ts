/**
 * The page as it is served, by a client on its own machine and by a server: three texts, and what a browser lets them load.
 *
 * @module
 */
import type { HttpAnswer } from "../../protocol/web/http_response.ts";
import { closedHeaders, nothingLoaded } from "./closed_answers.ts";
import { pageFiles } from "./page_files.ts";

/** What the page may load: its script, its style, pictures from memory, and its own server. */
const policy = [
  nothingLoaded,
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/**
 * A file of the page.
 *
 * @param path The path below where the page lives, without a slash at its beginning.
 * @return Null where there is no such file.
 */
export function pageAnswer(path: string): HttpAnswer | null {
  const types = { "": "text/html", "page.js": "text/javascript", "page.css": "text/css" };
  const bodies = { "": pageFiles.html, "page.js": pageFiles.script, "page.css": pageFiles.style };
  if (!Object.hasOwn(types, path)) return null;
  const name = path as keyof typeof types;
  return {
    status: 200,
    headers: {
      ...closedHeaders,
      "content-type": `${types[name]}; charset=utf-8`,
      "content-security-policy": policy,
    },
    body: bodies[name],
  };
}
