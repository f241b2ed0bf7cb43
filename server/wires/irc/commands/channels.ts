/**
 * Channels: JOIN, PART, TOPIC, NAMES, INVITE, KICK.
 *
 * @module
 */
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { roomsPerAccountMax } from "../../../../protocol/wire/limits.ts";
import { parseRoomName } from "../../../../protocol/names/names.ts";
import { siteOf } from "../../../common/address.ts";
import type { Room } from "../../../heart/session.ts";
import type { Channel } from "../network/channel.ts";
import type { IrcClient } from "../network/client.ts";
import { type Context, registered, type RegisteredContext, type Rows } from "./command.ts";
import { shown } from "../sign_in/registering.ts";
import { namesTargetsMax, reasonBytesMax } from "../format/isupport.ts";
import { sendMetadata } from "../network/metadata.ts";
import type { Network } from "../network/network.ts";
import { nickKey } from "../network/nick.ts";
import type { Person } from "../network/person.ts";
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

/** Whether someone rules a channel; answers if not. */
export function mayRule(context: RegisteredContext, channel: Channel): boolean {
  if (rules(context.person, channel)) return true;
  context.client.numeric("ERR_CHANOPRIVSNEEDED", [channel.room.name]);
  return false;
}

/** Operators of the channel rule it; in the lobby, which is nobody's, those of the server do. */
export function rules(person: Person, channel: Channel): boolean {
  return channel.isOperator(person) || person.modes.has("o");
}

