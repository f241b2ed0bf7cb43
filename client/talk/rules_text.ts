/**
 * The rules of a room in words: as they are shown, as they are typed, and as a change of them is told.
 *
 * @module
 */
import type { EventOf } from "../../protocol/wire/events.ts";
import type { ReplyOf } from "../../protocol/wire/requests.ts";
import type { Role, RoomList, RoomRules, SomeRules } from "../../protocol/wire/room_rules.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import { numberText } from "../../protocol/text/number_text.ts";
import type { Spelling } from "./remark_text.ts";

/** A rule, as people set it. */
interface Rule {
  /** What may be typed, for help. */
  readonly values: string;
  /** The value as it is typed. */
  readonly word: (rules: RoomRules) => string;
  /** What it means: the second half of a sentence. Null where the rules do not say. */
  readonly meaning: (rules: SomeRules) => string | null;
  /** What was typed; null where it is no value. */
  readonly read: (word: string) => SomeRules | null;
}

function choice<Name extends keyof RoomRules>(
  name: Name,
  choices: Readonly<Record<string, readonly [value: RoomRules[Name], meaning: string]>>,
): Rule {
  const found = (value: unknown) => Object.entries(choices).find(([, [one]]) => one === value);
  return {
    values: Object.keys(choices).join("|"),
    word: (rules) => found(rules[name])?.[0] ?? "",
    meaning: (rules) => found(rules[name])?.[1][1] ?? null,
    read: (word) => Object.hasOwn(choices, word) ? { [name]: choices[word]![0] } : null,
  };
}

/** The word that takes a value away. */
const none = "-";

const table: Readonly<Record<string, Rule>> = {
  entry: choice("invited", {
    open: [false, "anyone can enter"],
    invited: [true, "only people who are invited can enter"],
  }),
  key: {
    values: `KEY|${none}`,
    word: ({ roomKey }) => roomKey ?? none,
    meaning: ({ roomKey }) => {
      if (roomKey === undefined) return null;
      return roomKey === null ? "no key is needed to enter" : `the key to enter is "${roomKey}"`;
    },
    read: (word) => ({ roomKey: word === none ? null : word }),
  },
  limit: {
    values: `NUMBER|${none}`,
    word: ({ peopleMax }) => peopleMax === null ? none : String(peopleMax),
    meaning: ({ peopleMax }) => {
      if (peopleMax === undefined) return null;
      return peopleMax === null
        ? "any number of people can be there"
        : `at most ${numberText(peopleMax)} people can be there at once`;
    },
    read: (word) => {
      if (word === none) return { peopleMax: null };
      return /^[1-9]\d{0,8}$/.test(word) ? { peopleMax: Number(word) } : null;
    },
  },
  speak: choice("speakers", {
    everyone: ["everyone", "everyone in it can speak"],
    voiced: ["voiced", "only moderators and people with a voice can speak"],
  }),
  topic: choice("topic", {
    everyone: ["everyone", "everyone in it can set the topic"],
    moderators: ["moderators", "only moderators can set the topic"],
  }),
  listed: choice("listed", {
    yes: [true, "everyone sees it in the list of rooms"],
    no: [false, "only its members see it in the list of rooms"],
  }),
  outside: choice("outsiders", {
    yes: [true, "people outside can post to it"],
    no: [false, "only people in it can post to it"],
  }),
  questions: choice("questions", {
    yes: [true, "IRC programs can ask one another questions"],
    no: [false, "IRC programs cannot ask one another questions"],
  }),
};

/** The rules by the words that are typed. */
export const ruleNames: readonly string[] = Object.keys(table);

/** Every rule with what may be typed behind it, for example `entry open|invited`. */
export const ruleUsages: readonly string[] = ruleNames.map((name) => ruleUsage(name)!);

/** A rule with what may be typed behind it; undefined where there is none of that name. */
export function ruleUsage(name: string): string | undefined {
  return Object.hasOwn(table, name) ? `${name} ${table[name]!.values}` : undefined;
}

/**
 * What may be typed next where a rule is set.
 *
 * @param typed The words before it; a room may be the first.
 * @return Null where it may be anything.
 */
export function wordsOfRules(typed: readonly string[]): readonly string[] | null {
  const [name, ...others] = typed[0]?.startsWith("#") ? typed.slice(1) : typed;
  if (name === undefined) return ruleNames;
  const values = others.length === 0 && Object.hasOwn(table, name) ? table[name]!.values : "";
  const words = values.split("|").filter((value) => /^[a-z]+$/.test(value));
  return words.length === 0 ? null : words;
}

/**
 * A rule that was typed.
 *
 * @param name Which one.
 * @param value What it is to be.
 * @return Null where there is no such rule, or it cannot be that.
 */
