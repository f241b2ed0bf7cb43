import { assert, assertEquals } from "@std/assert";
import { encodeMessage } from "../../../../protocol/wire/frame.ts";
import { TokenBucket } from "../../../../server/common/token_bucket.ts";
import { Traffic } from "../../../../server/wires/connection/traffic.ts";
import { Turn } from "../../../../server/wires/connection/turn.ts";
import { NativeConnection } from "../../../../server/wires/native/connection.ts";

const nothing = (): void => {};
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function work(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

Deno.test("a turn is over when it has taken long, and the next one begins anew", async () => {
  const turn = new Turn();
  await turn.next();
  assertEquals(turn.isOver(), false);
  work(25);
  assertEquals(turn.isOver(), true);
  await turn.next();
  assertEquals(turn.isOver(), false);
});

Deno.test("a peer that sends without a pause lets others have their turn", async () => {
  const frame = encodeMessage({ type: "ping", id: 1 });
  let left = 300;
  let answered = 0;
  const connection = new NativeConnection({
    // More has come already, whenever it is asked: nothing else would ever run.
    read: (buffer) => {
      if (left-- === 0) return Promise.resolve(null);
      buffer.set(frame);
      return Promise.resolve(frame.length);
    },
    write: (bytes) => Promise.resolve(bytes.length),
    close: nothing,
  }, {
    address: "192.0.2.1",
    logger,
    traffic: new Traffic(),
    questions: new TokenBucket({ perSecond: 0, burst: 0 }),
    nowMs: () => performance.now(),
    handle: () => {
      answered++;
      work(1);
    },
    hello: () => encodeMessage({ event: "hello" }),
    onSignedIn: nothing,
    forBrowsers: new Uint8Array(),
  });
  const running = connection.run();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert(answered < 100, `${answered} requests came before everyone else`);
  connection.close();
  await running;
});