/** Targets in a comma-separated parameter, each once. */
export function listOf(text: string): string[] {
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
    if (room !== undefined && !mayEnter(context, network.channel(room), key)) return;
    if (room === undefined) network.options.roomRate.take(siteOf(client.address));
    const isFirst = room === undefined || isDeserted(network, room, person);
    const wasMember = room === network.chat.lobby || room?.members.has(person.nameKey) === true;
    const joined = await network.chat.join(session, parsed.name, { admitted: true });
    await entered(context, joined.room, { isFirst, wasMember });
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

/** Who comes to a channel that nobody else belongs to has it. */
function isDeserted(network: Network, room: Room, person: Person): boolean {
  if (room === network.chat.lobby || room.sessions.size > 0) return false;
  return [...room.members].every((nameKey) => nameKey === person.nameKey);
}

function refuseJoin(client: IrcClient, name: string, error: ChatError): void {
  const channel = shown(name);
  if (error.code === "bad_name") {
    return client.numeric("ERR_NOSUCHCHANNEL", [channel], `No such channel: ${error.message}`);
  }
  if (error.code === "too_many") {
    return client.numeric("ERR_TOOMANYCHANNELS", [channel], error.message);
  }
  client.numeric("ERR_UNKNOWNERROR", ["JOIN", channel], error.message);
}

/** Whether the modes of a channel let someone in; answers if not. An invitation opens every one of them. */
function mayEnter({ client, person }: RegisteredContext, channel: Channel, key: string): boolean {
  if (channel.invited.has(person.nickKey) || person.modes.has("o")) return true;
  const { name } = channel.room;
  const refuse = (
    numeric:
      | "ERR_BANNEDFROMCHAN"
      | "ERR_INVITEONLYCHAN"
      | "ERR_BADCHANNELKEY"
      | "ERR_CHANNELISFULL",
  ) => {
    client.numeric(numeric, [name]);
    return false;
  };
  if (channel.isBanned(person)) return refuse("ERR_BANNEDFROMCHAN");
  if (channel.modes.has("i") && !channel.isExpected(person)) return refuse("ERR_INVITEONLYCHAN");
  if (channel.key !== null && channel.key !== key) return refuse("ERR_BADCHANNELKEY");
  if (channel.isFull) return refuse("ERR_CHANNELISFULL");
  return true;
}

async function entered(
  context: RegisteredContext,
  room: Room,
  { isFirst, wasMember }: { isFirst: boolean; wasMember: boolean },
): Promise<void> {
  const { irc, network, client, person } = context;
  const channel = network.channel(room);
  channel.invited.delete(person.nickKey);
  if (isFirst) channel.rank(person.name).operator = true;
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
  const channel = network.channel(room);
  const inside = client.session!.rooms.has(room);
  const words = [...network.personsIn(room)]
    .filter((person) => inside || !person.modes.has("i"))
    .map((person) => {
      const name = client.has("userhost-in-names") ? person.source : person.nick;
      return channel.signs(person, client.has("multi-prefix")) + name;
    });
  const sign = channel.modes.has("s") ? "@" : "=";
  for (const line of wordLines(words, namesBytesMax)) {
    client.numeric("RPL_NAMREPLY", [sign, room.name], line);
  }
}

async function part(context: RegisteredContext): Promise<void> {
  const reason = harmlessText(context.params[1] ?? "", reasonBytesMax);
  for (const name of listOf(context.params[0]!)) {
    const room = ownRoom(context, name);
    if (room !== null) await leave(context, room, reason);
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
  const { network, client, session, person, params } = context;
  const [name, text] = params;
  const room = text === undefined ? findRoom(context, name!) : ownRoom(context, name!);
  if (room === null) return;
  const channel = network.channel(room);
  if (text === undefined) {
    if (isHidden(context, channel)) return client.numeric("ERR_NOTONCHANNEL", [room.name]);
    if (room.topic === "") return client.numeric("RPL_NOTOPIC", [room.name]);
    return sendTopic(network, client, room);
  }
  if (channel.modes.has("t") && !rules(person, channel) && !isOpenLobby(network, room)) {
    return client.numeric("ERR_CHANOPRIVSNEEDED", [room.name]);
  }
  await network.chat.setTopic(session, room.name, withoutFormatting(text));
}

/** The lobby has no operators: by other wires everyone may set its topic. */
function isOpenLobby(network: Network, room: Room): boolean {
  return room === network.chat.lobby;
}

/** Whether a channel keeps itself from those who are not in it. */
export function isHidden({ session }: RegisteredContext, channel: Channel): boolean {
  return channel.modes.has("s") && !session.rooms.has(channel.room);
}

function names(context: RegisteredContext): void {
  const { network, client, params } = context;
  const all = params[0] ?? "*";
  // One room has many spellings.
  const rooms = new Set(listOf(all).map((name) => roomByName(network, name)));
  for (const room of [...rooms].slice(0, namesTargetsMax)) {
    if (room !== undefined && !isHidden(context, network.channel(room))) {
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
  const channel = network.channel(room);
  if (channel.modes.has("i") && !mayRule(context, channel)) return;
  if (network.isIn(guest, room)) {
    return client.numeric("ERR_USERONCHANNEL", [guest.nick, room.name]);
  }
  network.countPost(client);
  const user = network.chat.presence.user(guest.nameKey);
  const isTold = user !== undefined && network.chat.invite(user, room, session.user);
  if (!isTold && network.clientsOf(guest).size === 0) {
    const text = "Their client cannot show invitations: write to them instead";
    return client.numeric("ERR_UNKNOWNERROR", ["INVITE", guest.nick, room.name], text);
  }
  // Only an operator's opens what the modes close; any other is no more than a message.
  if (rules(person, channel)) channel.invite(guest.nickKey);
  client.numeric("RPL_INVITING", [guest.nick, room.name], null);
  if (guest.away !== null) client.numeric("RPL_AWAY", [guest.nick], guest.away);
  const line = network.lineFrom(person, `INVITE ${guest.nick} ${room.name}`);
  for (const one of network.clientsOf(guest)) one.deliver(line);
  for (const other of network.clientsIn(room)) {
    if (other !== client && other.has("invite-notify") && rules(other.person!, channel)) {
      other.deliver(line);
    }
  }
}

function sendInvitations({ network, client, person }: RegisteredContext): void {
  for (const channel of network.channels.values()) {
    if (channel.invited.has(person.nickKey)) {
      client.numeric("RPL_INVITELIST", [channel.room.name], null);
    }
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
    const channel = name === undefined ? null : ruledChannel(context, name);
    if (channel !== null) await kickOne(context, channel, nick, reason);
  }
}

/** The channel that a parameter names, if the client rules it; answers if not. */
function ruledChannel(context: RegisteredContext, name: string): Channel | null {
  const room = context.person.modes.has("o") ? findRoom(context, name) : ownRoom(context, name);
  if (room === null) return null;
  const channel = context.network.channel(room);
  return mayRule(context, channel) ? channel : null;
}

async function kickOne(
  context: RegisteredContext,
  { room, ranks }: Channel,
  nick: string,
  reason: string,
): Promise<void> {
  const { network, client, person } = context;
  const guest = network.nicks.get(nickKey(nick) ?? "");
  if (guest === undefined) return client.numeric("ERR_NOSUCHNICK", [shown(nick)]);
  if (!network.isIn(guest, room)) {
    return client.numeric("ERR_USERNOTINCHANNEL", [guest.nick, room.name]);
  }
  const line = network.lineFrom(person, `KICK ${room.name} ${guest.nick} :${reason}`);
  network.expectDeparture(guest, room, { line, by: client });
  try {
    await network.chat.dismiss(room, network.chat.presence.user(guest.nameKey)!);
    ranks.delete(guest.name);
    if (!network.isIn(guest, room)) return;
    const text = "Everyone with a chat client is in the lobby: nobody can be taken out of it";
    client.numeric("ERR_UNKNOWNERROR", ["KICK", room.name, guest.nick], text);
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
  INVITE: registered(0, invite),
  KICK: registered(2, kick),
};
