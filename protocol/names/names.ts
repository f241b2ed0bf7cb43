/**
 * Which user and room names may be used: those that exist (written_names.ts), without reserved ones, and what they look like.
 *
 * @module
 */
import { skeletonOf } from "./confusables.ts";
import { badName, readRoomName, readUserName, type WrittenName } from "./written_names.ts";

/** A name that may be used. */
export interface Name extends WrittenName {
  /** What the name looks like (UTS #39): names with the same skeleton may not both exist. For comparison only. */
  readonly skeleton: string;
}

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

/**
 * Reads a user's name.
 *
 * @param text What a person or a peer wrote.
 * @return The name; reading its `name` again gives the same, and so does the key of its `nameKey`.
 * @throws ChatError `bad_name`, if no user can have that name, with a sentence that says why.
 */
export function parseUserName(text: string): Name {
  const written = readUserName(text);
  const name = { ...written, skeleton: skeletonOf(written.name) };
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
  const written = readRoomName(text);
  return { ...written, skeleton: `#${skeletonOf(written.name.slice(1))}` };
}
