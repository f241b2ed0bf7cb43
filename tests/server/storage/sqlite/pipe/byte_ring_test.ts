import { assertEquals, assertThrows } from "@std/assert";
import { ByteRing } from "../../../../../server/storage/sqlite/pipe/byte_ring.ts";

const capacity = 16;

/** Bytes that tell themselves apart. */
const bytesFrom = (first: number, length: number) =>
  Uint8Array.from({ length }, (_, at) => (first + at) % 251);

/** A ring through which so many bytes have gone already. */
function ringAfter(count: number): ByteRing {
  const ring = ByteRing.withCapacity(capacity);
  // The counters of both sides, at the places that the file names.
  const counters = new Int32Array(ring.memory);
  counters[0] = counters[16] = count;
  return ring;
}

Deno.test("ByteRing gives back what was put in, of every length and wherever the ring wraps", () => {
  for (let offset = 0; offset < capacity; offset++) {
    for (let length = 0; length <= capacity; length++) {
      const ring = ringAfter(offset);
      const bytes = bytesFrom(1, length);
      assertEquals(ring.write(bytes), length);
      assertEquals(ring.read(), bytes, `${length} bytes from ${offset} on`);
      assertEquals(ring.read().length, 0);
    }
  }
});

Deno.test("ByteRing takes what fits and nothing when it is full, wherever it wraps", () => {
  for (let offset = 0; offset < capacity; offset++) {
    const ring = ringAfter(offset);
    assertEquals(ring.write(bytesFrom(1, capacity - 1)), capacity - 1);
    assertEquals(ring.write(bytesFrom(100, 5)), 1);
    assertEquals(ring.write(bytesFrom(200, 1)), 0);
    assertEquals(ring.read(), Uint8Array.of(...bytesFrom(1, capacity - 1), 100));
    assertEquals(ring.write(bytesFrom(3, 2 * capacity)), capacity);
    assertEquals(ring.read(), bytesFrom(3, capacity));
  }
});

Deno.test("ByteRing goes on when its counters pass 2³¹ and 2³²", () => {
  for (const count of [2 ** 31 - 3, 2 ** 31, -3, -capacity]) {
    const ring = ringAfter(count);
    for (let round = 0; round < 5; round++) {
      assertEquals(ring.write(bytesFrom(round, capacity)), capacity);
      assertEquals(ring.write(bytesFrom(0, 1)), 0);
      assertEquals(ring.read(), bytesFrom(round, capacity));
    }
  }
});

Deno.test("ByteRing keeps the order of bytes that come and go in pieces of any size", () => {
  const ring = ByteRing.withCapacity(capacity);
  let written = 0;
  let read = 0;
  for (let size = 1; written < 5_000; size = size % (capacity + 3) + 1) {
    written += ring.write(bytesFrom(written, size));
    if (size % 3 === 0) continue;
    const bytes = ring.read();
    assertEquals(bytes, bytesFrom(read, bytes.length));
    read += bytes.length;
  }
  assertEquals(read + ring.read().length, written);
});

/** Runs a test in a program that goes on: what waits for a ring does not see to that. */
async function running(test: () => Promise<void>): Promise<void> {
  const timer = setTimeout(() => {}, 60_000);
  try {
    await test();
  } finally {
    clearTimeout(timer);
  }
}

Deno.test("ByteRing tells who waits for bytes that they have come, before or after", () =>
  running(async () => {
    const ring = ringAfter(-1);
    const early = ring.bytesCome();
    ring.write(bytesFrom(1, 1));
    await early;
    await ring.bytesCome();
    assertEquals(ring.waitForBytes(1_000), true);
    ring.read();
    assertEquals(ring.waitForBytes(0), false);
  }));

Deno.test("ByteRing tells who waits for room that there is some, before or after", () =>
  running(async () => {
    const ring = ringAfter(2 ** 31 - 1);
    await ring.roomComes();
    ring.write(bytesFrom(1, capacity));
    const early = ring.roomComes();
    ring.read();
    await early;
    ring.waitForRoom();
  }));

Deno.test("ByteRing.wake() ends what waits, though nothing has come", () =>
  running(async () => {
    const ring = ByteRing.withCapacity(capacity);
    const forBytes = ring.bytesCome();
    ring.wake();
    await forBytes;
    ring.write(bytesFrom(1, capacity));
    const forRoom = ring.roomComes();
    ring.wake();
    await forRoom;
  }));

Deno.test("ByteRing.withCapacity() refuses what is no power of two, or too much", () => {
  for (const bytes of [0, 3, 24, 2 ** 31, -8, 0.5, NaN]) {
    assertThrows(() => ByteRing.withCapacity(bytes), RangeError);
  }
  assertEquals(ByteRing.withCapacity(1).capacity, 1);
});
