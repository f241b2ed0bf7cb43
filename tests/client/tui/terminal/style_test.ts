import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { colorDepth, nameColor, sgrOf } from "../../../../client/tui/terminal/style.ts";
import { headOf, paint } from "../../../../client/tui/terminal/paint.ts";

const depths = ["16", "256", "true"] as const;
const names = Array.from({ length: 300 }, (_, index) => `user${index}`);

Deno.test("a name has one steady colour at each depth, whatever its letter case", () => {
  for (const depth of depths) assertEquals(nameColor("Jack", depth), nameColor("jACK", depth));
  assertEquals(nameColor("jack", "16"), "96");
  assertEquals(nameColor("jack", "256"), nameColor("jack", "256"));
  assertEquals(nameColor("jack", "none"), "");
});

Deno.test("different names mostly have different colours", () => {
  const count = (depth: typeof depths[number]) =>
    new Set(names.map((name) => nameColor(name, depth))).size;
  assertEquals(count("16"), 10);
  assert(count("256") > 30);
  assert(count("true") > 150);
  assertNotEquals(nameColor("jack", "true"), nameColor("jill", "true"));
});

Deno.test("true colours are neither too dark nor too bright to be read", () => {
  for (const name of names) {
    const [red, green, blue] = nameColor(name, "true").split(";").slice(2).map(Number);
    const brightness = 0.299 * red! + 0.587 * green! + 0.114 * blue!;
    assert(brightness > 70 && brightness < 190, `${name}: ${brightness}`);
  }
});

Deno.test("without colours bold, inverse and underline remain", () => {
  const style = { bold: true, inverse: true, underline: true, tone: "warning" } as const;
  assertEquals(sgrOf(style, "none"), "1;4;7");
  assertEquals(sgrOf(style, "16"), "1;4;7;31");
  assertEquals(sgrOf({}, "true"), "");
});

Deno.test("colorDepth() honours what was set, then NO_COLOR, then what the terminal says", () => {
  const depth = (wanted: "auto" | "256", variables: Record<string, string>) =>
    colorDepth(wanted, { variable: (name) => variables[name] });
  assertEquals(depth("256", { NO_COLOR: "1" }), "256");
  assertEquals(depth("auto", { NO_COLOR: "1", COLORTERM: "truecolor" }), "none");
  assertEquals(depth("auto", { NO_COLOR: "", TERM: "xterm" }), "16");
  assertEquals(depth("auto", { COLORTERM: "truecolor", TERM: "xterm" }), "true");
  assertEquals(depth("auto", { TERM: "xterm-256color" }), "256");
  assertEquals(depth("auto", { TERM: "linux" }), "16");
  assertEquals(depth("auto", { TERM: "vt100" }), "none");
  assertEquals(depth("auto", {}), "none");
});

Deno.test("paint() lets no control character of a text through, nor a link that could end its own sequence", () => {
  const options = { depth: "16", links: true } as const;
  const painted = paint([{
    text: "a\x1b[2Jb\x07\x9b\n",
    style: { link: "https://a.org/\x1b\\", tone: "dim" },
  }], options);
  assertEquals(painted, "\x1b[2ma\ufffd[2Jb\ufffd\ufffd\ufffd\x1b[0m");
});

Deno.test("paint() makes links only where the terminal knows them", () => {
  const span = { text: "here", style: { link: "https://a.org/" } };
  assertEquals(
    paint([span], { depth: "none", links: true }),
    "\x1b]8;;https://a.org/\x1b\\here\x1b]8;;\x1b\\",
  );
  assertEquals(paint([span], { depth: "none", links: false }), "here");
});

Deno.test("headOf() cuts spans at a number of characters", () => {
  const spans = [{ text: "ab" }, { text: "cd" }];
  assertEquals(headOf(spans, 3), [{ text: "ab" }, { text: "c" }]);
  assertEquals(headOf(spans, 0), []);
  assertEquals(headOf(spans, 9), spans);
});
