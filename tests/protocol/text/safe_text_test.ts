import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { combiningMarksShownMax } from "../../../protocol/wire/limits.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { fuzzCount } from "../../fixtures/fuzz_count.ts";
import { anyText } from "../../fixtures/any_text.ts";

const hostileCount = fuzzCount(10_000, 100_000);

/** What no terminal may get from a peer; a line feed is for `lines: "keep"` alone. */
const forbidden = new RegExp(
  "[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u206f\\ufff9-\\ufffb]" +
    "|[\\u{e0000}-\\u{e007f}]|[\\p{Cs}\\p{Co}\\p{Cn}]",
  "u",
);
const markHeap = new RegExp(`\\p{M}{${combiningMarksShownMax + 1}}`, "u");
const keep = { lines: "keep" } as const;

const honest = [
  "hello, world! ~ {}[]\\|",
  "Jürgen naïve Ju\u0308rgen ǅ ß €",
  "日本語のテキスト　漢\u{e0100}字 가각",
  "مرحبا يا می‌خواهم ﷽ ه‍ ١٢٣",
  "שָׁלוֹם\u200f (abc)\u200e!",
  "नमस्ते क्‍ष क्‌ष বাংলা தமிழ் മലയാളം ශ්‍රී",
  "ภาษา\u200bไทย ກໍາ မြန်မာ ភាសា\u200bខ្មែរ བོད་ཡིག",
  "ᠮᠣᠩᠭᠣᠯ\u180b",
  "👨‍👩‍👧‍👦 ❤️‍🔥 👍🏽 1️⃣ #️⃣ 🏳️‍🌈 👩🏽‍🚀 🇩🇪 ☺︎ 🧑🏿‍🤝‍🧑🏻 👁️‍🗨️",
  "␛ ⏎ \ufffd ◌",
  "Z̧̨a̦l̨",
];

/** Characters that are likely to meet in an attack or at the edge of a rule, among random ones. */
const unit = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...dangerous()) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ..."aZ 1#אشकไ漢👩❤🏽🚀⏎ᠮ".split(""),
      "👩",
      "🏽",
      "🇩",
      "\u0301",
      "\u094d",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
  },
);
const hostileText = fc.array(unit, { maxLength: 24 }).map((units) => units.join(""));

function dangerous(): string[] {
  const codes = [
    0xad,
    0x34f,
    0x61c,
    0x115f,
    0x180b,
    0x180e,
    0x2060,
    0xfe0f,
    0xfe00,
    0xfeff,
    0xfffe,
  ];
  const ranges = [[0, 0x1f], [0x7f, 0x9f], [0x200b, 0x200f], [0x2028, 0x202e], [0x2066, 0x2069]];
  for (
    const [first = 0, last = 0] of [...ranges, [0xfff9, 0xfffb], [0xd800, 0xd801], [0xdc00, 0xdc01]]
  ) {
    for (let code = first; code <= last; code++) codes.push(code);
  }
  codes.push(0xe0001, 0xe0041, 0xe007f, 0xe0100, 0xe000, 0x10fffd, 0x1ffff, 0x13430);
  return codes.map((code) => String.fromCodePoint(code));
}

function printedSeed(): number {
  const seed = Number(Deno.env.get("CHAT_FUZZ_SEED")) ||
    (crypto.getRandomValues(new Int32Array(1))[0] ?? 1);
  // deno-lint-ignore no-console -- a run can be repeated with its seed
  console.log(`seed ${seed}`);
  return seed;
}

Deno.test("safeText() leaves honest text in any script as it is", () => {
  for (const text of honest) {
    assertEquals(safeText(text), text);
    assertEquals(safeText(text, keep), text);
  }
});

Deno.test("safeText() shows control characters as their pictures", () => {
  assertEquals(safeText("\x1b[31mred\x1b[0m"), "␛[31mred␛[0m");
  assertEquals(safeText("\x00\x07\x08\x7f"), "␀␇␈␡");
  assertEquals(safeText("a\rb\vc\fd"), "a␍b␋c␌d");
});

Deno.test("safeText() takes the sting out of every kind of escape sequence", () => {
  const attacks = [
    "\x1b]0;title\x07",
    "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]52;c;QQ==\x1b\\",
    "\x1bP1$r\x1b\\",
    "\x1b_apc\x1b\\",
    "\x1b]unterminated",
    "\x9b31m",
    "\x9d0;title\x9c",
    "\x90dcs\x9c",
    "\x1bc",
    "\x1b[?1049h",
    "\x0e\x0f",
  ];
  for (const attack of attacks) {
    assert(!forbidden.test(safeText(attack, keep)), JSON.stringify(attack));
    assert(/[␀-␡\ufffd]/.test(safeText(attack)), "it is replaced visibly");
  }
});

Deno.test("safeText() shows line breaks as marks, or keeps them as line feeds", () => {
  for (const lineBreak of ["\n", "\r\n", "\u2028", "\u2029"]) {
    assertEquals(safeText(`a${lineBreak}b`), "a ⏎ b");
    assertEquals(safeText(`a${lineBreak}b`, { lines: "mark" }), "a ⏎ b");
    assertEquals(safeText(`a${lineBreak}b`, keep), "a\nb");
  }
});

