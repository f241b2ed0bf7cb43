/**
 * Channels: JOIN, PART, TOPIC, NAMES, INVITE, KICK.
 *
 * @module
 */
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { roomsPerAccountMax } from "../../../../protocol/wire/limits.ts";
import { parseRoomName } from "../../../../protocol/names/names.ts";
import {
  isModerator,
  mayInvite,
  mayRule,
  maySee,
  maySpeak,
  type Refusal,
} from "../../../storage/policy.ts";
import { RefusedError } from "../../../heart/refused.ts";
import { actorOf } from "../../../heart/asking.ts";
import type { Room } from "../../../heart/session.ts";
import { signsOf } from "../network/channel.ts";
import type { IrcClient } from "../network/client.ts";
import { type Context, registered, type RegisteredContext, type Rows } from "./command.ts";
import { shown } from "../sign_in/registering.ts";
import type { NumericName } from "../format/numerics.ts";
import { namesTargetsMax, reasonBytesMax } from "../format/isupport.ts";
import { sendMetadata } from "../network/metadata.ts";
import type { Network } from "../network/network.ts";
import { nickKey } from "../network/nick.ts";
import { joinLines } from "../delivery/presence.ts";
import { replayRoom } from "../delivery/replay.ts";
import { harmlessText, withoutFormatting, wordLines } from "../format/text.ts";
import { readMarkerLine } from "./history.ts";

/** Bytes of nicks in one line of NAMES. */
const namesBytesMax = 380;

/** The room that a parameter names; answers and returns null if there is none. */
export function findRoom({ network, client }: Context, name: string): Room | null {
  try {
    return network.chat.room(name);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    client.numeric("ERR_NOSUCHCHANNEL", [shown(name)]);
    return null;
  }
}

/** The same for a room in which the client must be. */
export function ownRoom(context: RegisteredContext, name: string): Room | null {
  const room = findRoom(context, name);
  if (room === null || context.session.rooms.has(room)) return room;
  context.client.numeric("ERR_NOTONCHANNEL", [room.name]);
  return null;
}

/** The numeric of each refusal. */
const refusalNumerics: Readonly<Record<Refusal["reason"], NumericName>> = {
  banned: "ERR_BANNEDFROMCHAN",
  not_invited: "ERR_INVITEONLYCHAN",
  wrong_key: "ERR_BADCHANNELKEY",
  full: "ERR_CHANNELISFULL",
  outside: "ERR_NOTONCHANNEL",
  no_voice: "ERR_CANNOTSENDTOCHAN",
  muted: "ERR_CANNOTSENDTOCHAN",
  questions: "ERR_CANNOTSENDTOCHAN",
  not_moderator: "ERR_CHANOPRIVSNEEDED",
  not_owner: "ERR_CHANOPRIVSNEEDED",
  guest: "ERR_CHANOPRIVSNEEDED",
  target_outside: "ERR_USERNOTINCHANNEL",
};

/** Answers what the heart does not allow in a room, with its sentence. */
export function refuseInRoom(
  client: IrcClient,
  { name }: Pick<Room, "name">,
  { reason, message }: Pick<Refusal, "reason" | "message">,
): void {
  client.numeric(refusalNumerics[reason], [name], message);
}

/** Does something in a room, and answers where the heart does not allow it. */
async function attempt(client: IrcClient, room: Room, action: () => Promise<unknown>) {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    refuseInRoom(client, room, error);
  }
}

/** Targets in a comma-separated parameter, each once. */
export function listOf(text: string): string[] {
  if (!text.includes(",")) return text === "" ? [] : [text];
  return [...new Set(text.split(",").filter((word) => word !== ""))];
}

async function join(context: RegisteredContext): Promise<void> {
  const { session, params } = context;
  if (params[0] === "0") {
    for (const room of [...session.rooms]) await leave(context, room, "");
    return;
  }
  const keys = (params[1] ?? "").split(",");
  for (const [index, name] of listOf(params[0]!).entries()) {
    await joinOne(context, name, keys[index] ?? "");
  }
}

async function joinOne(context: RegisteredContext, name: string, key: string): Promise<void> {
  const { network, client, session, person } = context;
  try {
    const parsed = parseRoomName(name);
    const room = roomByName(network, parsed.nameKey);
    if (room !== undefined && session.rooms.has(room)) return;
    if (session.rooms.size >= roomsPerAccountMax) {
      return client.numeric("ERR_TOOMANYCHANNELS", [parsed.name], "You are in too many channels");
    }
    const wasMember = room === network.chat.lobby || room?.members.has(person.nameKey) === true;
    const joined = await network.chat.join(session, parsed.name, { roomKey: key });
    await entered(context, joined.room, wasMember);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    refuseJoin(client, name, error);
  }
}

