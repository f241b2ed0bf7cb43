import { assertEquals } from "@std/assert";
import { Screen } from "../../../../client/tui/terminal/screen.ts";
import { wrap } from "../../../../client/tui/terminal/wrap.ts";

const size = { columns: 40, rows: 10 };

Deno.test("a screen is cleared without its live rows, which some terminals would keep among the messages", () => {
  const screen = new Screen({ depth: "none", links: false });
  const rows = ["the status line", "> what is typed"].flatMap((text) => wrap([{ text }], 40, 0));
  screen.frame({ rows, cursorRow: 1, cursorAt: 2 }, size);
  // Up to the first of them, and everything from there on erased, before the rest.
  assertEquals(screen.clear(size), "\r\x1b[1A\x1b[J\x1b[H\x1b[2J");
  assertEquals(screen.clear(size), "\r\x1b[J\x1b[H\x1b[2J");
});
