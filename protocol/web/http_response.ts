/**
 * Answers to browsers (RFC 9112).
 *
 * @module
 */

/** What is answered. */
export interface HttpAnswer {
  /** See RFC 9110, section 15. */
  readonly status: number;
  /** Without those about the connection and the length of the body. No value has a line break in it. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the browser is to keep. */
  readonly cookies?: readonly string[];
  /** Text is sent as UTF-8. */
  readonly body: string | Uint8Array;
}

/** What each status is called (RFC 9110, section 15). */
const reasons: Readonly<Record<number, string>> = {
  101: "Switching Protocols",
  200: "OK",
  204: "No Content",
  303: "See Other",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  421: "Misdirected Request",
  426: "Upgrade Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
};

const encoder = new TextEncoder();

/**
 * The bytes of an answer.
 *
 * @param answer The answer.
 * @param connection What becomes of the connection.
 */
export function encodeAnswer(
  { status, headers, cookies = [], body }: HttpAnswer,
  connection: "keep-alive" | "close",
): Uint8Array<ArrayBuffer> {
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  const head = encodeHead(status, [
    ...Object.entries(headers),
    ...cookies.map((cookie): [string, string] => ["set-cookie", cookie]),
    ["content-length", String(bytes.length)],
    ["connection", connection],
  ]);
  const all = new Uint8Array(head.length + bytes.length);
  all.set(head);
  all.set(bytes, head.length);
  return all;
}

/** The bytes before a body. @param headers All of them. */
export function encodeHead(
  status: number,
  headers: readonly (readonly [name: string, value: string])[],
): Uint8Array<ArrayBuffer> {
  const lines = headers.map(([name, value]) => `${name}: ${oneLine(value)}\r\n`);
  return encoder.encode(`HTTP/1.1 ${status} ${reasons[status] ?? ""}\r\n${lines.join("")}\r\n`);
}

/** A part of a body whose length is not known beforehand (RFC 9112, section 7.1). @param bytes At least one. */
export function encodeChunk(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = encoder.encode(`${bytes.length.toString(16)}\r\n`);
  const chunk = new Uint8Array(size.length + bytes.length + 2);
  chunk.set(size);
  chunk.set(bytes, size.length);
  chunk.set([13, 10], size.length + bytes.length);
  return chunk;
}

/** A value that cannot begin a header of its own. */
function oneLine(value: string): string {
  return value.replace(/[\r\n]/g, " ");
}
