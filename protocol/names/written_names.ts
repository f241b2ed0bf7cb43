/**
 * Which user and room names exist, and which of them are the same.
 *
 * Names are folded after PRECIS, profile UsernameCaseMapped (RFC 8265, section 3.3), and are a little narrower than it
 * allows: no ASCII beside letters, digits, `-`, `_` and `.`; none of the characters that depend on their neighbours
 * (joiners, middle dots, geresh: RFC 5892, appendix A), except that Arabic-Indic digits follow its rules; no heaps of
 * combining marks. Which names look the same is for the server to say (names.ts): that takes a large table.
 *
 * @module
 */
import { ChatError } from "../wire/errors.ts";
import { nameCharactersMax, nameMarksMax } from "../wire/limits.ts";
import { isNameCharacter } from "./name_characters.ts";
import { keepsBidiRule } from "./name_direction.ts";

/** A name as it is written and as it is compared. */
export interface WrittenName {
  /** As shown: NFC, width-mapped, its letter case kept; a room's starts with `#`. */
  readonly name: string;
  /** Folded: names with the same `nameKey` are one name. */
  readonly nameKey: string;
}

/** How a name may be written: for error messages. */
const rule = `1 to ${nameCharactersMax} characters: letters, digits, "-", "_" and ".", ` +
  `but neither "-" nor "." first`;

/** Code units that a name may take before it is normalized: three combining marks for each letter. */
const unitsMax = nameCharactersMax * 4;

const plainName = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
const leadingMark = /^\p{M}/u;
const markHeap = new RegExp(`\\p{M}{${nameMarksMax + 1}}`, "u");
const arabicDigit = /[\u0660-\u0669]/;
const extendedArabicDigit = /[\u06f0-\u06f9]/;

/**
 * Reads a user's name. Some that it takes are reserved: see `parseUserName` of names.ts.
 *
 * @param text What a person or a peer wrote.
 * @return The name; reading its `name` again gives the same, and so does the key of its `nameKey`.
 * @throws ChatError `bad_name`, if no user can have that name, with a sentence that says why.
 */
export function readUserName(text: string): WrittenName {
  return parse(text, "A user name");
}

/**
 * Reads a room's name.
 *
 * @param text What a person or a peer wrote, with the `#` in front.
 * @return The name; name and key start with `#`, so that they never equal a user's.
 * @throws ChatError `bad_name`, if no room can have that name, with a sentence that says why.
 */
export function readRoomName(text: string): WrittenName {
  // U+FF03 is what Japanese and Chinese keyboards write.
  if (!text.startsWith("#") && !text.startsWith("\uff03")) {
    throw badName(`A room name starts with "#", and after it has ${rule}.`);
  }
  const { name, nameKey } = parse(text.slice(1), 'After its "#", a room name');
  return { name: `#${name}`, nameKey: `#${nameKey}` };
}

function parse(text: string, subject: string): WrittenName {
  if (text.length > unitsMax) throw badName(`${subject} has ${rule}. This one is too long.`);
  const name = mapWidth(text).normalize("NFC");
  check(name, subject);
  const nameKey = fold(name);
  // Folding may lengthen a name or change its characters: what is not a name afterwards is none.
  if (nameKey !== name) check(nameKey, subject);
  if (fold(nameKey) !== nameKey) {
    throw badName(`${subject} has ${rule}. This one cannot be folded.`);
  }
  return { name, nameKey };
}

/** The width mapping rule (RFC 8265, section 3.3.2): full-width and half-width characters become ordinary ones. */
function mapWidth(text: string): string {
  return text.replace(/[\uff01-\uffee]/g, (character) => character.normalize("NFKC"));
}

/** The case mapping and normalization rules (RFC 8265, section 3.3.3). */
function fold(name: string): string {
  return name.toLowerCase().normalize("NFC");
}

function check(name: string, subject: string): void {
  const length = [...name].length;
  if (length === 0) throw badName(`${subject} has ${rule}. This one is empty.`);
  if (length > nameCharactersMax) throw badName(`${subject} has ${rule}. This one is too long.`);
  if (plainName.test(name)) return;
  for (const character of name) {
    if (!isNameCharacter(character)) {
      throw badName(`${subject} cannot contain ${describe(character)}. It has ${rule}.`);
    }
  }
  const fault = faultOf(name);
  if (fault !== undefined) throw badName(`${subject} ${fault}. It has ${rule}.`);
}

/** What is wrong with the order of characters that are allowed one by one. */
function faultOf(name: string): string | undefined {
  if (/^[-.]/.test(name)) return `cannot start with "${name[0]}"`;
  if (leadingMark.test(name)) return "cannot start with a combining mark";
  if (markHeap.test(name.normalize("NFD"))) {
    return `cannot have more than ${nameMarksMax} combining marks in a row`;
  }
  // RFC 5892, appendices A.8 and A.9.
  if (arabicDigit.test(name) && extendedArabicDigit.test(name)) {
    return "cannot mix Arabic-Indic digits with extended ones";
  }
  if (!keepsBidiRule(name)) return "cannot mix right-to-left letters with others (RFC 5893)";
  return undefined;
}

/** Names a character without showing what a terminal might obey. */
function describe(character: string): string {
  if (character === " ") return "spaces";
  if (character > " " && character < "\u007f") return `"${character}"`;
  return "U+" + (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

/** The error for a name that cannot be. @param message Why, in a sentence. */
export function badName(message: string): ChatError {
  return new ChatError("bad_name", message);
}
