import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ChatError } from "../../../protocol/wire/errors.ts";
import {
  checkNewUserName,
  isKeptBack,
  type Name,
  parseRoomName,
  parseUserName,
} from "../../../protocol/names/names.ts";
import { fuzzCount } from "../../fixtures/fuzz_count.ts";
import { anyText } from "../../fixtures/any_text.ts";

function assertRefused(text: string, reason: string, parse = parseUserName): void {
  const error = assertThrows(() => parse(text), ChatError, reason);
  assertEquals(error.code, "bad_name");
}

function nameOrNothing(text: string): Name | undefined {
  try {
    return parseUserName(text);
  } catch (error) {
    assert(error instanceof ChatError && error.code === "bad_name", String(error));
    return undefined;
  }
}

Deno.test("parseUserName() keeps the case of the name and folds its key", () => {
  assertEquals(parseUserName("Jack_O.Neill-2"), {
    name: "Jack_O.Neill-2",
    nameKey: "jack_o.neill-2",
    skeleton: "jack_o.neill-2",
  });
});

Deno.test("parseUserName() takes names in many scripts as they are", () => {
  const names = [
    "Jürgen",
    "Ørsted",
    "Straße",
    "Вера",
    "Ἀθηνᾶ",
    "שלום",
    "سلام",
    "नमस्ते",
    "ไทย",
    "한국어",
  ];
  for (const name of [...names, "日本語", "ひらがな", "〇", "Nguyễn", "ქართული", "ԱՐԱՄ"]) {
    assertEquals(parseUserName(name).name, name);
  }
});

Deno.test("parseUserName() folds case by Unicode, also a final sigma", () => {
  assertEquals(parseUserName("JÜRGEN").nameKey, "jürgen");
  assertEquals(parseUserName("ВЕРА").nameKey, "вера");
  assertEquals(parseUserName("ΟΔΟΣ").nameKey, "οδος");
});

Deno.test("parseUserName() maps full-width and half-width characters", () => {
  assertEquals(parseUserName("Ｊａｃｋ１").name, "Jack1");
  assertEquals(parseUserName("ｶﾞｷﾞ").name, "ガギ");
});

Deno.test("parseUserName() composes what was typed decomposed", () => {
  assertEquals(parseUserName("Ju\u0308rgen").name, "J\u00fcrgen");
  assertEquals(parseUserName("한국어".normalize("NFD")).name, "한국어");
});

Deno.test("parseUserName() takes 1 to 32 characters, counted as code points after normalization", () => {
  assertEquals(parseUserName("a").nameKey, "a");
  assertEquals(parseUserName("a".repeat(32)).nameKey.length, 32);
  assertEquals([...parseUserName("𐐀".repeat(32)).name].length, 32);
  assertEquals(parseUserName("u\u0308".repeat(32)).name, "ü".repeat(32));
  assertRefused("", "empty");
  for (const text of ["a".repeat(33), "𐐀".repeat(33), "a".repeat(1_000_000)]) {
    assertRefused(text, "too long");
  }
});

Deno.test("parseUserName() refuses a name whose folded form is too long", () => {
  assertEquals("İ".repeat(32).toLowerCase().length, 64);
  assertRefused("İ".repeat(32), "too long");
});

Deno.test("parseUserName() allows of ASCII letters, digits, hyphen, underscore and full stop only", () => {
  for (let code = 0; code < 0x80; code++) {
    const character = String.fromCharCode(code);
    if (/[A-Za-z0-9._-]/.test(character)) parseUserName(`x${character}x`);
    else assertRefused(`x${character}x`, "cannot contain");
  }
});

Deno.test("parseUserName() refuses a hyphen, full stop or combining mark first", () => {
  for (const text of ["-x", ".x", ".", "..", "-"]) assertRefused(text, "cannot start with");
  for (const text of ["\u0301x", "\u093ex"]) assertRefused(text, "combining mark");
  assertEquals(parseUserName("_x").nameKey, "_x");
});

