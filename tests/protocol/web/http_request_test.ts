import { assertEquals, assertThrows } from "@std/assert";
import {
  HttpDecoder,
  HttpError,
  httpHeadBytesMax,
  type HttpRequest,
} from "../../../protocol/web/http_request.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

function decoded(chunks: readonly Uint8Array[], bodyBytesMax = 100): HttpRequest[] {
  const decoder = new HttpDecoder(bodyBytesMax);
  return chunks.flatMap((chunk) => [...decoder.decode(chunk)]);
}

const get = "GET /a/b?c=d%20e HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAccept: x\r\naccept:  y \r\n\r\n";
const post = "POST /s HTTP/1.1\r\nhost: h\r\nContent-Length: 5\r\n\r\nhello";

const summary = ({ method, path, query, headers, body }: HttpRequest) => ({
  method,
  path,
  query: [...query].flat(),
  host: headers.get("host"),
  accept: headers.get("accept"),
  body: new TextDecoder().decode(body),
});

const summaries = [
  {
    method: "GET",
    path: "/a/b",
    query: ["c", "d e"],
    host: "127.0.0.1:1",
    accept: "x, y",
    body: "",
  },
  { method: "POST", path: "/s", query: [], host: "h", accept: undefined, body: "hello" },
];

Deno.test("requests are read whole, and however the stream is cut in two", () => {
  const stream = bytesOf(get + post);
  assertEquals(decoded([stream]).map(summary), summaries);
  for (let at = 0; at <= stream.length; at++) {
    const chunks = [stream.subarray(0, at), stream.subarray(at)];
    assertEquals(decoded(chunks).map(summary), summaries);
  }
  assertEquals(decoded([...stream].map((byte) => new Uint8Array([byte]))).map(summary), summaries);
});

Deno.test("a request knows whether something came behind it", () => {
  assertEquals(decoded([bytesOf(get + post)]).map((one) => one.isFollowed), [true, false]);
});

Deno.test("what is no request of HTTP/1.1, or could be read in two ways, is refused", () => {
  const head = (lines: string) => `GET / HTTP/1.1\r\n${lines}\r\n\r\n`;
  const refused: readonly [number, string][] = [
    [400, "hello\r\n\r\n"],
    [400, "\x16\x03\x01\x02\r\n\r\n"],
    [400, "GET / HTTP/1.0\r\nhost: h\r\n\r\n"],
    [400, "GET / HTTP/2\r\nhost: h\r\n\r\n"],
    [400, "get / HTTP/1.1\r\nhost: h\r\n\r\n"],
    [400, "GET http://h/ HTTP/1.1\r\nhost: h\r\n\r\n"],
    [400, "GET /a b HTTP/1.1\r\nhost: h\r\n\r\n"],
    [400, "GET / HTTP/1.1\r\n\r\n"],
    [400, head("host: a\r\nhost: b")],
    [400, head("host: a\r\nHOST: a")],
    [400, head("host: a\r\norigin: b\r\norigin: c")],
    [400, head("host: a\r\ncontent-length: 1\r\ncontent-length: 1")],
    [400, head("host: a\r\ncontent-length: +1")],
    [400, head("host: a\r\ncontent-length: 0x1")],
    [400, head("host: a\r\ncontent-length: 99999999999999999")],
    [400, head("host: a\r\nx : y")],
    [400, head("host: a\r\n folded")],
    [400, head("host: a\nb: c")],
    [400, head("host: a\r\nx: \x00")],
    [400, head("host: a\r\nno colon")],
    [501, head("host: a\r\ntransfer-encoding: chunked")],
    [413, head("host: a\r\ncontent-length: 101")],
  ];
  for (const [status, text] of refused) {
    const error = assertThrows(() => decoded([bytesOf(text)]), HttpError, undefined, text);
    assertEquals(error.status, status, text);
  }
});

Deno.test("a head without an end is refused at its limit, and takes no more memory", () => {
  const decoder = new HttpDecoder(0);
  const chunk = new Uint8Array(1_024).fill(65);
  for (let bytes = 0; bytes < httpHeadBytesMax; bytes += chunk.length) [...decoder.decode(chunk)];
  const error = assertThrows(() => [...decoder.decode(chunk)], HttpError);
  assertEquals(error.status, 431);
});

Deno.test("the longest line of blanks is judged in one pass", () => {
  const line = `x: ${" ".repeat(httpHeadBytesMax - 100)}\x01`;
  const began = performance.now();
  assertThrows(() => decoded([bytesOf(`GET / HTTP/1.1\r\nhost: h\r\n${line}\r\n\r\n`)]), HttpError);
  // A regular expression that goes back for each blank would take a hundred million steps.
  assertEquals(performance.now() - began < 1_000, true);
});

Deno.test("a body takes memory as it comes, however long it says that it is", () => {
  const decoder = new HttpDecoder(1024 * 1024);
  const head = "POST /s HTTP/1.1\r\nhost: h\r\ncontent-length: 1000000\r\n\r\n";
  assertEquals([...decoder.decode(bytesOf(head + "x"))], []);
  const rest = new Uint8Array(999_999).fill(121);
  const [request] = decoder.decode(rest);
  assertEquals(request!.body.length, 1_000_000);
  assertEquals([request!.body[0], request!.body[1], request!.body.at(-1)], [120, 121, 121]);
});

Deno.test("what begins as no request does is refused at its first byte, not when its head would end", () => {
  for (const first of [0, 10, 64, 91, 97, 255]) {
    const error = assertThrows(() => decoded([Uint8Array.of(first)]), HttpError);
    assertEquals(error.status, 400);
  }
});
