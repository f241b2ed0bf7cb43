/**
 * MODE: of channels and of oneself.
 *
 * @module
 */
import type { Channel, ListMode } from "../network/channel.ts";
import { registered, type RegisteredContext, type Rows } from "./command.ts";
import { shown } from "../sign_in/registering.ts";
import {
  channelModeLetters,
  keyBytesMax,
  listEntriesMax,
  userModeLetters,
} from "../format/isupport.ts";
import { completeMask } from "../format/mask.ts";
import { nickKey } from "../network/nick.ts";
import type { NumericName } from "../format/numerics.ts";
import { byteLength } from "../format/text.ts";
import { findRoom, isHidden, rules } from "./channels.ts";

/** Modes that one command may change. */
const changesMax = 20;
/** Bytes of a mask in a list. */
const maskBytesMax = 128;

/** A change that was asked for. */
interface Change {
  readonly letter: string;
  readonly on: boolean;
  readonly param: string | undefined;
}

const { lists, key: keyLetter, limit: limitLetter, flags, ranks } = channelModeLetters;

/** Whether a mode takes a parameter. A list without one is asked for. */
function takesParam(letter: string, on: boolean): boolean {
  return (lists + keyLetter + ranks).includes(letter) || (letter === limitLetter && on);
}

function readChanges(words: readonly string[]): Change[] {
  const params = [...words.slice(1)];
  const changes: Change[] = [];
  let on = true;
  for (const letter of words[0] ?? "") {
    if (letter === "+" || letter === "-") on = letter === "+";
    else if (changes.length < changesMax) {
      changes.push({ letter, on, param: takesParam(letter, on) ? params.shift() : undefined });
    }
  }
  return changes;
}

