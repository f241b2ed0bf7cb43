/**
 * MODE: of channels and of oneself.
 *
 * @module
 */
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { maskBytesMax, roomKeyBytesMax } from "../../../../protocol/wire/limits.ts";
import type { RoomRules } from "../../../../protocol/wire/room_rules.ts";
import { mayRule } from "../../../storage/policy.ts";
import { RefusedError } from "../../../heart/refused.ts";
import { actorOf } from "../../../heart/asking.ts";
import type { WantedChange } from "../../../heart/ruling.ts";
import type { Room } from "../../../heart/session.ts";
import { holderOf } from "../../../storage/room_law.ts";
import { registered, type RegisteredContext, type Rows } from "./command.ts";
import { shown } from "../sign_in/registering.ts";
import { channelModeLetters, userModeLetters } from "../format/isupport.ts";
import {
  changeText,
  entryOf,
  letterOf,
  type ListMode,
  type ModeChange,
  modesOf,
  rulesOfFlag,
} from "../network/mode_letters.ts";
import { isChannelOperator } from "../network/channel.ts";
import { nickKey } from "../network/nick.ts";
import { describe } from "../network/profiles.ts";
import type { NumericName } from "../format/numerics.ts";
import { byteLength } from "../format/text.ts";
import { findRoom, isHidden, refuseInRoom } from "./channels.ts";

/** Modes that one command may change. */
const changesMax = 20;

const { lists, key: keyLetter, limit: limitLetter, ranks } = channelModeLetters;

/** Whether a mode takes a parameter. A list without one is asked for. */
function takesParam(letter: string, on: boolean): boolean {
  return (lists + keyLetter + ranks).includes(letter) || (letter === limitLetter && on);
}

function readChanges(words: readonly string[]): ModeChange[] {
  const params = [...words.slice(1)];
  const changes: ModeChange[] = [];
  let on = true;
  for (const letter of words[0] ?? "") {
    if (letter === "+" || letter === "-") on = letter === "+";
    else if (changes.length < changesMax) {
      changes.push({ letter, on, param: takesParam(letter, on) ? params.shift() : undefined });
    }
  }
  return changes;
}

async function channelMode(context: RegisteredContext): Promise<void> {
  const { network, client, session, params } = context;
  const room = findRoom(context, params[0]!);
  if (room === null) return;
  if (params.length === 1) return sendChannelModes(context, room);
  const changes = readChanges(params.slice(1));
  const isQuestion = ({ letter, param }: ModeChange) =>
    lists.includes(letter) && param === undefined;
  for (const { letter } of changes.filter(isQuestion)) sendList(context, room, letter as ListMode);
  const asked = changes.filter((change) => !isQuestion(change));
  if (asked.length === 0) return;
  const refusal = mayRule(actorOf(session, room), room);
  if (refusal !== null && !asked.every((change) => givesUpOwn(context, change))) {
    return refuseInRoom(client, room, refusal);
  }
  const wanted = asked.flatMap((change) => wantedOf(context, room, change));
  try {
    // Those who are told are told by the heart's event, this client too.
    await network.chat.ruling.change(session, room.name, wanted);
  } catch (error) {
    if (error instanceof RefusedError) return refuseInRoom(client, room, error);
    if (!(error instanceof ChatError) || error.code !== "too_many") throw error;
    const entry = wanted.find((change) => change.kind === "entry");
    const param = entry === undefined ? "*" : letterOf(entry).param;
    client.numeric("ERR_BANLISTFULL", [room.name, param], error.message);
  }
}

/** Anyone may lay down what they are. */
function givesUpOwn({ person }: RegisteredContext, { letter, on, param }: ModeChange): boolean {
  return !on && ranks.includes(letter) && nickKey(param ?? "") === person.nickKey;
}

function sendChannelModes(context: RegisteredContext, room: Room): void {
  const { network, client, session } = context;
  if (isHidden(context, room)) return client.numeric("ERR_NOTONCHANNEL", [room.name]);
  const modes = modesOf(room.law.rules, session.rooms.has(room));
  client.numeric("RPL_CHANNELMODEIS", [room.name, ...modes], null);
  const seconds = String(Math.floor(network.channel(room).createdMs / 1000));
  client.numeric("RPL_CREATIONTIME", [room.name, seconds], null);
}

const listNumerics: Readonly<Record<ListMode, readonly [NumericName, NumericName]>> = {
  b: ["RPL_BANLIST", "RPL_ENDOFBANLIST"],
  e: ["RPL_EXCEPTLIST", "RPL_ENDOFEXCEPTLIST"],
  I: ["RPL_INVEXLIST", "RPL_ENDOFINVEXLIST"],
};

/** Lists are shown to people in the room, whatever their client; those of exceptions to who rules it. */
function sendList(context: RegisteredContext, room: Room, letter: ListMode): void {
  const { network, client, session } = context;
  const actor = actorOf(session, room);
  if (!actor.inside && !actor.rulesServer) return client.numeric("ERR_NOTONCHANNEL", [room.name]);
  const refusal = letter === "b" ? null : mayRule(actor, room);
  if (refusal !== null) return refuseInRoom(client, room, refusal);
  const [numeric, end] = listNumerics[letter];
  for (const entry of room.law.entries) {
    const shownAs = letterOf(entry);
    if (shownAs.letter !== letter) continue;
    const by = network.sourceOf(entry.by);
    const seconds = String(Math.floor(entry.timeMs / 1000));
    client.numeric(numeric, [room.name, shownAs.param, by, seconds], null);
  }
  client.numeric(end, [room.name]);
}

