/**
 * Texts that hostile peers might send, made from a seed.
 *
 * @module
 */

/** Pieces of which hostile texts are made. */
const pieces: readonly string[] = [
  "\x1b[31m",
  "\x1b[2J",
  "\x1b[H",
  "\x1b[?1049h",
  "\x1b[999;999H",
  "\x1b[6n",
  "\x1b[",
  "\x1b",
  "\x9b31m",
  "\x9b2J",
  "\x9d0;title\x9c",
  "\x90q\x9c",
  "\u009b",
  "\x1b]0;title\x07",
  "\x1b]0;never ended",
  "\x1b]8;;https://evil.example/\x1b\\text\x1b]8;;\x1b\\",
  "\x1b]52;c;aGVsbG8=\x07",
  "\x1bP+q544e\x1b\\",
  "\x1b_Gf=100;AAAA\x1b\\",
  "\x1b^private\x1b\\",
  "\x1bc",
  "\x1b(0",
  "\x0e",
  "\x0f",
  "\x07",
  "\x08\x08\x08",
  "\r",
  "\n",
  "\r\n",
  "\t",
  "\v\f",
  "\x00",
  "\x7f",
  "\x85",
  "\u2028",
  "\u2029",
  "\u202e",
  "\u202d",
  "\u202a",
  "\u202c",
  "\u2066",
  "\u2067",
  "\u2069",
  "\u200b",
  "\u200d",
  "\u200c",
  "\u200e",
  "\u200f",
  "\u061c",
  "\u2060",
  "\ufeff",
  "\u00ad",
  "\u034f",
  "\u180e",
  "\ufe0f",
  "\u{e0041}\u{e0042}\u{e007f}",
  "\u{1f3fd}",
  "\ud800",
  "\udc00",
  "\uffff",
  "\ue000",
  "\u0300",
  "\u0300".repeat(40),
  "\u0489".repeat(1_000),
  "\u0e47",
  "\u20dd",
  "👩‍👩‍👧‍👦",
  "🇩🇪",
  "🇩",
  "☀️",
  "👍🏽",
  "你好世界",
  "ｆｕｌｌ",
  "한국어",
  "\u1112\u1161\u11ab",
  "שלום",
  "مرحبا",
  "क्षि",
  "क्ष".repeat(30),
  "ﷺ",
  "𒐫",
  "e\u0301",
  "https://example.org/a?b=c#d",
  "https://example.org/" + "long/".repeat(30),
  "https://example.org/\x1b\\\u202e",
  "http://[",
  "jack",
  "jack's",
  "word ",
  "   ",
  "w".repeat(100),
  "/quit",
  "a",
  "Z",
  ". ",
];

/** A generator of numbers from 0 up to 1 (mulberry32): the same seed gives the same numbers. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A text of up to seven pieces and random characters. */
export function hostileText(random: () => number): string {
  const count = Math.floor(random() * 8);
  return Array.from({ length: count }, () => {
    if (random() < 0.85) return pieces[Math.floor(random() * pieces.length)]!;
    return String.fromCodePoint(Math.floor(random() * (random() < 0.5 ? 0x300 : 0x110000)));
  }).join("");
}
