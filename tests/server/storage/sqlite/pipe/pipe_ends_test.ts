import { assertEquals, assertThrows } from "@std/assert";
import { ByteRing } from "../../../../../server/storage/sqlite/pipe/byte_ring.ts";
import { ListeningEnd } from "../../../../../server/storage/sqlite/pipe/pipe_ends.ts";
import { randomIntegers } from "../storage_fixture.ts";

const capacity = 64;
const ends = import.meta.resolve("../../../../../server/storage/sqlite/pipe/pipe_ends.ts");

/** A thread that sends each value back; it lets its event loop go on after `timeoutMs`. */
function startEcho(timeoutMs: number): Worker {
  const program = `
    import { BlockingEnd } from "${ends}";
    globalThis.onmessage = ({ data }) => {
      new BlockingEnd(data).serve((values) => values, ${timeoutMs});
    };`;
  const url = `data:text/javascript,${encodeURIComponent(program)}`;
  return new Worker(url, { type: "module" });
}

/** Bytes of that number, each of them different from its neighbours. */
const bytesOf = (length: number, seed = 1) =>
  Uint8Array.from({ length }, (_, at) => (seed + at) % 251);

/** A pipe whose values are collected, without another thread yet. */
class Echoed {
  readonly values: unknown[] = [];
  readonly failures: unknown[] = [];
  readonly end: ListeningEnd;
  #wanted = 0;
  #arrived = Promise.withResolvers<void>();

  constructor(bytes: number = capacity) {
    this.end = new ListeningEnd({
      onValue: (value) => {
        this.values.push(value);
        if (this.values.length === this.#wanted) this.#arrived.resolve();
      },
      onFailure: (error) => this.failures.push(error),
    }, bytes);
  }

  /** Resolves when so many values have come in all. */
  async count(wanted: number): Promise<void> {
    if (this.values.length >= wanted) return;
    this.#wanted = wanted;
    this.#arrived = Promise.withResolvers();
    await this.#arrived.promise;
  }
}

/** Runs a test with a pipe to a thread that sends everything back. */
async function withEcho(
  test: (echoed: Echoed) => Promise<void>,
  { timeoutMs = 60_000, bytes = capacity } = {},
): Promise<void> {
  const echoed = new Echoed(bytes);
  const worker = startEcho(timeoutMs);
  try {
    worker.postMessage(echoed.end.memory);
    await test(echoed);
  } finally {
    echoed.end.close();
    worker.terminate();
  }
}

Deno.test("a pipe brings values whole, of every length up to three rings", async () => {
  await withEcho(async (echoed) => {
    for (let length = 0; length <= 3 * capacity; length++) {
      echoed.end.send(bytesOf(length, length));
      await echoed.count(length + 1);
      assertEquals(echoed.values.at(-1), bytesOf(length, length));
    }
  });
});

Deno.test("a pipe keeps the order of values of random lengths, both ways at once", async () => {
  for (const seed of [1, 2, 3]) {
    await withEcho(async (echoed) => {
      const random = randomIntegers(seed);
      const lengths = Array.from(
        { length: 1_000 },
        () => random(random(10) === 0 ? 5 * capacity : 20),
      );
      for (const [at, length] of lengths.entries()) {
        echoed.end.send(bytesOf(length, at));
        // Now and then what has come is looked at, so that both ends write and read in turn and together.
        if (random(50) === 0) await echoed.count(Math.max(0, at - random(100)));
      }
      await echoed.count(lengths.length);
      assertEquals(echoed.values, lengths.map((length, at) => bytesOf(length, at)));
      assertEquals(echoed.end.waitingBytes, 0);
    });
  }
});

Deno.test("a pipe works on while its other thread lets its event loop go on in between", async () => {
  await withEcho(async (echoed) => {
    for (let count = 1; count <= 300; count++) {
      echoed.end.send(bytesOf(count % 100, count));
      await echoed.count(count);
    }
    const expected = Array.from({ length: 300 }, (_, at) => bytesOf((at + 1) % 100, at + 1));
    assertEquals(echoed.values, expected);
  }, { timeoutMs: 0 });
});

Deno.test("a pipe brings a value that is much longer than its rings", async () => {
  await withEcho(async (echoed) => {
    const long = ["x".repeat(500_000), bytesOf(500_000)];
    echoed.end.send(long);
    echoed.end.send("short");
    await echoed.count(2);
    assertEquals(echoed.values, [long, "short"]);
  }, { bytes: 1024 });
});

Deno.test("what finds no room waits until the other end reads, and may change meanwhile", async () => {
  const echoed = new Echoed();
  const worker = startEcho(60_000);
  const fitting = bytesOf(capacity - 8 - 4 - 5);
  echoed.end.send(fitting);
  assertEquals(echoed.end.waitingBytes, 0, "an exact fit");
  fitting.fill(0);
  const second = bytesOf(10, 7);
  echoed.end.send(second);
  second.fill(0);
  echoed.end.send("third");
  assertEquals(echoed.end.waitingBytes, 32 + 24);
  worker.postMessage(echoed.end.memory);
  await echoed.count(3);
  assertEquals(echoed.values, [bytesOf(capacity - 8 - 4 - 5), bytesOf(10, 7), "third"]);
  assertEquals(echoed.end.waitingBytes, 0);
  echoed.end.close();
  worker.terminate();
});

Deno.test("a pipe refuses what cannot be encoded, and goes on", async () => {
  await withEcho(async (echoed) => {
    assertThrows(() => echoed.end.send(() => {}), TypeError);
    echoed.end.send(1);
    await echoed.count(1);
    assertEquals(echoed.values, [1]);
  });
});

Deno.test("a pipe that is closed sends and takes nothing more", async () => {
  const echoed = new Echoed();
  const { toBlocking, toListening } = echoed.end.memory;
  echoed.end.send(bytesOf(2 * capacity));
  echoed.end.close();
  assertEquals(echoed.end.waitingBytes, 0);
  assertEquals(new ByteRing(toBlocking).read().length, capacity);
  new ByteRing(toListening).write(new Uint8Array(8));
  echoed.end.send(1);
  // Whatever waited has been woken by now.
  await new Promise((resolve) => setImmediate(resolve));
  assertEquals(new ByteRing(toBlocking).read().length, 0);
  assertEquals([echoed.values, echoed.failures], [[], []]);
});

Deno.test("a pipe through which something comes that is no value says so once", async () => {
  for (
    const bytes of [
      Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 0),
      Uint8Array.of(0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 5, 200, 0, 0, 0),
    ]
  ) {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const end = new ListeningEnd({ onValue: () => {}, onFailure: resolve }, capacity);
    new ByteRing(end.memory.toListening).write(bytes);
    // What waits for a pipe does not keep a program running.
    const timer = setTimeout(() => {}, 60_000);
    assertEquals((await promise) instanceof Error, true);
    clearTimeout(timer);
    end.close();
  }
});

Deno.test("a pipe that waits does not keep a program running", async () => {
  const program = `
    import { ListeningEnd } from "${ends}";
    const end = new ListeningEnd({ onValue() {}, onFailure() {} }, 8);
    end.send("finds no room");
    console.log("waits");`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", `data:text/javascript,${encodeURIComponent(program)}`],
  });
  const { code, stdout } = await child.output();
  assertEquals([code, new TextDecoder().decode(stdout)], [0, "waits\n"]);
});
