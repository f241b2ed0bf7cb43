import { assertEquals } from "@std/assert";
import { transferText } from "../../../client/talk/transfer_text.ts";
import { TransferRate } from "../../../client/transfers/transfer_rate.ts";

function rateAfter(steps: readonly (readonly [ms: number, done: number])[]): number | null {
  let nowMs = 0;
  const rate = new TransferRate(() => nowMs);
  for (const [ms, done] of steps) {
    nowMs = ms;
    rate.note(done);
  }
  return rate.perSecond;
}

Deno.test("a rate is known after half a second, and is that of the last seconds", () => {
  assertEquals(rateAfter([]), null);
  assertEquals(rateAfter([[0, 0], [499, 100]]), null);
  assertEquals(rateAfter([[0, 0], [1_000, 100]]), 100);
  const fast = Array.from({ length: 11 }, (_, second) => [second * 1_000, second * 1_000] as const);
  const slow = Array.from({ length: 6 }, (_, step) => [11_000 + step * 1_000, 10_000] as const);
  assertEquals(rateAfter([...fast, ...slow]), 0);
});

Deno.test("what was there before counts for nothing, and going back begins anew", () => {
  assertEquals(rateAfter([[0, 5_000], [1_000, 5_100]]), 100);
  assertEquals(rateAfter([[0, 0], [1_000, 9_000], [2_000, 4_000], [3_000, 4_200]]), 200);
});

Deno.test("how far a file is, is said with its rate and the time that is left", () => {
  const view = { direction: "up", name: "a\u001b.txt", done: 250, total: 1_000 } as const;
  assertEquals(
    transferText({ ...view, perSecond: 100 }),
    "↑ a␛.txt █████░░░░░░░░░░░░░░░ 25 %, 100 bytes/s, 8 s left",
  );
  assertEquals(transferText({ ...view, perSecond: null }), "↑ a␛.txt █████░░░░░░░░░░░░░░░ 25 %");
  assertEquals(
    transferText({ ...view, perSecond: 0 }),
    "↑ a␛.txt █████░░░░░░░░░░░░░░░ 25 %, waiting",
  );
  const long = { ...view, direction: "down", total: 20_000_000, perSecond: 1_000 } as const;
  assertEquals(
    transferText({ ...long, done: 0 }),
    "↓ a␛.txt ░░░░░░░░░░░░░░░░░░░░ 0 %, 1.0 kB/s, 5 h 33 min left",
  );
  assertEquals(
    transferText({ ...long, total: 0, done: 0, perSecond: 1_000 }).includes("100 %"),
    true,
  );
});