Deno.test("safeText() makes each tab four spaces", () => {
  assertEquals(safeText("\ta\tb"), "    a    b");
});

Deno.test("safeText() replaces overrides, isolates and embeddings", () => {
  for (const character of "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") {
    assertEquals(safeText(`a${character}b`), "a\ufffdb");
    assertEquals(safeText(`א${character}ב`), "א\ufffdב");
  }
});

Deno.test("safeText() keeps marks of direction beside right-to-left letters only, one at a time", () => {
  assertEquals(safeText("abc\u200f"), "abc\ufffd");
  assertEquals(safeText("abc \u200fא"), "abc \u200fא");
  assertEquals(safeText("א\u200f\u200f\u200fb"), "א\u200f\ufffdb");
});

Deno.test("safeText() replaces each stretch of what cannot be seen by one replacement character", () => {
  const hidden = [
    "\u00ad",
    "\u034f",
    "\u115f",
    "\u180e",
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\u3164",
    "\ufeff",
  ];
  for (
    const character of [
      ...hidden,
      "\u{e0041}",
      "\u{e0100}",
      "\u{13430}",
      "\u{1d173}",
      "\uffa0",
      "\ufff9",
    ]
  ) {
    assertEquals(
      safeText(`a${character}b`),
      "a\ufffdb",
      character.codePointAt(0)?.toString(16) ?? "",
    );
    assertEquals(safeText(`a${character}${character}b`), "a\ufffdb");
  }
  assertEquals(safeText("a\u200b\ufeff\u2060\u{e0041}b"), "a\ufffdb");
});

Deno.test("safeText() replaces lone surrogates, noncharacters, private and unassigned code points", () => {
  for (
    const bad of [
      "\ud800",
      "\udc00",
      "\ufffe",
      "\ufdd0",
      "\u{10ffff}",
      "\ue000",
      "\u{f0000}",
      "\u0378",
    ]
  ) {
    assertEquals(safeText(`a${bad}b`), "a\ufffdb");
  }
});

Deno.test("safeText() keeps joiners only where a script or an emoji needs them", () => {
  assertEquals(safeText("a\u200db"), "a\ufffdb");
  assertEquals(safeText("ж\u200cж"), "ж\ufffdж");
  assertEquals(safeText("👩\u200da"), "👩\ufffda");
  assertEquals(safeText("a\u200d👩"), "a\ufffd👩");
  assertEquals(safeText("👩\u200d\u200d👧"), "👩\ufffd👧");
  assertEquals(safeText("م\u200c\u200cخ"), "م\u200c\ufffdخ");
  assertEquals(safeText("👍\ufe0f\ufe0f"), "👍\ufe0f\ufffd");
});

Deno.test("safeText() caps a row of combining marks, and what is mixed into it", () => {
  const most = "e" + "\u0301".repeat(combiningMarksShownMax);
  assertEquals(safeText(most + "x"), most + "x");
  assertEquals(safeText("e" + "\u0301".repeat(10_000) + "x"), `${most}\ufffdx`);
  const mixed = safeText("क" + "\u094d\u200d".repeat(5_000));
  assert(mixed.length < 20, `${mixed.length} characters`);
});

Deno.test("safeText() gives a combining mark at the start of a line something to stand on", () => {
  assertEquals(safeText("\u0301x"), "◌\u0301x");
  assertEquals(safeText("a\n\u0301x", keep), "a\n◌\u0301x");
});

Deno.test("safeText() lets no forbidden code point through, tried with each of them all", () => {
  for (let code = 0; code <= 0x10ffff; code++) {
    const safe = safeText(`a${String.fromCodePoint(code)}`);
    if (forbidden.test(safe) || safe.includes("\n")) throw new Error(code.toString(16));
  }
});

Deno.test("safeText() keeps no joiner beside a code point that has no emoji yet", () => {
  assertEquals(safeText("❤\u200d\u{1f280}"), "❤\ufffd");
  assertEquals(safeText("\u{1f280}\u200d❤"), "\ufffd❤");
});

Deno.test("safeText() lets no forbidden code point through, tried with many hostile texts", () => {
  const seed = printedSeed();
  fc.assert(
    fc.property(hostileText, (text) => {
      for (const options of [{}, keep]) {
        const safe = safeText(text, options);
        assert(!forbidden.test(safe));
        assert(!markHeap.test(safe));
        assert(options === keep || !safe.includes("\n"));
        assert(safeText(safe, options) === safe, "making it safe again changes it");
      }
    }),
    { numRuns: hostileCount, seed },
  );
  fc.assert(
    fc.property(anyText(), (text) => assert(!forbidden.test(safeText(text)))),
    { numRuns: Math.ceil(hostileCount / 5), seed },
  );
});

Deno.test("safeText() is quick with texts made to be slow", () => {
  for (
    const unit of [
      "\u0301",
      "\u200b",
      "\u200d",
      "👩\u200d",
      "\u094d\u200d",
      "\u200f",
      "\r",
      "\x1b",
      "é",
    ]
  ) {
    assert(safeText(unit.repeat(100_000)).length > 0);
  }
});
