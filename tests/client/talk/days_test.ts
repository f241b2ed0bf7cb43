import { assertEquals, assertThrows } from "@std/assert";
import type { ChatClient } from "../../../client/core/chat/chat_client.ts";
import { readable, type ShownPage } from "../../../client/core/e2e/message_view.ts";
import { dayOf, postsOfDay } from "../../../client/talk/days.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";

const noonMs = new Date(2026, 10, 23, 12).getTime();

Deno.test("a day is a word or a date, and nothing else", () => {
  const local = (...day: [number, number, number]) => new Date(...day).getTime();
  const today = { fromMs: local(2026, 10, 23), untilMs: local(2026, 10, 24) };
  assertEquals(dayOf("today", noonMs), today);
  assertEquals(dayOf("2026-11-23", noonMs), today);
  assertEquals(dayOf("Yesterday", noonMs), {
    fromMs: local(2026, 10, 22),
    untilMs: local(2026, 10, 23),
  });
  for (const word of ["", "tomorrow", "2026-1-1", "20261123", "500"]) {
    assertEquals(dayOf(word, noonMs), null, word);
  }
  for (const word of ["2026-02-30", "2026-13-01", "2026-00-10", "2026-11-00"]) {
    const error = assertThrows(() => dayOf(word, noonMs), ChatError);
    assertEquals(error.message, `There is no ${word}: a day is written like 2026-11-23.`);
  }
});

/** A client with one post each hour, from a sequence on; some sequences are of other conversations. */
function clientWith(count: number) {
  const posts = Array.from({ length: count }, (_, at) =>
    readable({
      ...{ sequence: 3 * at + 5, timeMs: noonMs + (at - count / 2) * 3_600_000, from: "jill" },
      ...{ to: "#lobby", id: `${at}`, kind: "text", body: "x" },
    }));
  let asked = 0;
  const history = (
    query: { after?: number; before?: number; limit: number },
  ): Promise<ShownPage> => {
    asked++;
    const { after, before = Infinity, limit } = query;
    const fit = posts.filter(({ sequence }) => sequence > (after ?? 0) && sequence < before);
    const page = after === undefined ? fit.slice(-limit) : fit.slice(0, limit);
    return Promise.resolve({ posts: page, annotations: [], more: fit.length > page.length });
  };
  return { client: { history } as unknown as ChatClient, posts, asked: () => asked };
}

Deno.test("all posts of a day are found, whatever the day, with few questions", async () => {
  for (const count of [0, 1, 2, 30, 1_000]) {
    const { client, posts, asked } = clientWith(count);
    for (const word of ["today", "yesterday", "2026-11-24", "2020-01-01", "2099-01-01"]) {
      const day = dayOf(word, noonMs)!;
      const expected = posts.filter(({ timeMs }) => timeMs >= day.fromMs && timeMs < day.untilMs);
      const found = await postsOfDay(client, {}, day, 2_000);
      assertEquals(found.posts, expected);
      assertEquals(found.more, false);
    }
    assertEquals(asked() < 5 * 20, true);
  }
});

Deno.test("of a day with very much the first posts come, and it is said that there are more", async () => {
  const { client } = clientWith(100);
  const { posts, more } = await postsOfDay(client, {}, dayOf("today", noonMs)!, 7);
  assertEquals([posts.length, more], [7, true]);
});
