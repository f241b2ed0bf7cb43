/**
 * About people: WHO, WHOIS, WHOWAS, USERHOST, ISON, AWAY, SETNAME, MONITOR.
 *
 * @module
 */
import { listPageMax } from "../../../../protocol/wire/limits.ts";
import type { Room } from "../../../heart/session.ts";
import type { IrcClient } from "../network/client.ts";
import { registered, type RegisteredContext, type Rows } from "./command.ts";
import { shown } from "../sign_in/registering.ts";
import { monitorsMax, reasonBytesMax } from "../format/isupport.ts";
import { matcherOf } from "../../../common/mask.ts";
import { monitor, tellInterested, unmonitor, unmonitorAll } from "../network/monitors.ts";
import { signsOf } from "../network/channel.ts";
import type { Network } from "../network/network.ts";
import { nickKey } from "../network/nick.ts";
import type { Person } from "../network/person.ts";
import { describe } from "../network/profiles.ts";
import { byteLength, cutBytes, harmlessText, wordLines } from "../format/text.ts";
import { isHidden, listOf, roomByName } from "./channels.ts";
import { whoLine } from "./who_line.ts";

function who(context: RegisteredContext): void {
  const { network, client, params } = context;
  const [mask = "*", options = ""] = params;
  const found = mask.startsWith("#") ? whoInRoom(context, mask) : whoByMask(context, mask);
  const operatorsOnly = options.split("%")[0]!.includes("o");
  for (const [person, room] of found) {
    if (operatorsOnly && !person.modes.has("o")) continue;
    client.reply(whoLine(network, client, person, room, options));
  }
  client.numeric("RPL_ENDOFWHO", [shown(mask)]);
}

type Found = [Person, Room | null];

function* whoInRoom(context: RegisteredContext, name: string): Generator<Found> {
  const { network, session } = context;
  const room = roomByName(network, name);
  // A room need not exist: WHO does not complain.
  if (room === undefined || isHidden(context, room)) return;
  const inside = session.rooms.has(room);
  for (const person of network.personsIn(room)) {
    if (inside || !person.modes.has("i")) yield [person, room];
  }
}

function* whoByMask(context: RegisteredContext, mask: string): Generator<Found> {
  const { network, person: self } = context;
  const exact = network.nicks.get(nickKey(mask) ?? "");
  if (exact !== undefined) return yield [exact, sharedRoom(context, exact)];
  if (!/[*?]/.test(mask)) return;
  const neighbours = new Set<Person>();
  for (const room of network.roomsOf(self)) {
    for (const person of network.personsIn(room)) neighbours.add(person);
  }
  const matches = matcherOf(mask);
  const isServer = matches(network.serverName);
  let count = 0;
  for (const person of network.persons.values()) {
    if (person.modes.has("i") && person !== self && !neighbours.has(person)) continue;
    const { nick, username, host, realname } = person;
    if (!isServer && ![nick, username, host, realname].some(matches)) continue;
    yield [person, null];
    if (++count >= listPageMax) return;
  }
}

function sharedRoom({ network, session }: RegisteredContext, person: Person): Room | null {
  for (const room of session.rooms) {
    if (network.isIn(person, room)) return room;
  }
  return null;
}

function whois(context: RegisteredContext): void {
  const { network, client, params } = context;
  const nick = (params[1] ?? params[0]!).split(",")[0]!;
  const person = network.nicks.get(nickKey(nick) ?? "");
  if (person === undefined) client.numeric("ERR_NOSUCHNICK", [shown(nick)]);
  else sendWhois(context, person);
  client.numeric("RPL_ENDOFWHOIS", [person?.nick ?? shown(nick)]);
}

function sendWhois(context: RegisteredContext, person: Person): void {
  const { network, client } = context;
  const { nick } = person;
  client.numeric("RPL_WHOISUSER", [nick, person.username, person.host, "*"], person.realname);
  sendWhoisChannels(context, person);
  client.numeric("RPL_WHOISSERVER", [nick, network.serverName], network.options.networkName);
  if (person.away !== null) client.numeric("RPL_AWAY", [nick], person.away);
  if (person.modes.has("o")) client.numeric("RPL_WHOISOPERATOR", [nick]);
  if (person.modes.has("B")) client.numeric("RPL_WHOISBOT", [nick]);
  if (person.account !== undefined) client.numeric("RPL_WHOISACCOUNT", [nick, person.account]);
  // Over a single connection that is not, everything can be read.
  if ([...network.chat.presence.sessions(person.nameKey)].every(({ secure }) => secure)) {
    client.numeric("RPL_WHOISSECURE", [nick]);
  }
  const idle = String(network.idleSeconds(person));
  const signedOn = Math.floor(person.signedOnMs / 1000);
  client.numeric("RPL_WHOISIDLE", [nick, idle, String(signedOn)]);
  for (const [key, value] of person.metadata) {
    client.numeric("RPL_WHOISKEYVALUE", [nick, key, "*"], value);
  }
}

function sendWhoisChannels(context: RegisteredContext, person: Person): void {
  const { network, client, session } = context;
  const words: string[] = [];
  for (const room of network.roomsOf(person)) {
    const secret = isHidden(context, room) || person.modes.has("i");
    if (secret && !session.rooms.has(room) && person !== client.person) continue;
    words.push(signsOf(room.law, person, client.has("multi-prefix")) + room.name);
  }
  for (const line of wordLines(words, 380)) {
    client.numeric("RPL_WHOISCHANNELS", [person.nick], line);
  }
}