export function readRule(name: string, value: string): SomeRules | null {
  return Object.hasOwn(table, name) && value !== "" ? table[name]!.read(value) : null;
}

const roleNames: Readonly<Record<Role, string>> = {
  owner: "Owners",
  moderator: "Moderators",
  voiced: "With a voice",
};
const listNames: Readonly<Record<RoomList, string>> = {
  ban: "Banned",
  mute: "Silenced",
  ban_exception: "Never banned",
  mute_exception: "Never silenced",
  welcome: "Welcome without an invitation",
};
const listChanges: Readonly<Record<RoomList, string>> = {
  ban: "banned from",
  mute: "silenced in",
  ban_exception: "excepted from bans in",
  mute_exception: "excepted from silences in",
  welcome: "welcome without an invitation in",
};

/**
 * What holds in a room, in lines that are safe for a terminal: each rule as it is typed and what it means, who has a role, and
 * who is on a list.
 *
 * @param law What the server said.
 */
export function rulesLines({ rules, roles, entries }: ReplyOf<"rules">): string[] {
  const lines = Object.entries(table).map(([name, rule]) =>
    `${name} ${rule.word(rules)}: ${rule.meaning(rules)}.`
  );
  for (const role of Object.keys(roleNames) as Role[]) {
    const names = roles.filter((holder) => holder.roles.includes(role)).map(({ name }) => name);
    if (names.length > 0) lines.push(`${roleNames[role]}: ${names.join(", ")}.`);
  }
  for (const list of Object.keys(listNames) as RoomList[]) {
    const listed = entries.filter((entry) => entry.list === list).map(subjectOf);
    if (listed.length > 0) lines.push(`${listNames[list]}: ${listed.join(", ")}.`);
  }
  return lines.map((line) => safeText(line));
}

/**
 * What somebody has changed in a room, in sentences that are safe for a terminal.
 *
 * @param event What the server told.
 * @param ownName The reader's name.
 */
export function ruledLines({ room, by, roles, rules, entries }: EventOf<"ruled">, ownName: string) {
  const lines = roles.map(({ name, role, held }) =>
    roleText({ room, role, held }, name === ownName ? null : name)
  );
  lines.push(...changedRules(room, rules));
  for (const entry of entries) lines.push(entryText({ ...entry, room }));
  const who = by === ownName ? "you, elsewhere" : by;
  return lines.map((line) => safeText(`${line} (set by ${who}).`));
}

/**
 * Whether this very session has made a change, so that its command has told of it. Older servers say only whose account has: they do
 * not tell what one does elsewhere.
 */
export function isRuledHere({ own, by }: EventOf<"ruled">, ownName: string): boolean {
  return own ?? by === ownName;
}

/** What rules mean in a room, each as a sentence without its full stop, not safe for a terminal. */
export function changedRules(room: string, rules: SomeRules): string[] {
  const meanings = Object.values(table).map((rule) => rule.meaning(rules));
  return meanings.filter((meaning) => meaning !== null).map((meaning) => `${room}: ${meaning}`);
}

/**
 * What somebody is from now on.
 *
 * @param change Where, and what.
 * @param name Who; null for the reader.
 * @return A sentence without its full stop, not safe for a terminal.
 */
export function roleText(
  { room, role, held }: { readonly room: string; readonly role: Role; readonly held: boolean },
  name: string | null,
): string {
  const now = held ? "now" : "no longer";
  if (role === "voiced") {
    return `${name ?? "You"} ${now} ${name === null ? "have" : "has"} a voice in ${room}`;
  }
  const what = role === "owner" ? "an owner" : "a moderator";
  return `${name ?? "You"} ${name === null ? "are" : "is"} ${now} ${what} of ${room}`;
}

/** A change of a list, in the same form. */
export function entryText(
  { room, list, listed, ...subject }: EventOf<"ruled">["entries"][number] & {
    readonly room: string;
  },
): string {
  return `${subjectOf(subject)} is ${listed ? "" : "no longer "}${listChanges[list]} ${room}`;
}

function subjectOf(
  { name, mask }: { readonly name?: string | undefined; readonly mask?: string | undefined },
): string {
  return name ?? mask ?? "";
}

/** An invitation as a sentence without its full stop, safe for a terminal. */
export function invitationText({ room, by }: EventOf<"invited">, spell: Spelling): string {
  return safeText(`${by} invites you to ${room}: ${spell("join", room)} enters it`);
}

/**
 * That somebody has taken this account out of a room, safe for a terminal and without its full stop; null where nobody has.
 *
 * @param event What the server told.
 */
export function removedText({ room, by, reason }: EventOf<"left">): string | null {
  if (by === undefined) return null;
  return safeText(
    `${by} has removed you from ${room}${reason === undefined ? "" : ` (${reason})`}`,
  );
}