Deno.test("parseUserName() refuses path characters, however they are written", () => {
  for (const text of ["../x", "a/b", "a\\b", "a／b", "a＼b", "．．／x", "a\0b", "~x", "a:b"]) {
    assertRefused(text, "");
  }
});

Deno.test("parseUserName() refuses controls, white space and invisible characters", () => {
  const bad =
    "\x1b \x7f \x9b \u00a0 \u00ad \u034f \u061c \u115f \u1160 \u180e \u200b \u200c \u200d \u200e \u202e";
  const more =
    " \u2028 \u2060 \u2066 \u2800 \u3000 \u3164 \ufe0f \ufeff \uffa0 \u{e0041} \u{e0100}";
  for (const character of `${bad}${more}`.split(" ").filter((part) => part !== "")) {
    assertRefused(`a${character}b`, "cannot contain U+");
  }
  assertRefused("a b", "cannot contain spaces");
});

Deno.test("parseUserName() refuses lone surrogates, noncharacters, private and unassigned code points", () => {
  for (
    const character of ["\ud800", "\udc00", "\ufffe", "\ufdd0", "\ue000", "\u0378", "\u{10ffff}"]
  ) {
    assertRefused(`a${character}b`, "cannot contain U+");
  }
});

Deno.test("parseUserName() refuses symbols and characters that only stand for others", () => {
  for (const character of ["😀", "€", "ﬁ", "²", "Ⅳ", "ℌ", "𝐚", "①", "ǅ", "ᄀ", "ـ", "·", "・"]) {
    assertRefused(`a${character}b`, "cannot contain U+");
  }
});

Deno.test("parseUserName() refuses more than four combining marks in a row", () => {
  const x = (marks: number) => "x" + "\u0323".repeat(marks);
  assertEquals(parseUserName(x(4)).name, x(4));
  assertRefused(x(5), "combining marks");
  assertRefused("ế" + "\u0323\u0324\u0325", "combining marks");
});

Deno.test("parseUserName() keeps the Bidi Rule of RFC 5893", () => {
  for (const text of ["שלום1", "ש-ל", "سلام٣", "سلام۳", "שָׁלוֹם"]) {
    assertEquals(parseUserName(text).name, text);
  }
  for (const text of ["abcשלום", "שלוםabc", "1שלום", "_שלום", "שלום-", "a٣", "٣", "שनमस्ते"]) {
    assertRefused(text, "right-to-left");
  }
  assertRefused("سلام3٣", "right-to-left");
  assertRefused("سلام٣۳", "Arabic-Indic");
});

Deno.test("parseUserName() refuses reserved names in any case and look-alike", () => {
  for (
    const text of ["all", "ALL", "a11", "аll", "Everyone", "server", "SYSTEM", "systern", "lobby"]
  ) {
    assertRefused(text, "reserved");
  }
  for (const text of ["NICKSERV", "NickServ", "ChanServ", "l0bby", "here"]) {
    assertRefused(text, "reserved");
  }
  for (const text of ["alan", "allan", "heresy", "servers"]) parseUserName(text);
});

Deno.test("the messages of refused names hold no character that a terminal might obey", () => {
  for (let code = 0; code < 0x3000; code++) {
    const character = String.fromCharCode(code);
    if (nameOrNothing(`x${character}`) !== undefined) continue;
    const error = assertThrows(() => parseUserName(`x${character}`), ChatError);
    assert(/^[\x20-\x7e]*$/.test(error.message) || /reserved/.test(error.message), error.message);
  }
});

Deno.test("look-alike names have the same skeleton", () => {
  const pairs = [
    ["paypal", "раураl"],
    ["paypal", "paypa1"],
    ["paypal", "PaypaI"],
    ["modern", "rnodern"],
    ["Oscar", "0scar"],
    ["BOB", "ВОВ"],
    ["HEKTOP", "НЕКТОР"],
    ["alpha", "аlрhа"],
    ["αβ", "аβ"],
    ["οδος", "οδοσ"],
    ["сосо", "coco"],
    ["l", "1"],
    ["ロビー", "口ビー"],
  ] as const;
  for (const [left, right] of pairs) {
    assertEquals(parseUserName(left).skeleton, parseUserName(right).skeleton, `${left} ${right}`);
  }
});

