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

const files = {
  "": ["text/html", pageFiles.html],
  "page.js": ["text/javascript", pageFiles.script],
  "hpke.js": ["text/javascript", pageFiles.hpke],
  "ml_kem.js": ["text/javascript", pageFiles.mlKem],
  "page.css": ["text/css", pageFiles.style],
} as const;

/** The paths of all files, below where the page lives. */
export const pagePaths: readonly string[] = Object.keys(files);

/**
 * A file of the page.
 *
 * @param path The path below where the page lives, without a slash at its beginning.
 * @return Null where there is no such file.
 */
export function pageAnswer(path: string): HttpAnswer | null {
  if (!Object.hasOwn(files, path)) return null;
  const [type, body] = files[path as keyof typeof files];
  return {
    status: 200,
    headers: {
      ...closedHeaders,
      "content-type": `${type}; charset=utf-8`,
      "content-security-policy": policy,
    },
    body,
  };
}