/** The room of a name, however that is spelled; undefined where there is none. */
export function roomByName(network: Network, name: string): Room | undefined {
  try {
    return network.chat.room(name);
  } catch (error) {
    if (error instanceof ChatError) return undefined;
    throw error;
  }
}

function refuseJoin(client: IrcClient, name: string, error: ChatError): void {
  const channel = shown(name);
  if (error instanceof RefusedError) return refuseInRoom(client, { name: channel }, error);
  if (error.code === "bad_name") {
    return client.numeric("ERR_NOSUCHCHANNEL", [channel], `No such channel: ${error.message}`);
  }
  if (error.code === "too_many") {
    return client.numeric("ERR_TOOMANYCHANNELS", [channel], error.message);
  }
  client.numeric("ERR_UNKNOWNERROR", ["JOIN", channel], error.message);
}

async function entered(
  context: RegisteredContext,
  room: Room,
  wasMember: boolean,
): Promise<void> {
  const { irc, network, client, person } = context;
  const lines = joinLines(network, person, room);
  client.reply(client.has("extended-join") ? lines.extended : lines.plain);
  if (room.topic !== "") sendTopic(network, client, room);
  if (client.has("draft/read-marker")) client.reply(readMarkerLine(context, room.name));
  sendNames(network, client, room);
  client.numeric("RPL_ENDOFNAMES", [room.name]);
  if (client.subscriptions.size > 0) sendRoomMetadata(network, client, room);
  await replayRoom(irc, client, room, wasMember);
}

function sendRoomMetadata(network: Network, client: IrcClient, room: Room): void {
  const wanted = client.subscriptions;
  sendMetadata(client, room.name, network.channel(room).metadata, wanted);
  for (const person of network.personsIn(room)) {
    if (person === client.person || person.metadata.size === 0) continue;
    sendMetadata(client, person.nick, person.metadata, wanted);
  }
}

function sendTopic(network: Network, client: IrcClient, room: Room): void {
  client.numeric("RPL_TOPIC", [room.name], room.topic);
  const { topicSetting } = room;
  if (topicSetting === null) return;
  const seconds = String(Math.floor(topicSetting.timeMs / 1000));
  client.numeric("RPL_TOPICWHOTIME", [room.name, network.sourceOf(topicSetting.by), seconds], null);
}

function sendNames(network: Network, client: IrcClient, room: Room): void {
  const inside = client.session!.rooms.has(room);
  const words = [...network.personsIn(room)]
    .filter((person) => inside || !person.modes.has("i"))
    .map((person) => {
      const name = client.has("userhost-in-names") ? person.source : person.nick;
      return signsOf(room.law, person, client.has("multi-prefix")) + name;
    });
  const sign = room.law.rules.listed ? "=" : "@";
  for (const line of wordLines(words, namesBytesMax)) {
    client.numeric("RPL_NAMREPLY", [sign, room.name], line);
  }
}

async function part(context: RegisteredContext): Promise<void> {
  const reason = harmlessText(context.params[1] ?? "", reasonBytesMax);
  for (const name of listOf(context.params[0]!)) {
    const room = ownRoom(context, name);
    if (room === null) continue;
    // Who may not speak says nothing by a reason either.
    const isHeard = maySpeak(actorOf(context.session, room), room) === null;
    await leave(context, room, isHeard ? reason : "");
  }
}

async function leave(context: RegisteredContext, room: Room, reason: string): Promise<void> {
  const { network, client, session, person } = context;
  const text = `PART ${room.name}${reason === "" ? "" : ` :${reason}`}`;
  const line = network.lineFrom(person, text);
  network.expectDeparture(person, room, { line });
  try {
    await network.chat.leave(session, room.name);
    client.reply(line);
  } finally {
    network.endDeparture(person, room);
  }
}

async function topic(context: RegisteredContext): Promise<void> {
  const { network, client, session, params } = context;
  const [name, text] = params;
  const room = text === undefined ? findRoom(context, name!) : ownRoom(context, name!);
  if (room === null) return;
  if (text === undefined) {
    if (isHidden(context, room)) return client.numeric("ERR_NOTONCHANNEL", [room.name]);
    if (room.topic === "") return client.numeric("RPL_NOTOPIC", [room.name]);
    return sendTopic(network, client, room);
  }
  await attempt(
    client,
    room,
    () => network.chat.setTopic(session, room.name, withoutFormatting(text)),
  );
}

/** Whether a channel keeps itself from those who are not in it. */
export function isHidden({ session }: RegisteredContext, room: Room): boolean {
  return !maySee(actorOf(session, room), room);
}

