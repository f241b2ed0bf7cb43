/**
 * What a server answers to browsers: the files of the page, what the page needs to know, and nothing else.
 *
 * There is nothing here that a browser would be trusted for: no cookie, and no one is signed in but over the WebSocket, by the
 * proof of a password. So it does not matter by which name a server is reached, only that no page of another site speaks for a
 * visitor.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import type { HttpRequest } from "../../../protocol/web/http_request.ts";
import type { HttpAnswer } from "../../../protocol/web/http_response.ts";
import { asksForWebSocket } from "../../../protocol/web/web_socket_upgrade.ts";
import { jsonAnswer, textAnswer } from "../../../platform/web/closed_answers.ts";
import { pageAnswer, pagePaths } from "../../../platform/web/page_answers.ts";
import { lastAnswer, type WebConnectionOptions, type WebReaction } from "./connection.ts";

/** What a host may look like in a header: a name or an address, and a port. */
const hostPattern = /^[A-Za-z0-9._:[\]-]{1,260}$/;

const upFolder = "/up/";

function isFrom({ headers }: HttpRequest, host: string): boolean {
  return headers.get("origin")?.toLowerCase() === `https://${host}`.toLowerCase();
}

function otherPage(): Uint8Array {
  return lastAnswer(textAnswer(403, "Another page has asked for this."));
}

/** The same in a third of the bytes, for whoever says that it takes that (RFC 9110, section 12.5.3): every browser does. */
function gzipped(answer: HttpAnswer): HttpAnswer {
  const headers = { ...answer.headers, "content-encoding": "gzip" };
  return { ...answer, headers, body: gzipSync(answer.body) };
}

function takesGzip({ headers }: HttpRequest): boolean {
  return /(^|,) *gzip *(,|$)/i.test(headers.get("accept-encoding") ?? "");
}

/** Answers browsers. */
export class PageDesk {
  /** See {@linkcode WebConnectionOptions.streams}. */
  readonly streams: WebConnectionOptions["streams"] = new Map();
  readonly #fingerprint: string;
  /** Answers are made once: however many browsers wait for one, it takes memory once. */
  readonly #files = new Map<string, { plain: Uint8Array; gzipped: Uint8Array }>();

  /** @param fingerprint The fingerprint of the certificate that browsers are shown. */
  constructor(fingerprint: string) {
    this.#fingerprint = fingerprint;
    for (const path of pagePaths) {
      const answer = pageAnswer(path, "served");
      if (answer === null) continue;
      const both = { plain: lastAnswer(answer), gzipped: lastAnswer(gzipped(answer)) };
      this.#files.set(`/${path}`, both);
    }
  }

  /** What becomes of a request. */
  react(request: HttpRequest): WebReaction {
    const { method, path, headers } = request;
    const host = headers.get("host") ?? "";
    if (!hostPattern.test(host)) return lastAnswer(textAnswer(400, "This is no name of a host."));
    if (method === "POST") return this.#post(request, host);
    if (method !== "GET") return lastAnswer(textAnswer(405, "Only GET and POST are known."));
    if (path === "/connection") return this.#connection(request, host);
    const file = this.#files.get(path);
    if (file !== undefined) return takesGzip(request) ? file.gzipped : file.plain;
    if (path !== "/settings") return lastAnswer(textAnswer(404, "There is nothing here."));
    const settings = {
      way: "server",
      server: host,
      name: null,
      known: [],
      fingerprint: this.#fingerprint,
    };
    return lastAnswer(jsonAnswer(200, settings));
  }

  #connection(request: HttpRequest, host: string): WebReaction {
    if (!asksForWebSocket(request)) {
      return lastAnswer(textAnswer(426, "Only a WebSocket is opened here."));
    }
    return isFrom(request, host) ? "web_socket" : otherPage();
  }

  /** For browsers that refuse a WebSocket where the certificate was not trusted by itself, as iOS does: an answer that does not end, and posts. */
  #post(request: HttpRequest, host: string): WebReaction {
    if (!isFrom(request, host)) return otherPage();
    const { path } = request;
    if (path === "/stream") return "stream";
    const name = path.startsWith(upFolder) ? path.slice(upFolder.length) : "";
    const stream = this.streams.get(name);
    if (stream === undefined) return lastAnswer(textAnswer(404, "There is nothing here."));
    return { post: (bytes) => stream.post(bytes) };
  }
}