function whowas({ network, client, params }: RegisteredContext): void {
  const nick = params[0] ?? "";
  if (nick === "") return client.numeric("ERR_NEEDMOREPARAMS", ["WHOWAS"]);
  const count = Number.parseInt(params[1] ?? "0", 10);
  const entries = network.whoWas.find(nickKey(nick) ?? "", Number.isNaN(count) ? 0 : count);
  if (entries.length === 0) client.numeric("ERR_WASNOSUCHNICK", [shown(nick)]);
  for (const { person, leftMs } of entries) {
    const { username, host, realname } = person;
    client.numeric("RPL_WHOWASUSER", [person.nick, username, host, "*"], realname);
    const left = new Date(leftMs).toUTCString();
    client.numeric("RPL_WHOISSERVER", [person.nick, network.serverName], left);
  }
  client.numeric("RPL_ENDOFWHOWAS", [shown(nick)]);
}

function userhost({ network, client, params }: RegisteredContext): void {
  const words = params.slice(0, 5).flatMap((nick) => {
    const person = network.nicks.get(nickKey(nick) ?? "");
    if (person === undefined) return [];
    const operator = person.modes.has("o") ? "*" : "";
    const here = person.away === null ? "+" : "-";
    return [`${person.nick}${operator}=${here}${person.username}@${person.host}`];
  });
  client.numeric("RPL_USERHOST", [], words.join(" "));
}

function ison({ network, client, params }: RegisteredContext): void {
  const nicks = params.flatMap((param) => param.split(" ")).flatMap((nick) => {
    const person = network.nicks.get(nickKey(nick) ?? "");
    return person === undefined ? [] : [person.nick];
  });
  client.numeric("RPL_ISON", [], cutBytes(nicks.join(" "), 400));
}

function away({ network, client, person, params }: RegisteredContext): void {
  const reason = harmlessText(params[0] ?? "", reasonBytesMax);
  person.away = reason === "" ? null : reason;
  client.numeric(person.away === null ? "RPL_UNAWAY" : "RPL_NOWAWAY");
  const line = network.lineFrom(person, person.away === null ? "AWAY" : `AWAY :${person.away}`);
  tellInterested(network, person, line, "away-notify");
  describe(network, person);
}

function setName({ network, client, person, params }: RegisteredContext): void {
  const name = harmlessText(params[0]!, reasonBytesMax);
  if (name === "" || byteLength(params[0]!) > reasonBytesMax) {
    const text = `A name has 1 to ${reasonBytesMax} bytes`;
    return client.fail("SETNAME", "INVALID_REALNAME", [], text);
  }
  person.realname = name;
  const line = network.lineFrom(person, `SETNAME :${name}`);
  if (client.has("setname")) client.reply(line);
  tellInterested(network, person, line, "setname");
  describe(network, person);
}

const monitorCommands: Readonly<Record<string, (context: RegisteredContext) => void>> = {
  "+": monitorMore,
  "-": ({ network, client, params }) => {
    for (const nick of listOf(params[1] ?? "")) unmonitor(network, client, nickKey(nick) ?? "");
  },
  "C": ({ network, client }) => unmonitorAll(network, client),
  "L": ({ client }) => {
    for (const line of commaLines(client.monitored.values())) {
      client.numeric("RPL_MONLIST", [], line);
    }
    client.numeric("RPL_ENDOFMONLIST");
  },
  "S": ({ network, client }) => sendMonitored(network, client, client.monitored),
};

function monitorMore({ network, client, params }: RegisteredContext): void {
  const added = new Map<string, string>();
  for (const nick of listOf(params[1] ?? "")) {
    const key = nickKey(nick);
    if (key === null) {
      client.numeric("ERR_ERRONEUSNICKNAME", [shown(nick)], "This is not a valid nick");
    } else if (client.monitored.size >= monitorsMax && !client.monitored.has(key)) {
      client.numeric("ERR_MONLISTFULL", [String(monitorsMax), shown(nick)]);
    } else {
      monitor(network, client, key, nick);
      added.set(key, nick);
    }
  }
  sendMonitored(network, client, added);
}

function sendMonitored(
  network: Network,
  client: IrcClient,
  nicks: ReadonlyMap<string, string>,
): void {
  const online: string[] = [];
  const offline: string[] = [];
  for (const [key, nick] of nicks) {
    const person = network.nicks.get(key);
    if (person === undefined) offline.push(nick);
    else online.push(person.source);
  }
  for (const line of commaLines(online)) client.numeric("RPL_MONONLINE", [], line);
  for (const line of commaLines(offline)) client.numeric("RPL_MONOFFLINE", [], line);
}

function* commaLines(words: Iterable<string>): Generator<string> {
  for (const line of wordLines(words, 400)) yield line.replaceAll(" ", ",");
}

/** Rows of the commands of this module. */
export const peopleRows: Rows = {
  WHO: registered(0, who, { cost: 5 }),
  WHOIS: registered(1, whois, { cost: 2 }),
  WHOWAS: registered(0, whowas, { cost: 2 }),
  USERHOST: registered(1, userhost),
  ISON: registered(1, ison),
  AWAY: registered(0, away, { cost: 2 }),
  SETNAME: registered(1, setName, { cost: 2 }),
  MONITOR: registered(1, (context) => {
    monitorCommands[context.params[0]!.toUpperCase()]?.(context);
  }, { cost: 2 }),
};
