import { assertEquals } from "@std/assert";
import { PageNotices } from "../../../../client/web/state/page_notices.ts";

Deno.test("why something typed is not sent is told once, and until something is sent", () => {
  const notices = new PageNotices();
  const shown = () => notices.list.value.map(({ text }) => text);
  notices.warn("The disk is full.");
  notices.refuse("No /quit here.");
  notices.refuse("No /pm here.");
  assertEquals(shown(), ["The disk is full.", "No /pm here."]);
  notices.endRefusal();
  assertEquals(shown(), ["The disk is full."]);
  notices.endRefusal();
  assertEquals(shown(), ["The disk is full."]);
});
