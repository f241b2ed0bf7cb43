/**
 * The page as it is served, by a client on its own machine and by a server: texts, and what a browser lets them load.
 *
 * @module
 */
import type { HttpAnswer } from "../../protocol/web/http_response.ts";
import { closedHeaders, nothingLoaded } from "./closed_answers.ts";
import { pageDocuments, pageFiles } from "./page_files.ts";

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

/** Which of the documents is given. */
export type PageDocument = keyof typeof pageDocuments;

/** The paths of all files, below where the page lives; the empty one is the document's. */
export const pagePaths: readonly string[] = ["", ...Object.keys(pageFiles)];

/**
 * A file of the page.
 *
 * @param path The path below where the page lives, without a slash at its beginning.
 * @param document Which document stands at the empty path.
 * @return Null where there is no such file.
 */
export function pageAnswer(path: string, document: PageDocument): HttpAnswer | null {
  const body = path === ""
    ? pageDocuments[document]
    : Object.hasOwn(pageFiles, path)
    ? pageFiles[path as keyof typeof pageFiles]
    : null;
  if (body === null) return null;
  const type = path.endsWith(".js")
    ? "text/javascript"
    : path.endsWith(".css")
    ? "text/css"
    : "text/html";
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