Deno.test("names that do not look alike have different skeletons", () => {
  const names = [
    "jack",
    "jill",
    "Kari",
    "Karl",
    "anna",
    "hanna",
    "Nina",
    "Vina",
    "Вера",
    "Vera",
    "Ali",
  ];
  const skeletons = names.map((name) => parseUserName(name).skeleton);
  assertEquals(new Set(skeletons).size, names.length);
});

Deno.test("parseUserName() is idempotent, and its results obey its own rules", () => {
  const character = fc.oneof(
    fc.integer({ min: 0x21, max: 0x7e }),
    fc.integer({ min: 0xa0, max: 0x2fff }),
    fc.integer({ min: 0x3000, max: 0x1ffff }),
  ).map((code) => code >= 0xd800 && code <= 0xdfff ? "x" : String.fromCodePoint(code));
  const text = fc.array(character, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(""));
  const numRuns = fuzzCount(4_000, 20_000);
  let accepted = 0;
  fc.assert(
    fc.property(text, (text) => {
      const name = nameOrNothing(text);
      if (name === undefined) return;
      accepted++;
      assertEquals(parseUserName(name.name), name);
      assertEquals(parseUserName(name.nameKey).nameKey, name.nameKey);
      assertEquals(name.name, name.name.normalize("NFC"));
      assertEquals(parseUserName(text.normalize("NFD")).nameKey, name.nameKey);
    }),
    { numRuns },
  );
  assert(accepted > numRuns / 20, `${accepted} names were accepted`);
});

Deno.test("parseUserName() throws nothing but ChatError, whatever it gets", () => {
  fc.assert(
    fc.property(anyText({ maxLength: 200 }), (text) => {
      nameOrNothing(text);
    }),
    { numRuns: fuzzCount(2_000, 10_000) },
  );
});

Deno.test("names of those who have a say are given to nobody new, nor names that look like them", () => {
  for (
    const text of [
      "ADMIN",
      "root",
      "Operator",
      "r00t",
      "ｒｏｏｔ",
      "аdmin",
      "SaslServ",
      "ADMlN",
      "adm1n",
      "NlckServ",
    ]
  ) {
    const name = parseUserName(text);
    assertThrows(() => checkNewUserName(name), ChatError, "is reserved");
    assertEquals(isKeptBack(name), true, text);
  }
  for (const text of ["jack", "rooster", "administrata", "root_", "小明"]) {
    checkNewUserName(parseUserName(text));
  }
});

Deno.test("parseRoomName() gives name, key and skeleton a number sign", () => {
  assertEquals(parseRoomName("#Lobby"), { name: "#Lobby", nameKey: "#lobby", skeleton: "#lobby" });
  assertEquals(parseRoomName("＃ロビー").name, "#ロビー");
  assertEquals(parseRoomName("#all").nameKey, "#all");
});

Deno.test("parseRoomName() refuses what has no number sign, or nothing or too much after it", () => {
  assertRefused("lobby", 'starts with "#"', parseRoomName);
  assertRefused("", 'starts with "#"', parseRoomName);
  assertRefused("#", "empty", parseRoomName);
  assertRefused("##a", 'cannot contain "#"', parseRoomName);
  assertRefused("#-a", "cannot start", parseRoomName);
  assertRefused("#" + "a".repeat(33), "too long", parseRoomName);
  assertEquals(parseRoomName("#" + "a".repeat(32)).nameKey.length, 33);
});

Deno.test("a room and a user never have the same key or skeleton", () => {
  const [room, user] = [parseRoomName("#jack"), parseUserName("jack")];
  assertNotEquals(room.nameKey, user.nameKey);
  assertNotEquals(room.skeleton, user.skeleton);
});
