import { assertEquals } from "@std/assert";
import type { ClientEvent } from "../../../../client/core/chat/client_types.ts";
import { LinkKeeper, type LinkKeeperOptions } from "../../../../client/core/chat/link_keeper.ts";
import type { Adopter } from "../../../../client/core/link/open_link.ts";
import type { SignedInLink } from "../../../../client/core/link/signed_in_link.ts";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

/** A keeper whose first link is lost, and whose every further one cannot be made, for the reason that `refusal` gives. */
function losing(time: FakeTime, refusal: () => ChatError) {
  const beganMs = time.nowMs;
  const tries: number[] = [];
  const waits: ClientEvent[] = [];
  const nothing = () => {};
  const options = {
    line: { link: { place: 0 } },
    signIn: {
      connect: () => {
        tries.push((time.nowMs - beganMs) / 1_000);
        return Promise.reject(refusal());
      },
    },
    random: () => 1,
    tell: (event: ClientEvent) => event.type === "offline" && waits.push(event),
    ...{ onLost: nothing, onEvent: nothing, onBatch: nothing, onGivenUp: nothing },
  } as unknown as LinkKeeperOptions;
  const keeper = new LinkKeeper(options);
  const lost = new ChatError("disconnected", "lost");
  const first = { adopt: ({ onClosed }: Adopter) => onClosed(lost) } as unknown as SignedInLink;
  keeper.begin(first);
  return { keeper, tries, waits };
}

Deno.test("whoever does not want to wait has the next try at once", async () => {
  using time = new FakeTime();
  const { keeper, tries, waits } = losing(time, () => new ChatError("disconnected", "nobody"));
  await time.advance(10_000);
  assertEquals(tries, [0.5, 1.5, 3.5, 7.5]);
  assertEquals(waits.at(-1), { type: "offline", retryMs: 8_000, mayHurry: true });
  keeper.retryNow();
  await time.advance(0);
  assertEquals(tries.slice(4), [10]);
  // The waits grow as if nobody had asked.
  assertEquals(waits.at(-1), { type: "offline", retryMs: 16_000, mayHurry: true });
  keeper.stop();
  await time.advance(60_000);
  assertEquals([tries.length, time.timers], [5, 0]);
});

Deno.test("a key that is held down makes two tries a second at most, and is not forgotten", async () => {
  using time = new FakeTime();
  const { keeper, tries } = losing(time, () => new ChatError("disconnected", "nobody"));
  await time.advance(10_000);
  for (let at = 0; at < 50; at++) {
    keeper.retryNow();
    await time.advance(25);
  }
  assertEquals(tries.slice(4), [10, 10.5, 11]);
  await time.advance(1_000);
  assertEquals(tries.slice(4), [10, 10.5, 11, 11.5]);
  keeper.stop();
  await time.advance(0);
});

Deno.test("a wait that the server has asked for is not made shorter", async () => {
  using time = new FakeTime();
  const slowDown = () => new ChatError("slow_down", "later", { retryAfterMs: 60_000 });
  const { keeper, tries, waits } = losing(time, slowDown);
  await time.advance(10_000);
  assertEquals([tries, waits.at(-1)], [[0.5], {
    type: "offline",
    retryMs: 60_000,
    mayHurry: false,
  }]);
  keeper.retryNow();
  await time.advance(50_000);
  assertEquals(tries, [0.5]);
  await time.advance(500);
  assertEquals(tries, [0.5, 60.5]);
  keeper.stop();
  await time.advance(0);
});
