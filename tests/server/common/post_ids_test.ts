import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { postIdPattern } from "../../../protocol/wire/post_id.ts";
import { PostIds } from "../../../server/common/post_ids.ts";

Deno.test("PostIds makes each id once, also within a millisecond and when the clock goes back", () => {
  const ids = new PostIds();
  const times = [1_764_000_000_000, 1_764_000_000_000, 1_764_000_000_001, 1_764_000_000_000, 0.5];
  const made = times.flatMap((time) => Array.from({ length: 1_000 }, () => ids.next(time)));
  assertEquals(new Set(made).size, made.length);
  for (const id of made) assertMatch(id, postIdPattern);
});

Deno.test("PostIds makes ids that begin with the time", () => {
  const ids = new PostIds();
  const [early, late] = [ids.next(1_764_000_000_000), ids.next(1_764_000_000_001)];
  assertEquals(early < late, true);
});

Deno.test("PostIds of two runs differ", () => {
  assertNotEquals(new PostIds().next(1), new PostIds().next(1));
});
