/**
 * The letters of channel modes: a table over the rules, lists and roles of rooms.
 *
 * @module
 */
import { parseUserName } from "../../../../protocol/names/names.ts";
import type { RoomList, RoomRules } from "../../../../protocol/wire/room_rules.ts";
import {
  changedLaw,
  type ListEntry,
  type RoomChange,
  type RoomLaw,
  type Subject,
} from "../../../storage/room_law.ts";
import { completeMask } from "../format/mask.ts";
import { isChannelOperator, isVoiced } from "./channel.ts";
import { nickOf } from "./nick.ts";

/** A change as MODE tells it. */
export interface ModeChange {
  readonly letter: string;
  readonly on: boolean;
  readonly param: string | undefined;
}

/** A letter without a parameter: the rule that it stands for, with its values when the letter is on and off. */
type Flag = {
  [Rule in keyof RoomRules]: {
    readonly rule: Rule;
    readonly on: RoomRules[Rule];
    readonly off: RoomRules[Rule];
  };
}[keyof RoomRules];

const flags: Readonly<Record<string, Flag>> = {
  C: { rule: "questions", on: false, off: true },
  i: { rule: "invited", on: true, off: false },
  m: { rule: "speakers", on: "voiced", off: "everyone" },
  n: { rule: "outsiders", on: false, off: true },
  s: { rule: "listed", on: false, off: true },
  t: { rule: "topic", on: "moderators", off: "everyone" },
};

/** The rules that a letter without a parameter sets; undefined for any other letter. */
export function rulesOfFlag(letter: string, on: boolean): Partial<RoomRules> | undefined {
  const flag = flags[letter];
  return flag === undefined ? undefined : { [flag.rule]: on ? flag.on : flag.off };
}

/** The letters of lists. */
export type ListMode = "b" | "e" | "I";

/** What stands before a mask, or an account, that is muted only. */
const mutePrefix = "m:";
/** What stands before the name of an account (IRCv3 account-extban). */
const accountPrefix = "a:";

const lists: Readonly<Record<ListMode, { readonly usual: RoomList; readonly muting?: RoomList }>> =
  {
    b: { usual: "ban", muting: "mute" },
    e: { usual: "ban_exception", muting: "mute_exception" },
    I: { usual: "welcome" },
  };

/**
 * Reads the parameter of a list's letter.
 *
 * @throws {ChatError} `bad_name` where it names an account that nobody can have.
 */
export function entryOf(letter: ListMode, param: string): { list: RoomList; subject: Subject } {
  const { usual, muting } = lists[letter];
  const isMuting = muting !== undefined && param.startsWith(mutePrefix);
  const text = isMuting ? param.slice(mutePrefix.length) : param;
  const subject = text.startsWith(accountPrefix)
    ? { account: parseUserName(text.slice(accountPrefix.length)).nameKey }
    : { mask: completeMask(text) };
  return { list: isMuting ? muting : usual, subject };
}

/** The letter and the parameter of an entry. */
export function letterOf({ list, subject }: Pick<ListEntry, "list" | "subject">): {
  letter: ListMode;
  param: string;
} {
  const text = "account" in subject ? accountPrefix + subject.account : subject.mask;
  for (const letter of ["b", "e", "I"] as const) {
    if (lists[letter].usual === list) return { letter, param: text };
    if (lists[letter].muting === list) return { letter, param: mutePrefix + text };
  }
  throw new Error(`no letter for the list ${list}`);
}

/**
 * The modes of a channel as RPL_CHANNELMODEIS has them.
 *
 * @param inside Whether who asks is in it: the key is shown to nobody else.
 * @return The letters, and the parameters that follow.
 */
export function modesOf({ roomKey, peopleMax, ...rules }: RoomRules, inside: boolean): string[] {
  let letters = "+" + Object.entries(flags)
    .filter(([, { rule, on }]) => rules[rule as keyof typeof rules] === on)
    .map(([letter]) => letter).join("");
  const params: string[] = [];
  if (roomKey !== null) {
    letters += "k";
    params.push(inside ? roomKey : "*");
  }
  if (peopleMax !== null) {
    letters += "l";
    params.push(String(peopleMax));
  }
  return [letters, ...params];
}

/**
 * Changes of what holds in a room as MODE tells them. Those of which IRC knows nothing are left out, and so are ranks of people who are
 * not there: they are told when they come.
 *
 * @param before What held before.
 * @param isThere Whether somebody is in the room, by folded name.
 */
export function modeChanges(
  before: RoomLaw,
  changes: readonly RoomChange[],
  isThere: (nameKey: string) => boolean,
): ModeChange[] {
  const told: ModeChange[] = [];
  let law = before;
  for (const change of changes) {
    const after = changedLaw(law, [change]);
    if (change.kind !== "role" || isThere(change.nameKey)) {
      told.push(...changesOf(law, after, change));
    }
    law = after;
  }
  return told;
}

function changesOf(before: RoomLaw, after: RoomLaw, change: RoomChange): ModeChange[] {
  switch (change.kind) {
    case "role":
      return roleChanges(before, after, change);
    case "rules":
      return ruleChanges(before.rules, after.rules);
    case "entry":
      return [{ ...letterOf(change), on: change.listed }];
  }
}

/** IRC knows moderators only: an owner is one, whether or not the owner has that role, too. */
function roleChanges(
  before: RoomLaw,
  after: RoomLaw,
  person: { readonly nameKey: string; readonly name: string },
): ModeChange[] {
  const param = nickOf(person.name);
  return ([["o", isChannelOperator], ["v", isVoiced]] as const).flatMap(([letter, has]) => {
    const on = has(after, person);
    return on === has(before, person) ? [] : [{ letter, on, param }];
  });
}

function ruleChanges(before: RoomRules, after: RoomRules): ModeChange[] {
  const changed = (rule: keyof RoomRules) => before[rule] !== after[rule];
  const told = Object.entries(flags).filter(([, { rule }]) => changed(rule))
    .map(([letter, { rule, on }]): ModeChange => ({
      letter,
      on: after[rule] === on,
      param: undefined,
    }));
  const { roomKey, peopleMax } = after;
  if (changed("roomKey")) told.push({ letter: "k", on: roomKey !== null, param: roomKey ?? "*" });
  if (changed("peopleMax")) {
    const param = peopleMax === null ? undefined : String(peopleMax);
    told.push({ letter: "l", on: peopleMax !== null, param });
  }
  return told;
}

/** What was changed, as it is told. */
export function changeText(changes: readonly ModeChange[]): string {
  let letters = "";
  let sign = "";
  for (const { letter, on } of changes) {
    const wanted = on ? "+" : "-";
    if (wanted !== sign) letters += sign = wanted;
    letters += letter;
  }
  const params = changes.flatMap(({ param }) => param === undefined ? [] : [param]);
  return [letters, ...params].join(" ");
}
