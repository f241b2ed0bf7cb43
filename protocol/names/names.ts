/**
 * Which user and room names exist, and which of them are the same or look the same.
 *
 * Names are folded after PRECIS, profile UsernameCaseMapped (RFC 8265, section 3.3), and are a little narrower than it
 * allows: no ASCII beside letters, digits, `-`, `_` and `.`; none of the characters that depend on their neighbours
 * (joiners, middle dots, geresh: RFC 5892, appendix A), except that Arabic-Indic digits follow its rules; no heaps of
 * combining marks.
 *
 * @module
 */
import { skeletonOf } from "./confusables.ts";
import { ChatError } from "../wire/errors.ts";
import { nameCharactersMax, nameMarksMax } from "../wire/limits.ts";
import { isNameCharacter } from "./name_characters.ts";
import { keepsBidiRule } from "./name_direction.ts";

/** A name that may be used. */
export interface Name {
  /** As shown: NFC, width-mapped, its letter case kept; a room's starts with `#`. */
  readonly name: string;
  /** Folded: names with the same `nameKey` are one name. */
  readonly nameKey: string;
  /** What the name looks like (UTS #39): names with the same skeleton may not both exist. For comparison only. */
  readonly skeleton: string;
}

/** How a name may be written: for error messages. */
const rule = `1 to ${nameCharactersMax} characters: letters, digits, "-", "_" and ".", ` +
  `but neither "-" nor "." first`;

/** Code units that a name may take before it is normalized: three combining marks for each letter. */
const unitsMax = nameCharactersMax * 4;

/**
 * User names that nobody may have, nor one that looks like them: `@all` and its kind read as a call to everyone,
 * `server` and `system` as the voice of the program, `lobby` as the room, and to the last two IRC clients send passwords.
 */
const reservedWords = [
  "all",
  "everyone",
  "here",
  "server",
  "system",
  "lobby",
  "nickserv",
  "chanserv",
];
const reserved: ReadonlySet<string> = new Set(reservedWords.map(skeletonOf));

/**
 * User names that nobody new may have, nor one that looks like them: they read as somebody with a say here, or as services
 * of IRC that people send passwords to. Accounts that have one from before keep it, so this is not asked of every name.
 */
const keptBack: ReadonlySet<string> = new Set(
  [
    ...["admin", "administrator", "root", "superuser", "sysadmin", "sysop", "operator", "oper"],
    ...[
      "moderator",
      "owner",
      "staff",
      "support",
      "helpdesk",
      "security",
      "postmaster",
      "webmaster",
    ],
    ...["memoserv", "operserv", "botserv", "hostserv", "saslserv"],
    // Accounts of before may look like these, too: see lookOf().
    ...reservedWords,
  ].map((word) => lookOf(skeletonOf(word))),
);

const plainName = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
const leadingMark = /^\p{M}/u;
const markHeap = new RegExp(`\\p{M}{${nameMarksMax + 1}}`, "u");
const arabicDigit = /[\u0660-\u0669]/;
const extendedArabicDigit = /[\u06f0-\u06f9]/;

/**
 * Reads a user's name.
 *
 * @param text What a person or a peer wrote.
 * @return The name; reading its `name` again gives the same, and so does the key of its `nameKey`.
 * @throws ChatError `bad_name`, if no user can have that name, with a sentence that says why.
 */
export function parseUserName(text: string): Name {
  const name = parse(text, "A user name");
  if (reserved.has(name.skeleton) || reserved.has(skeletonOf(name.nameKey))) {
    throw badName(
      `The name "${name.name}" is reserved, or looks like a reserved one. Choose another.`,
    );
  }
  return name;
}

/**
 * Checks a name that is to be given to somebody new: to an account that is made, or to a guest.
 *
 * @param name A user's name, as {@linkcode parseUserName} gave it.
 * @throws ChatError `bad_name`, if it is kept back, or looks like one that is, with a sentence that says so.
 */
export function checkNewUserName(name: Name): void {
  if (!isKeptBack(name)) return;
  throw badName(
    `The name "${name.name}" is reserved, or looks like a reserved one. Choose another.`,
  );
}

/** Whether a user's name is given to nobody new. */
export function isKeptBack({ nameKey, skeleton }: Name): boolean {
  return keptBack.has(lookOf(skeleton)) || keptBack.has(lookOf(skeletonOf(nameKey)));
}

/** A capital I looks like a small l, and is a small i in another letter case: "ADMlN" is to be no other name than "admin". */
function lookOf(skeleton: string): string {
  return skeleton.replaceAll("i", "l");
}

/**
 * Reads a room's name.
 *
 * @param text What a person or a peer wrote, with the `#` in front.
 * @return The name; name, key and skeleton all start with `#`, so that they never equal a user's.
 * @throws ChatError `bad_name`, if no room can have that name, with a sentence that says why.
 */
export function parseRoomName(text: string): Name {
  // U+FF03 is what Japanese and Chinese keyboards write.
  if (!text.startsWith("#") && !text.startsWith("\uff03")) {
    throw badName(`A room name starts with "#", and after it has ${rule}.`);
  }
  const { name, nameKey, skeleton } = parse(text.slice(1), 'After its "#", a room name');
  return { name: `#${name}`, nameKey: `#${nameKey}`, skeleton: `#${skeleton}` };
}

function parse(text: string, subject: string): Name {
  if (text.length > unitsMax) throw badName(`${subject} has ${rule}. This one is too long.`);
  const name = mapWidth(text).normalize("NFC");
  check(name, subject);
  const nameKey = fold(name);
  // Folding may lengthen a name or change its characters: what is not a name afterwards is none.
  if (nameKey !== name) check(nameKey, subject);
  if (fold(nameKey) !== nameKey) {
    throw badName(`${subject} has ${rule}. This one cannot be folded.`);
  }
  return { name, nameKey, skeleton: skeletonOf(name) };
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

function badName(message: string): ChatError {
  return new ChatError("bad_name", message);
}