/** What was changed, as it is told. */
function changeText(changes: readonly Change[]): string {
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

function channelMode(context: RegisteredContext): void {
  const { network, client, person, params } = context;
  const room = findRoom(context, params[0]!);
  if (room === null) return;
  const channel = network.channel(room);
  if (params.length === 1) return sendChannelModes(context, channel);
  const changes = readChanges(params.slice(1));
  const isQuestion = ({ letter, param }: Change) => lists.includes(letter) && param === undefined;
  for (const { letter } of changes.filter(isQuestion)) {
    sendList(context, channel, letter as ListMode);
  }
  const wanted = changes.filter((change) => !isQuestion(change));
  if (wanted.length === 0) return;
  if (!rules(person, channel)) return client.numeric("ERR_CHANOPRIVSNEEDED", [room.name]);
  const done = wanted.map((change) => applyChannel(context, channel, change))
    .filter((change) => change !== null);
  if (done.length === 0) return;
  const line = network.lineFrom(person, `MODE ${room.name} ${changeText(done)}`);
  network.remember(room, line);
  for (const other of network.clientsIn(room)) {
    if (other === client) client.reply(line);
    else other.deliver(line);
  }
}

function sendChannelModes(context: RegisteredContext, channel: Channel): void {
  const { client, session } = context;
  const { room, modes, key, limit, createdMs } = channel;
  if (isHidden(context, channel)) return client.numeric("ERR_NOTONCHANNEL", [room.name]);
  let letters = [...modes].sort().join("");
  const params: string[] = [];
  if (key !== null) {
    letters += keyLetter;
    params.push(session.rooms.has(room) ? key : "*");
  }
  if (limit !== null) {
    letters += limitLetter;
    params.push(String(limit));
  }
  client.numeric("RPL_CHANNELMODEIS", [room.name, `+${letters}`, ...params], null);
  const seconds = String(Math.floor(createdMs / 1000));
  client.numeric("RPL_CREATIONTIME", [room.name, seconds], null);
}

const listNumerics: Readonly<Record<ListMode, readonly [NumericName, NumericName]>> = {
  b: ["RPL_BANLIST", "RPL_ENDOFBANLIST"],
  e: ["RPL_EXCEPTLIST", "RPL_ENDOFEXCEPTLIST"],
  I: ["RPL_INVEXLIST", "RPL_ENDOFINVEXLIST"],
};

function sendList(context: RegisteredContext, channel: Channel, letter: ListMode): void {
  const { client, person } = context;
  const { room } = channel;
  if (isHidden(context, channel)) return client.numeric("ERR_NOTONCHANNEL", [room.name]);
  if (letter !== "b" && !rules(person, channel)) {
    return client.numeric("ERR_CHANOPRIVSNEEDED", [room.name]);
  }
  const [entry, end] = listNumerics[letter];
  for (const { mask, by, timeMs } of channel.lists[letter]) {
    client.numeric(entry, [room.name, mask, by, String(Math.floor(timeMs / 1000))], null);
  }
  client.numeric(end, [room.name]);
}

/** Makes one change; returns it as it was made, or null if there was nothing to do or it cannot be. */
function applyChannel(
  context: RegisteredContext,
  channel: Channel,
  change: Change,
): Change | null {
  const { letter } = change;
  if (flags.includes(letter)) return applyFlag(channel.modes, change);
  if (lists.includes(letter)) return applyList(context, channel, change);
  if (ranks.includes(letter)) return applyRank(context, channel, change);
  if (letter === keyLetter) return applyKey(context, channel, change);
  if (letter === limitLetter) return applyLimit(context, channel, change);
  context.client.numeric("ERR_UNKNOWNMODE", [letter === ":" ? "*" : letter]);
  return null;
}

function applyFlag(modes: Set<string>, change: Change): Change | null {
  if (modes.has(change.letter) === change.on) return null;
  if (change.on) modes.add(change.letter);
  else modes.delete(change.letter);
  return change;
}

function applyList(
  { network, client, person }: RegisteredContext,
  channel: Channel,
  { letter, on, param }: Change,
): Change | null {
  const list = channel.lists[letter as ListMode];
  const muting = letter !== "I" && param!.startsWith("m:") ? "m:" : "";
  const mask = muting + completeMask(param!.slice(muting.length));
  if (byteLength(mask) > maskBytesMax) return invalid(client, channel, letter, "*", "Too long");
  if (/[\s\p{C}]/u.test(mask)) {
    return invalid(
      client,
      channel,
      letter,
      "*",
      "A mask cannot contain spaces or control characters",
    );
  }
  const index = list.findIndex((entry) => entry.mask.toLowerCase() === mask.toLowerCase());
  if (!on) return index < 0 ? null : { letter, on, param: list.splice(index, 1)[0]!.mask };
  if (index >= 0) return null;
  const total = Object.values(channel.lists).reduce((sum, { length }) => sum + length, 0);
  if (total >= listEntriesMax) {
    client.numeric("ERR_BANLISTFULL", [channel.room.name, mask]);
    return null;
  }
  list.push({ mask, by: person.source, timeMs: network.nowMs() });
  return { letter, on, param: mask };
}

function invalid(
  client: RegisteredContext["client"],
  { room }: Channel,
  letter: string,
  param: string,
  text: string,
): null {
  client.numeric("ERR_INVALIDMODEPARAM", [room.name, letter, shown(param)], text);
  return null;
}

function applyRank(
  { network, client }: RegisteredContext,
  channel: Channel,
  { letter, on, param }: Change,
): Change | null {
  if (param === undefined) return null;
  const target = network.nicks.get(nickKey(param) ?? "");
  if (target === undefined) {
    client.numeric("ERR_NOSUCHNICK", [shown(param)]);
    return null;
  }
  const { room } = channel;
  if (!network.isIn(target, room)) {
    client.numeric("ERR_USERNOTINCHANNEL", [target.nick, room.name]);
    return null;
  }
  const rank = channel.rank(target.name);
  const field = letter === "o" ? "operator" : "voice";
  if (rank[field] === on) return null;
  rank[field] = on;
  return { letter, on, param: target.nick };
}

function applyKey(
  { client }: RegisteredContext,
  channel: Channel,
  { letter, on, param }: Change,
): Change | null {
  if (!on) {
    if (channel.key === null) return null;
    channel.key = null;
    return { letter, on, param: "*" };
  }
  if (param === undefined) return null;
  // A comma would make it two keys in JOIN.
  if (!/^[^\s,:\p{C}][^\s,\p{C}]*$/u.test(param) || byteLength(param) > keyBytesMax) {
    const text = `A key has at most ${keyBytesMax} bytes, without spaces or commas`;
    return invalid(client, channel, letter, "", text);
  }
  channel.key = param;
  return { letter, on, param };
}

function applyLimit(
  { client }: RegisteredContext,
  channel: Channel,
  { letter, on, param }: Change,
): Change | null {
  if (!on) {
    if (channel.limit === null) return null;
    channel.limit = null;
    return { letter, on, param: undefined };
  }
  if (param === undefined) {
    client.numeric("ERR_NEEDMOREPARAMS", ["MODE"]);
    return null;
  }
  if (!/^[1-9]\d{0,8}$/.test(param)) {
    return invalid(client, channel, letter, param, "The limit is a number above 0");
  }
  channel.limit = Number(param);
  return { letter, on, param };
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
  const done = readChanges(params.slice(1, 2)).map((change): Change | null => {
    unknown ||= !userModeLetters.includes(change.letter);
    // Nobody becomes an operator of the server by a mode.
    if (!userModeLetters.includes(change.letter) || (change.letter === "o" && change.on)) {
      return null;
    }
    return applyFlag(person.modes, { ...change, param: undefined });
  }).filter((change) => change !== null);
  if (unknown) client.numeric("ERR_UMODEUNKNOWNFLAG");
  if (done.length > 0) {
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
