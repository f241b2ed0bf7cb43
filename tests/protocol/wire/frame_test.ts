import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { encodeFrame, encodeMessage, FrameDecoder } from "../../../protocol/wire/frame.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

/** Decodes chunks; each chunk's memory is overwritten afterwards, as a read buffer's would be. */
function decodeAll(decoder: FrameDecoder, chunks: Iterable<Uint8Array>): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  for (const chunk of chunks) {
    const buffer = chunk.slice();
    for (const payload of decoder.decode(buffer)) payloads.push(payload.slice());
    buffer.fill(0xee);
  }
  return payloads;
}

function headerOf(length: number): Uint8Array {
  const header = new Uint8Array(4);
  new DataView(header.buffer).setUint32(0, length);
  return header;
}

Deno.test("encodeFrame() puts the length in 4 big-endian bytes before the payload", () => {
  assertEquals(encodeFrame(bytes(7, 8, 9)), bytes(0, 0, 0, 3, 7, 8, 9));
});

Deno.test("encodeMessage() writes JSON in UTF-8", () => {
  const text = new TextDecoder().decode(encodeMessage({ text: "ü" }).subarray(4));
  assertEquals(JSON.parse(text), { text: "ü" });
});

Deno.test("FrameDecoder gives the same payloads however the stream is cut in two", () => {
  const payloads = [bytes(1), bytes(2, 3, 4), new Uint8Array(300).fill(5), bytes(6)];
  const stream = new Uint8Array(payloads.flatMap((payload) => [...encodeFrame(payload)]));
  for (let cut = 0; cut <= stream.length; cut++) {
    const decoder = new FrameDecoder(300);
    const parts = [stream.subarray(0, cut), stream.subarray(cut)];
    assertEquals(decodeAll(decoder, parts), payloads, `cut at ${cut}`);
    assert(!decoder.partial);
  }
});

Deno.test("FrameDecoder gives the same payloads for any payloads and any cuts", () => {
  const payload = fc.uint8Array({ minLength: 1, maxLength: 50 });
  const property = fc.property(
    fc.array(payload, { maxLength: 10 }),
    fc.array(fc.nat(), { maxLength: 20 }),
    (payloads, cuts) => {
      const stream = new Uint8Array(payloads.flatMap((one) => [...encodeFrame(one)]));
      const places = cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b);
      const chunks = [0, ...places].map((from, index) =>
        stream.subarray(from, places[index] ?? stream.length)
      );
      const decoder = new FrameDecoder(50);
      assertEquals(decodeAll(decoder, chunks), payloads.map((one) => new Uint8Array(one)));
    },
  );
  fc.assert(property, { numRuns: 2_000 });
});

Deno.test("FrameDecoder gives the same payloads when every byte comes alone", () => {
  const stream = [...encodeFrame(bytes(1, 2)), ...encodeFrame(bytes(3))];
  const decoder = new FrameDecoder(2);
  assertEquals(decodeAll(decoder, stream.map((byte) => bytes(byte))), [bytes(1, 2), bytes(3)]);
});

Deno.test("FrameDecoder says whether a frame has begun and not ended", () => {
  const decoder = new FrameDecoder(10);
  decodeAll(decoder, [bytes(0)]);
  assert(decoder.partial);
  decodeAll(decoder, [bytes(0, 0, 2, 1)]);
  assert(decoder.partial);
  decodeAll(decoder, [bytes(1)]);
  assert(!decoder.partial);
});

Deno.test("FrameDecoder takes a payload of just the limit", () => {
  const payload = new Uint8Array(64).fill(1);
  assertEquals(decodeAll(new FrameDecoder(64), [encodeFrame(payload)]), [payload]);
});

for (const length of [0, 65, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
  Deno.test(`FrameDecoder rejects a length of ${length} where 64 is the limit, on the header alone`, () => {
    const decoder = new FrameDecoder(64);
    const error = assertThrows(() => decodeAll(decoder, [headerOf(length)]), ChatError);
    assertEquals(error.code, "bad_frame");
  });
}

Deno.test("FrameDecoder yields what was complete before a bad length", () => {
  const decoder = new FrameDecoder(64);
  const seen: Uint8Array[] = [];
  const stream = new Uint8Array([...encodeFrame(bytes(9)), ...headerOf(0)]);
  assertThrows(() => {
    for (const payload of decoder.decode(stream)) seen.push(payload);
  }, ChatError);
  assertEquals(seen, [bytes(9)]);
});

Deno.test("FrameDecoder applies a limit that was raised between two frames", () => {
  const decoder = new FrameDecoder(1);
  decodeAll(decoder, [encodeFrame(bytes(1))]);
  decoder.payloadBytesMax = 3;
  assertEquals(decodeAll(decoder, [encodeFrame(bytes(1, 2, 3))]), [bytes(1, 2, 3)]);
});
