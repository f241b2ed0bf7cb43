/**
 * Answers to browsers beside the page, and the headers with which a browser lets nothing else in.
 *
 * @module
 */
import type { HttpAnswer } from "../../protocol/web/http_response.ts";

/** Headers of every answer: nothing is kept, guessed, framed, or shown to other sites. */
export const closedHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
};

/** What a page may load that has nothing of its own. */
export const nothingLoaded =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** An answer that programs read. */
export function jsonAnswer(status: number, content: unknown): HttpAnswer {
  return {
    status,
    headers: { ...closedHeaders, "content-type": "application/json" },
    body: JSON.stringify(content),
  };
}

/**
 * An answer that a person reads, beside the page.
 *
 * @param status The status.
 * @param text One line; plain text.
 */
export function textAnswer(status: number, text: string): HttpAnswer {
  return {
    status,
    headers: {
      ...closedHeaders,
      "content-type": "text/plain; charset=utf-8",
      "content-security-policy": nothingLoaded,
    },
    body: `${text}\n`,
  };
}

/**
 * An answer after which the browser goes on by itself, as from this page: a cookie that is for this site alone is sent then, also where
 * another program has opened the first address.
 *
 * @param path Where it goes; made by us.
 * @param cookies What it keeps.
 */
export function onwardAnswer(path: string, cookies: readonly string[]): HttpAnswer {
  return {
    status: 200,
    headers: {
      ...closedHeaders,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": nothingLoaded,
    },
    cookies,
    body: `<!doctype html><meta http-equiv="refresh" content="0;url=${path}"><title>chat</title>` +
      `<a href="${path}">Open the chat</a>\n`,
  };
}
