/**
 * Requests of browsers, read from a stream of bytes: as much of HTTP/1.1 (RFC 9112) as a page needs, and nothing that two
 * programs could read in two ways. What is odd is refused.
 *
 * @module
 */
import { ChatError } from "../wire/errors.ts";

/** Bytes of a request before its body. Browsers send one or two thousand; of others on the same host there may be cookies. */
export const httpHeadBytesMax: number = 16 * 1024;

/** A request. */
export interface HttpRequest {
  /** In capital letters. */
  readonly method: string;
  /** The path, which begins with a slash, as it was sent. */
  readonly path: string;
  /** What stands behind the question mark. */
  readonly query: URLSearchParams;
  /** By the names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** What stands behind the headers. */
  readonly body: Uint8Array;
  /** Whether more has come behind it already. */
  readonly isFollowed: boolean;
}

/** What is known of a request before its body has come. */
type RequestHead = Omit<HttpRequest, "body" | "isFollowed">;

/** A request that is refused: the connection ends after the answer, since its place in the stream may be lost. */
export class HttpError extends ChatError {
  /** The status of the answer (RFC 9110, section 15). */
  readonly status: number;

  /**
   * Makes the error.
   *
   * @param status The status of the answer.
   * @param message What is wrong, in a sentence.
   */
  constructor(status: number, message: string) {
    super("bad_frame", message);
    this.name = "HttpError";
    this.status = status;
  }
}

/** What may come once only: two readers could choose different ones. */
const singleHeaders = [
  ...["host", "origin", "content-length", "content-type", "cookie", "upgrade"],
  ...["sec-websocket-key", "sec-websocket-version"],
];

const latin1 = new TextDecoder("latin1");
const carriageReturn = 13;
const lineFeed = 10;

/**
 * Takes requests out of a stream of bytes, however it is cut into chunks.
 *
 * @example
 * ```ts
 * const decoder = new HttpDecoder(0);
 * const text = "GET /page.js HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";
 * const [request] = decoder.decode(new TextEncoder().encode(text));
 * ```
 */
export class HttpDecoder {
  readonly #bodyBytesMax: number;
  #head = new Uint8Array(0);
  #headBytes = 0;
  /** How many bytes of the end of a head, which are CR LF CR LF, came last. */
  #endBytes = 0;
  #pending: RequestHead | null = null;
  /** How long the body of that request is, and what has come of it. */
  #bodyLength = 0;
  #body = new Uint8Array(0);
  #bodyBytes = 0;

  /**
   * Begins before a request.
   *
   * @param bodyBytesMax Bytes of a body at the most; 0 for none.
   */
  constructor(bodyBytesMax: number) {
    this.#bodyBytesMax = bodyBytesMax;
  }

  /** Whether a request has begun and not ended. */
  get partial(): boolean {
    return this.#headBytes > 0 || this.#pending !== null;
  }

  /**
   * Takes the next chunk and yields each request that is complete.
   *
   * @param chunk Any number of bytes.
   * @throws {HttpError} Where it is no request that is taken. The decoder cannot be used after that.
   */
  *decode(chunk: Uint8Array): Generator<HttpRequest, void, void> {
    let at = 0;
    while (at < chunk.length) {
      at = this.#pending === null ? this.#takeHead(chunk, at) : this.#takeBody(chunk, at);
      const pending = this.#pending;
      if (pending === null || this.#bodyBytes < this.#bodyLength) continue;
      const body = this.#body.subarray(0, this.#bodyLength);
      this.#pending = null;
      this.#body = new Uint8Array(0);
      yield { ...pending, body, isFollowed: at < chunk.length };
    }
  }

  #takeHead(chunk: Uint8Array, from: number): number {
    // Whoever speaks something else may wait for an answer, and never come to the end of a head.
    if (this.#headBytes === 0 && !isCapital(chunk[from]!)) throw noRequest();
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!;
      const wanted = this.#endBytes % 2 === 0 ? carriageReturn : lineFeed;
      this.#endBytes = byte === wanted ? this.#endBytes + 1 : byte === carriageReturn ? 1 : 0;
      if (this.#endBytes < 4) continue;
      this.#keep(chunk.subarray(from, at + 1));
      this.#endHead();
      return at + 1;
    }
    this.#keep(chunk.subarray(from));
    return chunk.length;
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#headBytes + bytes.length;
    if (length > httpHeadBytesMax) throw new HttpError(431, "The head of the request is too long.");
    this.#head = roomFor(this.#head, length, httpHeadBytesMax);
    this.#head.set(bytes, this.#headBytes);
    this.#headBytes = length;
  }

  #endHead(): void {
    const text = latin1.decode(this.#head.subarray(0, this.#headBytes - 4));
    this.#head = new Uint8Array(0);
    this.#headBytes = 0;
    this.#endBytes = 0;
    this.#pending = parseHead(text);
    const length = bodyLength(this.#pending.headers);
    if (length > this.#bodyBytesMax) throw new HttpError(413, "The body is too long.");
    this.#bodyLength = length;
    this.#bodyBytes = 0;
  }

  #takeBody(chunk: Uint8Array, from: number): number {
    const part = chunk.subarray(from, from + this.#bodyLength - this.#bodyBytes);
    this.#body = roomFor(this.#body, this.#bodyBytes + part.length, this.#bodyLength);
    this.#body.set(part, this.#bodyBytes);
    this.#bodyBytes += part.length;
    return from + part.length;
  }
}

function noRequest(): HttpError {
  return new HttpError(400, "This is no request of HTTP/1.1.");
}

/** Whether a byte is one of A to Z, with which every method begins. */
function isCapital(byte: number): boolean {
  return byte >= 65 && byte <= 90;
}

/** Memory for what has come, not for what was announced: twice as much each time, and never more than can come. */
function roomFor(
  bytes: Uint8Array<ArrayBuffer>,
  length: number,
  bytesMax: number,
): Uint8Array<ArrayBuffer> {
  if (length <= bytes.length) return bytes;
  const larger = new Uint8Array(Math.min(bytesMax, Math.max(1_024, 2 * length)));
  larger.set(bytes);
  return larger;
}

function parseHead(text: string): RequestHead {
  const [first = "", ...lines] = text.split("\r\n");
  const found = /^([A-Z]{1,16}) (\/[!-~]*) HTTP\/1\.1$/.exec(first);
  if (found === null) throw noRequest();
  const [, method = "", target = ""] = found;
  const headers = parseHeaders(lines);
  if (!headers.has("host")) throw new HttpError(400, "The request names no host.");
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1));
  return { method, path, query, headers };
}

function parseHeaders(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    // No folded lines, no space before the colon, no control characters (RFC 9112, sections 5.1 and 5.2).
    const found = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t -~\u0080-\u00ff]*)$/.exec(line);
    if (found === null) throw new HttpError(400, "A header of the request cannot be read.");
    const name = found[1]!.toLowerCase();
    const value = found[2]!.trim();
    const before = headers.get(name);
    if (before !== undefined && singleHeaders.includes(name)) {
      throw new HttpError(400, `The request has "${name}" twice.`);
    }
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

function bodyLength(headers: ReadonlyMap<string, string>): number {
  if (headers.has("transfer-encoding")) {
    throw new HttpError(501, "A body must come with its length.");
  }
  const text = headers.get("content-length") ?? "0";
  if (!/^\d{1,15}$/.test(text)) throw new HttpError(400, "The length of the body cannot be read.");
  return Number(text);
}
