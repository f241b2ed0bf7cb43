import { assertEquals } from "@std/assert";
import { ConnectionState } from "../../../../client/tui/view/connection_state.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

/** The state of a connection by a fake clock; `shown` is what the status line showed, each time that it was drawn anew. */
function connection(time: FakeTime) {
  const shown: string[] = [];
  let tries = 0;
  const state: ConnectionState = new ConnectionState({
    ping: () => Promise.resolve(7),
    retryNow: () => void tries++,
    onChange: () => {
      const { connection, retry } = state.status;
      shown.push(connection === "down" ? `down ${retry.seconds}` : connection);
    },
    nowMs: () => time.nowMs,
  });
  return { state, shown, tries: () => tries };
}

Deno.test("the time until the next try is counted down, second by second, and begins anew after a failed one", async () => {
  using time = new FakeTime();
  const { state, shown } = connection(time);
  state.down({ type: "offline", retryMs: 2_300, mayHurry: true });
  await time.advance(4_000);
  assertEquals(shown, ["down 3", "down 2", "down 1", "down 0", "down 0"]);
  state.down({ type: "offline", retryMs: 500, mayHurry: true });
  await time.advance(1_000);
  assertEquals(shown.slice(5), ["down 1", "down 0"]);
  await state.up();
  assertEquals([shown.at(-1), state.status.roundTripMs], ["up", 7]);
  const count = shown.length;
  await time.advance(10_000);
  assertEquals(shown.length, count);
  state.stop();
  assertEquals(time.timers, 0);
});

Deno.test("the person has the next try at once, unless the server has asked to wait or nothing is lost", async () => {
  using time = new FakeTime();
  const { state, shown, tries } = connection(time);
  state.retryNow();
  await state.up();
  state.retryNow();
  state.down({ type: "offline", retryMs: 20_000, mayHurry: false });
  state.retryNow();
  assertEquals([tries(), shown.at(-1)], [0, "down 20"]);
  state.down({ type: "offline", retryMs: 20_000, mayHurry: true });
  state.retryNow();
  assertEquals([tries(), shown.at(-1)], [1, "down 0"]);
  state.stop();
});