function names(context: RegisteredContext): void {
  const { network, client, params } = context;
  const all = params[0] ?? "*";
  // One room has many spellings.
  const rooms = new Set(listOf(all).map((name) => roomByName(network, name)));
  for (const room of [...rooms].slice(0, namesTargetsMax)) {
    if (room !== undefined && !isHidden(context, room)) {
      sendNames(network, client, room);
    }
  }
  client.numeric("RPL_ENDOFNAMES", [shown(all)]);
}

function invite(context: RegisteredContext): void {
  const { network, client, session, person, params } = context;
  if (params.length === 0) return sendInvitations(context);
  const [nick, name] = params;
  if (name === undefined) return client.numeric("ERR_NEEDMOREPARAMS", ["INVITE"]);
  const guest = network.nicks.get(nickKey(nick!) ?? "");
  if (guest === undefined) return client.numeric("ERR_NOSUCHNICK", [shown(nick!)]);
  const room = ownRoom(context, name);
  if (room === null) return;
  const user = network.chat.presence.user(guest.nameKey);
  if (user === undefined) return client.numeric("ERR_NOSUCHNICK", [shown(nick!)]);
  const belongs = network.isIn(guest, room);
  const refusal = mayInvite(actorOf(session, room), room, { user, belongs });
  if (refusal !== null) return refuseInRoom(client, room, refusal);
  if (belongs) {
    return client.numeric("ERR_USERONCHANNEL", [guest.nick, room.name]);
  }
  if (!network.chat.ruling.invite(session, room.name, user).told) {
    const text = "Their client cannot show invitations: write to them instead";
    return client.numeric("ERR_UNKNOWNERROR", ["INVITE", guest.nick, room.name], text);
  }
  client.numeric("RPL_INVITING", [guest.nick, room.name], null);
  if (guest.away !== null) client.numeric("RPL_AWAY", [guest.nick], guest.away);
  const line = network.lineFrom(person, `INVITE ${guest.nick} ${room.name}`);
  for (const other of network.clientsIn(room)) {
    if (other !== client && other.has("invite-notify") && isModerator(other.session!, room.law)) {
      other.deliver(line);
    }
  }
}

function sendInvitations({ network, client, person }: RegisteredContext): void {
  for (const room of network.chat.rooms) {
    if (room.invited.has(person.nameKey)) client.numeric("RPL_INVITELIST", [room.name], null);
  }
  client.numeric("RPL_ENDOFINVITELIST");
}

/** Either one channel and some nicks, or as many channels as nicks. */
async function kick(context: RegisteredContext): Promise<void> {
  const { person, params } = context;
  const names = params[0]!.split(",");
  const nicks = params[1]!.split(",");
  const reason = harmlessText(params[2] || person.nick, reasonBytesMax);
  for (const [index, nick] of nicks.entries()) {
    const name = names.length === 1 ? names[0] : names[index];
    const room = name === undefined ? null : findRoom(context, name);
    if (room !== null) await kickOne(context, room, nick, reason);
  }
}

async function kickOne(
  context: RegisteredContext,
  room: Room,
  nick: string,
  reason: string,
): Promise<void> {
  const { network, client, session, person } = context;
  const refusal = mayRule(actorOf(session, room), room);
  if (refusal !== null) return refuseInRoom(client, room, refusal);
  const guest = network.nicks.get(nickKey(nick) ?? "");
  const user = guest === undefined ? undefined : network.chat.presence.user(guest.nameKey);
  if (guest === undefined || user === undefined) {
    return client.numeric("ERR_NOSUCHNICK", [shown(nick)]);
  }
  if (!network.isIn(guest, room)) {
    return client.numeric("ERR_USERNOTINCHANNEL", [guest.nick, room.name]);
  }
  const line = network.lineFrom(person, `KICK ${room.name} ${guest.nick} :${reason}`);
  network.expectDeparture(guest, room, { line, by: client });
  try {
    await attempt(client, room, async () => {
      await network.chat.ruling.remove(session, room.name, user, reason);
      if (!network.isIn(guest, room)) return;
      const text = "Everyone with a chat client is in the lobby: nobody can be taken out of it";
      client.numeric("ERR_UNKNOWNERROR", ["KICK", room.name, guest.nick], text);
    });
  } finally {
    network.endDeparture(guest, room);
  }
}

/** Rows of the commands of this module. */
export const channelRows: Rows = {
  JOIN: registered(1, join, { cost: 2 }),
  PART: registered(1, part),
  TOPIC: registered(1, topic),
  NAMES: registered(0, names, { cost: 2 }),
  // Without a channel it goes through all of them, as LIST does.
  INVITE: registered(0, invite, { cost: 10 }),
  KICK: registered(2, kick),
};
