import { assertEquals } from "@std/assert";
import { packed, unpacked } from "../../../../../server/storage/sqlite/workers/batch_results.ts";
import type { Result } from "../../../../../server/storage/sqlite/workers/applier.ts";
import { makePost } from "../storage_fixture.ts";

const posts = [1, 2, 3].map((timeMs) =>
  ({ type: "post", version: 1, ...makePost({ roomId: 1 }, "x", { timeMs }) }) as const
);
const stored = (sequence: number, timeMs: number, repeated = false): Result => ({
  refused: null,
  repeated,
  sequence,
  timeMs,
});

Deno.test("packed() says of new posts that follow one another only where they begin", () => {
  const results = [stored(7, 1), stored(8, 2), stored(9, 3)];
  assertEquals(packed(results), 7);
  assertEquals(unpacked(7, posts), results);
});

Deno.test("packed() leaves everything else as it is", () => {
  const done: Result = { refused: null, repeated: false };
  for (
    const results of [
      [],
      [done],
      [stored(7, 1), done],
      [stored(7, 1), stored(9, 2)],
      [stored(7, 1), stored(8, 2, true)],
      [stored(7, 1), { refused: "id_reused" } as const],
    ]
  ) {
    assertEquals(packed(results), results);
    assertEquals(unpacked(packed(results), posts), results);
  }
});
