import { assertEquals } from "@std/assert";
import { readable } from "../../../../client/core/e2e/message_view.ts";
import { type FoldedPost, unfolded } from "../../../../client/talk/folded_posts.ts";
import { feedRows } from "../../../../client/web/view/feed_rows.ts";

const noonMs = new Date(2026, 5, 10, 12).getTime();

function said(sequence: number, from: string, afterMinutes: number): FoldedPost {
  const timeMs = noonMs + afterMinutes * 60_000;
  return unfolded(readable({
    sequence,
    timeMs,
    from,
    to: "#lobby",
    id: `id${sequence}`,
    kind: "text",
    body: "hello",
  }));
}

Deno.test("messages of one person within a while stand together, and days are separated", () => {
  const posts = [
    said(1, "jill", -24 * 60),
    said(2, "jill", 0),
    said(3, "jill", 1),
    said(4, "jack", 2),
    said(5, "jack", 30),
  ];
  const rows = feedRows(posts, null, noonMs);
  assertEquals(rows.map(({ day, isFirst }) => [day, isFirst]), [
    ["Yesterday", true],
    ["Today", true],
    ["", false],
    ["", true],
    ["", true],
  ]);
});

Deno.test("the line of what is unread stands once, before the first of them", () => {
  const posts = [said(1, "jill", 0), said(3, "jill", 1), said(5, "jill", 2)];
  const lines = (unread: number | null) =>
    feedRows(posts, unread, noonMs).map(({ isUnreadLine }) => isUnreadLine);
  assertEquals(lines(2), [false, true, false]);
  assertEquals(lines(null), [false, false, false]);
  assertEquals(lines(6), [false, false, false]);
  assertEquals(lines(1), [false, false, false]);
});
