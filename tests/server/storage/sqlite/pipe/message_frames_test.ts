import { assertEquals, assertThrows } from "@std/assert";
import {
  frameMessage,
  MessageCutter,
  messageHeaderBytes,
} from "../../../../../server/storage/sqlite/pipe/message_frames.ts";

const bodyOf = (length: number) => Uint8Array.from({ length }, (_, at) => (length + at) % 251);

/** A message behind its free bytes, in memory with so many bytes to spare. */
function messageOf(length: number, spare = 0): Uint8Array {
  const memory = new Uint8Array(messageHeaderBytes + length + spare);
  memory.set(bodyOf(length), messageHeaderBytes);
  return memory.subarray(0, messageHeaderBytes + length);
}

Deno.test("frames have multiples of 8 bytes, whatever the message, and whether its memory has room or not", () => {
  for (let length = 0; length < 40; length++) {
    for (const spare of [0, 3, 8]) {
      const frame = frameMessage(messageOf(length, spare));
      assertEquals(frame.length % 8, 0);
      assertEquals([...new MessageCutter().cut(frame)], [bodyOf(length)]);
    }
  }
});

Deno.test("MessageCutter finds the same messages however the stream was cut", () => {
  const lengths = [0, 1, 7, 8, 9, 0, 100, 16, 3];
  const frames = lengths.map((length) => frameMessage(messageOf(length)));
  const stream = Uint8Array.from(frames.flatMap((frame) => [...frame]));
  for (let size = 8; size <= stream.length; size += 8) {
    const cutter = new MessageCutter();
    const found: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += size) {
      found.push(...cutter.cut(stream.slice(at, at + size)));
    }
    assertEquals(found, lengths.map(bodyOf), `in chunks of ${size}`);
  }
});

Deno.test("MessageCutter refuses a length that no message has", () => {
  const chunk = Uint8Array.of(0x40, 0, 0, 1, 0, 0, 0, 0);
  assertThrows(() => [...new MessageCutter().cut(chunk)], RangeError, "1073741825 bytes");
});