/** What a change means to the heart; answers and gives nothing where there is nothing to do or it cannot be. */
function wantedOf(context: RegisteredContext, room: Room, change: ModeChange): WantedChange[] {
  const { letter, on } = change;
  const rules = rulesOfFlag(letter, on);
  if (rules !== undefined) return [{ kind: "rules", rules }];
  if (lists.includes(letter)) return wantedEntry(context, room, change);
  if (ranks.includes(letter)) return wantedRoles(context, room, change);
  if (letter === keyLetter) return wantedKey(context, room, change);
  if (letter === limitLetter) return wantedLimit(context, room, change);
  context.client.numeric("ERR_UNKNOWNMODE", [letter === ":" ? "*" : letter]);
  return [];
}

function wantedEntry(
  { client }: RegisteredContext,
  room: Room,
  { letter, on, param }: ModeChange,
): WantedChange[] {
  const refuse = (text: string) => invalid(client, room, letter, "*", text);
  try {
    const { list, subject } = entryOf(letter as ListMode, param!);
    const text = "account" in subject ? subject.account : subject.mask;
    if (byteLength(text) > maskBytesMax) return refuse("Too long");
    if (/^:|[\s\p{C}]/u.test(text)) {
      return refuse("A mask cannot contain spaces or control characters, or begin with a colon");
    }
    return [{ kind: "entry", list, subject, listed: on }];
  } catch (error) {
    if (error instanceof ChatError) return refuse(error.message);
    throw error;
  }
}

function invalid(
  client: RegisteredContext["client"],
  room: Room,
  letter: string,
  param: string,
  text: string,
): WantedChange[] {
  client.numeric("ERR_INVALIDMODEPARAM", [room.name, letter, shown(param)], text);
  return [];
}

function wantedRoles(
  { network, client }: RegisteredContext,
  room: Room,
  { letter, on, param }: ModeChange,
): WantedChange[] {
  if (param === undefined) return [];
  const target = network.nicks.get(nickKey(param) ?? "");
  const user = target === undefined ? undefined : network.chat.presence.user(target.nameKey);
  if (target === undefined || user === undefined) {
    client.numeric("ERR_NOSUCHNICK", [shown(param)]);
    return [];
  }
  if (!network.isIn(target, room)) {
    client.numeric("ERR_USERNOTINCHANNEL", [target.nick, room.name]);
    return [];
  }
  if (letter === "v") return [{ kind: "role", role: "voiced", user, held: on }];
  if (on) {
    const isOperator = isChannelOperator(room.law, target);
    return isOperator ? [] : [{ kind: "role", role: "moderator", user, held: true }];
  }
  const held = holderOf(room.law, target.nameKey)?.roles ?? [];
  return held.filter((role) => role !== "voiced")
    .map((role) => ({ kind: "role", role, user, held: false }));
}

function wantedKey(
  { client }: RegisteredContext,
  room: Room,
  { letter, on, param }: ModeChange,
): WantedChange[] {
  if (!on) return ruleWanted({ roomKey: null });
  if (param === undefined) return [];
  // A comma would make it two keys in JOIN.
  if (!/^[^\s,:\p{C}][^\s,\p{C}]*$/u.test(param) || byteLength(param) > roomKeyBytesMax) {
    const text = `A key has at most ${roomKeyBytesMax} bytes, without spaces or commas`;
    return invalid(client, room, letter, "", text);
  }
  return ruleWanted({ roomKey: param });
}

function wantedLimit(
  { client }: RegisteredContext,
  room: Room,
  { letter, on, param }: ModeChange,
): WantedChange[] {
  if (!on) return ruleWanted({ peopleMax: null });
  if (param === undefined) {
    client.numeric("ERR_NEEDMOREPARAMS", ["MODE"]);
    return [];
  }
  if (!/^[1-9]\d{0,8}$/.test(param)) {
    return invalid(client, room, letter, param, "The limit is a number above 0");
  }
  return ruleWanted({ peopleMax: Number(param) });
}

function ruleWanted(rules: Partial<RoomRules>): WantedChange[] {
  return [{ kind: "rules", rules }];
}

function userMode(context: RegisteredContext): void {
  const { network, client, person, params } = context;
  const target = network.nicks.get(nickKey(params[0]!) ?? "");
  if (target === undefined) return client.numeric("ERR_NOSUCHNICK", [shown(params[0]!)]);
  if (target !== person) return client.numeric("ERR_USERSDONTMATCH");
  if (params.length === 1) {
    return client.numeric("RPL_UMODEIS", [`+${[...person.modes].sort().join("")}`], null);
  }
  let unknown = false;
  const done = readChanges(params.slice(1, 2)).map((change): ModeChange | null => {
    unknown ||= !userModeLetters.includes(change.letter);
    // Nobody becomes an operator of the server by a mode.
    if (!userModeLetters.includes(change.letter) || (change.letter === "o" && change.on)) {
      return null;
    }
    const { letter, on } = change;
    return network.setMode(person, letter, on) ? { letter, on, param: undefined } : null;
  }).filter((change) => change !== null);
  if (unknown) client.numeric("ERR_UMODEUNKNOWNFLAG");
  if (done.some(({ letter }) => letter === "o")) {
    for (const { session } of network.clientsOf(person)) network.chat.operators.remove(session!);
  }
  if (done.length > 0) {
    describe(network, person);
    client.reply(network.lineFrom(person, `MODE ${person.nick} ${changeText(done)}`));
  }
}

/** The row of MODE. */
export const modeRows: Rows = {
  MODE: registered(
    1,
    (context) => context.params[0]!.startsWith("#") ? channelMode(context) : userMode(context),
  ),
};
