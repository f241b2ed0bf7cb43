import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { combiningMarksMax, textBytesMax, topicBytesMax } from "../../../protocol/wire/limits.ts";
import { numberText } from "../../../protocol/text/number_text.ts";
import { checkText, checkTopic } from "../../../protocol/text/text_rules.ts";
import { fuzzCount } from "../../fixtures/fuzz_count.ts";
import { anyText } from "../../fixtures/any_text.ts";

function assertRefused(text: string, reason: string, check = checkText): void {
  const error = assertThrows(() => check(text), ChatError, reason);
  assertEquals(error.code, "bad_text");
}

const honest = [
  "hello",
  "  indented",
  "if (x) {\n\treturn 1;\n}\n",
  "Jürgen, naïve, Ju\u0308rgen",
  "日本語のテキスト　です",
  "مرحبا يا می‌خواهم",
  "שלום\u200f, 1",
  "नमस्ते क्‍ष",
  "ภาษาไทย",
  "👨‍👩‍👧‍👦 ❤️‍🔥 👍🏽 1️⃣ 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
  "a\u00adb\u200bc\ufeff",
  "\ue000",
];

Deno.test("checkText() takes honest texts as they are", () => {
  for (const text of honest) assertEquals(checkText(text), text);
});

Deno.test("checkText() makes CRLF a line feed and refuses a lone carriage return", () => {
  assertEquals(checkText("a\r\nb\r\n"), "a\nb\n");
  assertRefused("a\rb", "control characters");
  assertRefused("a\r\r\nb", "control characters");
});

Deno.test("checkText() refuses what has nothing to read in it", () => {
  const blanks = [
    "",
    " ",
    "\n",
    " \t\r\n ",
    "\u00a0",
    "\u3000",
    "\u200b",
    "\u200d\u200d",
    "\ufeff",
  ];
  for (const text of [...blanks, "\u2800", "\u3164", "\u0301", "\ufe0f", "\u{e0041}", "\u2028"]) {
    assertRefused(text, "empty");
  }
});

Deno.test("checkText() takes texts up to the limit in bytes and none above it", () => {
  for (const [character, bytes] of [["a", 1], ["ü", 2], ["日", 3], ["😀", 4]] as const) {
    const most = character.repeat(Math.floor(textBytesMax / bytes));
    assertEquals(checkText(most), most);
    assertRefused(most + character, `at most ${numberText(textBytesMax)} bytes`);
  }
  assertRefused("a".repeat(5_000_000), `at most ${numberText(textBytesMax)} bytes`);
});

Deno.test("checkText() counts the bytes of what is stored", () => {
  assertEquals(checkText("a\r\n".repeat(textBytesMax / 2)).length, textBytesMax);
});

Deno.test("checkText() refuses every control character but tab and line feed", () => {
  for (let code = 0; code < 0xa0; code++) {
    if (code >= 0x20 && code < 0x7f) continue;
    const text = `a${String.fromCharCode(code)}b`;
    if (code === 0x09 || code === 0x0a) assertEquals(checkText(text), text);
    else assertRefused(text, "control characters");
  }
});

Deno.test("checkText() refuses lone surrogates and noncharacters", () => {
  for (
    const bad of [
      "\ud800",
      "\udfff",
      "\ud83d",
      "\udc00\ud800",
      "\ufffe",
      "\uffff",
      "\ufdd0",
      "\u{1ffff}",
    ]
  ) {
    assertRefused(`a${bad}b`, "not characters");
  }
});

Deno.test("checkText() refuses embeddings, overrides and isolates", () => {
  for (const bad of "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") {
    assertRefused(`a${bad}b`, "direction");
  }
});

Deno.test("checkText() refuses one combining mark too many in a row", () => {
  const most = "a" + "\u0301".repeat(combiningMarksMax);
  assertEquals(checkText(most + most), most + most);
  assertRefused(most + "\u0301", `${combiningMarksMax} combining marks`);
  assertRefused("x" + "\u0489".repeat(4_000), "combining marks");
});

Deno.test("checkText() is quick with texts made to be slow", () => {
  // These take minutes where a pattern goes back over what it has read.
  const spaces = " ".repeat(textBytesMax - 2);
  assertEquals(checkText(spaces + "é"), spaces + "é");
  for (const start of ["a", "a ", "a\u0301", "\u0301a"]) {
    const text = start.repeat(Math.floor((textBytesMax - 2) / 3)) + "é";
    assertEquals(checkText(text), text);
  }
});

Deno.test("checkText() is idempotent and throws nothing but ChatError", () => {
  const numRuns = fuzzCount(4_000, 20_000);
  let accepted = 0;
  fc.assert(
    fc.property(anyText({ maxLength: 40 }), (text) => {
      try {
        const checked = checkText(text);
        accepted++;
        assertEquals(checkText(checked), checked);
      } catch (error) {
        assert(error instanceof ChatError && error.code === "bad_text", String(error));
      }
    }),
    { numRuns },
  );
  assert(accepted > numRuns / 20, `${accepted} texts were accepted`);
});

Deno.test("checkTopic() takes one line, or nothing", () => {
  for (const topic of ["", "Welcome", "Grüße — 日本語 👍🏽", " x "]) {
    assertEquals(checkTopic(topic), topic);
  }
});

Deno.test("checkTopic() refuses line breaks, tabs, controls and what checkText() refuses", () => {
  for (const bad of ["\n", "\r\n", "\t", "\u2028", "\u2029"]) {
    assertRefused(`a${bad}b`, "one line", checkTopic);
  }
  for (const bad of ["\x1b", "\r", "\x00", "\x7f", "\x85"]) {
    assertRefused(`a${bad}b`, "control", checkTopic);
  }
  assertRefused("a\u202eb", "direction", checkTopic);
  assertRefused("a\ud800b", "not characters", checkTopic);
  assertRefused("a" + "\u0301".repeat(combiningMarksMax + 1), "combining marks", checkTopic);
});

Deno.test("checkTopic() takes topics up to the limit in bytes and none above it", () => {
  for (const character of ["a", "ü", "😀"]) {
    const most = character.repeat(topicBytesMax / new TextEncoder().encode(character).length);
    assertEquals(checkTopic(most), most);
    assertRefused(most + character, `at most ${topicBytesMax} bytes`, checkTopic);
  }
});
