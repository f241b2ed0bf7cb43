import { assertEquals, assertRejects } from "@std/assert";
import { WebSocketDecoder, WebSocketError } from "../../../../protocol/web/web_socket_frames.ts";
import { WebPipe } from "../../../../server/wires/web/web_pipe.ts";
import { WebSink } from "../../../../server/wires/web/web_sink.ts";

/** A pipe over frames of a browser, whose masks are zeros, and what was written to it. */
function pipeOver(...frames: readonly (readonly [first: number, text: string])[]) {
  const chunks = frames.map(([first, text]) => {
    const payload = new TextEncoder().encode(text);
    return new Uint8Array([first, 0x80 | payload.length, 0, 0, 0, 0, ...payload]);
  });
  const written: number[] = [];
  const socket = {
    read: (buffer: Uint8Array) => {
      const chunk = chunks.shift();
      if (chunk === undefined) return Promise.resolve(null);
      buffer.set(chunk);
      return Promise.resolve(chunk.length);
    },
    write: (bytes: Uint8Array) => {
      written.push(...bytes);
      return Promise.resolve(bytes.length);
    },
  };
  return { pipe: new WebPipe(socket, new WebSink(socket), new WebSocketDecoder()), written };
}

const [text, binary, ping] = [0x81, 0x82, 0x89];

Deno.test("the bytes of a file come in binary messages, and a ping between them is answered", async () => {
  const { pipe, written } = pipeOver([binary, "ab"], [ping, "x"], [binary, "c"]);
  const buffer = new Uint8Array(9);
  const counts = [
    await pipe.read(buffer),
    await pipe.read(buffer.subarray(2)),
    await pipe.read(buffer),
  ];
  assertEquals(counts, [2, 1, null]);
  assertEquals(new TextDecoder().decode(buffer.subarray(0, 3)), "abc");
  assertEquals(written, [0x8a, 1, "x".charCodeAt(0)]);
});

Deno.test("a text among the bytes of a file ends its connection", async () => {
  const { pipe } = pipeOver([text, "a"], [binary, "b"]);
  await assertRejects(() => pipe.read(new Uint8Array(9)), WebSocketError);
});
