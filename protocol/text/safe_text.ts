/**
 * Makes any text from a peer harmless to a terminal: names, topics, messages, errors, banners, decrypted text.
 *
 * @module
 */
import { combiningMarksShownMax } from "../wire/limits.ts";

const plain = /^[\x20-\x7e]*$/;
const lineBreak = /\r\n|[\n\u2028\u2029]/g;
const tabSpaces = " ".repeat(4);
const replacement = "\ufffd";

/** Scripts whose letters change shape beside U+200C and U+200D (RFC 5892, appendix A.1, and the Indic scripts). */
const joiningScripts = [
  ..."Adlm Arab Beng Deva Gujr Guru Knda Khmr Laoo Limb Mand Mlym Mong Mymr Nkoo Orya".split(" "),
  ..."Phag Rohg Sinh Syrc Taml Telu Thai Tibt".split(" "),
].map((script) => `\\p{scx=${script}}`).join("");

/** Invisible characters that do their honest work where they stand: each right after what it belongs to. */
const useful = [
  `(?<=(?=[\\p{L}\\p{M}])[${joiningScripts}])[\\u200c\\u200d]`,
  // Emoji made of several, such as families and flags with a sign on them. (Code points kept for emoji to come are replaced.)
  "(?<=(?!\\p{Cn})\\p{ExtPict}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]?)\\u200d(?=(?!\\p{Cn})\\p{ExtPict})",
  // Variants of a character: its look as emoji or text, its form in Han or Mongolian.
  "(?<=[\\p{L}\\p{N}\\p{S}\\p{P}])[\\ufe00-\\ufe0f]",
  "(?<=\\p{sc=Han})[\\u{e0100}-\\u{e01ef}]",
  "(?<=(?=\\p{L})\\p{scx=Mong})[\\u180b-\\u180d\\u180f]",
  // Word boundaries of scripts that write no spaces.
  "(?<=[\\p{scx=Khmr}\\p{scx=Laoo}\\p{scx=Mymr}\\p{scx=Thai}])\\u200b",
].join("|");

/** Kept in texts with right-to-left letters, one at a time. */
const directionMark = "(?<![\\u200e\\u200f\\u061c])[\\u200e\\u200f\\u061c]";
const rightToLeftLetter =
  /(?=\p{L})[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** C0 but line feed, and DEL: each gets its picture. */
const control = "[\\x00-\\x09\\x0b-\\x1f\\x7f]";

/**
 * C1, unassigned code points and noncharacters, private use, lone surrogates, whatever is invisible (joiners, tags),
 * overrides, isolates and marks of direction, interlinear annotation, Egyptian layout controls. Unassigned and
 * private ones go too, since nobody knows how wide they are.
 */
const hidden = "[\\x80-\\x9f\\p{Cn}\\p{Co}\\p{Cs}\\p{Default_Ignorable_Code_Point}" +
  "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufff9-\\ufffb\\u{13430}-\\u{1343f}]+";
const special = new RegExp(
  `(?<useful>${useful})|(?<direction>${directionMark})|(?<control>${control})|${hidden}`,
  "gu",
);

/** Marks on one letter, with the invisible characters that may stand between them. */
const markHeap = new RegExp(
  `([\\p{M}\\u061c\\u200b-\\u200f]{${combiningMarksShownMax}})[\\p{M}\\u061c\\u200b-\\u200f]+`,
  "gu",
);
/** A mark with nothing to stand on would change what we print before it. */
const baselessMark = /^(?=\p{M})/gmu;
const dottedCircle = "\u25cc";

/**
 * Makes a text harmless to a terminal, and leaves honest text in any script as it is.
 *
 * What a terminal might obey, what cannot be seen and what reorders its surroundings is replaced visibly: control
 * characters by their pictures (`␛`), the rest by U+FFFD, one for each stretch. Tabs become four spaces. Joiners,
 * variation selectors and marks of direction stay where a script or an emoji needs them. Of a row of combining marks
 * `combiningMarksShownMax` stay. Making a safe text safe again changes nothing.
 *
 * @param text Any text: of any length, also with lone surrogates.
 * @param options `lines`: `"mark"` (the default) shows each line break as ` ⏎ `, so that the text is one line;
 * `"keep"` makes each a line feed, the one control character that can then be in the result.
 * @return The text to print.
 */
export function safeText(text: string, options: { lines?: "keep" | "mark" } = {}): string {
  if (plain.test(text)) return text;
  const lineEnd = options.lines === "keep" ? "\n" : " ⏎ ";
  const rightToLeft = rightToLeftLetter.test(text);
  return text
    .replace(lineBreak, lineEnd)
    .replace(special, (...match) => replace(match, rightToLeft))
    .replace(markHeap, `$1${replacement}`)
    .replace(baselessMark, dottedCircle);
}

interface Groups {
  readonly useful?: string;
  readonly direction?: string;
  readonly control?: string;
}

/** The arguments of a replacer: the match first, the named groups last. */
function replace(match: readonly unknown[], rightToLeft: boolean): string {
  const { useful, direction, control } = match.at(-1) as Groups;
  if (useful !== undefined) return useful;
  if (direction !== undefined && rightToLeft) return direction;
  return control === undefined ? replacement : pictureOf(control);
}

/** U+2400 and after hold a picture of each control character. */
function pictureOf(control: string): string {
  if (control === "\t") return tabSpaces;
  return control === "\x7f" ? "␡" : String.fromCharCode(0x2400 + control.charCodeAt(0));
}
