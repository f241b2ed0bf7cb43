/**
 * About the server, and what its operators do: MOTD, LUSERS, VERSION, TIME, INFO, ADMIN, LINKS, LIST, HELP, OPER, KILL, WALLOPS.
 *
 * @module
 */
import { version } from "../../../../platform/version.ts";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { parseUserName } from "../../../../protocol/names/names.ts";
import type { Room } from "../../../heart/session.ts";
import {
  type Context,
  type IrcCommand,
  registered,
  type RegisteredContext,
  type Rows,
} from "./command.ts";
import { shown } from "../sign_in/registering.ts";
import { listConditionsMax, reasonBytesMax } from "../format/isupport.ts";
import { matcherOf, matchesMask } from "../../../common/mask.ts";
import type { Network } from "../network/network.ts";
import { nickKey } from "../network/nick.ts";
import { describe } from "../network/profiles.ts";
import { tellWallops } from "../delivery/signals.ts";
import { checkPassword } from "../sign_in/sasl.ts";
import { harmlessText } from "../format/text.ts";
import { sendIsupport, sendLusers, sendMotd } from "../sign_in/welcome.ts";
import { isHidden, listOf } from "./channels.ts";
import { helpTexts } from "./help_texts.ts";

/** Whether the server that a parameter names is this one; answers if not. */
function isHere({ network, client }: Context, name: string | undefined): boolean {
  if (name === undefined || name === "" || matchesMask(network.serverName, name)) return true;
  if (network.nicks.has(nickKey(name) ?? "")) return true;
  client.numeric("ERR_NOSUCHSERVER", [shown(name)]);
  return false;
}

/** A row for a command whose parameter may name the server that is asked. */
function asked(handle: (context: RegisteredContext) => void): IrcCommand {
  return registered(0, (context) => {
    if (isHere(context, context.params[0])) handle(context);
  }, { cost: 2 });
}

function info({ network, client }: RegisteredContext): void {
  const lines = [
    `chat ${version}: a chat room for isolated networks`,
    "The same rooms are open to the chat client, to IRC clients and to the course project's client.",
    `On-line since ${new Date(network.startedMs).toISOString()}`,
  ];
  for (const line of lines) client.numeric("RPL_INFO", [], line);
  client.numeric("RPL_ENDOFINFO");
}

function time({ network, client }: RegisteredContext): void {
  const nowMs = network.nowMs();
  const seconds = String(Math.floor(nowMs / 1000));
  client.numeric("RPL_TIME", [network.serverName, seconds, "0"], new Date(nowMs).toUTCString());
}

/** There is this server only. */
function links({ client }: RegisteredContext): void {
  client.numeric("RPL_ENDOFLINKS", ["*"]);
}

function admin({ network, client }: RegisteredContext): void {
  client.numeric("RPL_ADMINME", [network.serverName]);
  client.numeric("RPL_ADMINLOC1", [], "Ask the person who runs this server");
}

function list(context: RegisteredContext): void {
  const { network, client, params } = context;
  const conditions = listOf(params[0] ?? "").slice(0, listConditionsMax)
    .map((word) => conditionOf(network, word));
  client.numeric("RPL_LISTSTART", ["Channel"]);
  for (const room of network.chat.rooms) {
    if (room.sessions.size === 0 || isHidden(context, room)) continue;
    if (!fitsConditions(room, conditions)) continue;
    const count = String(network.personsIn(room).size);
    client.numeric("RPL_LIST", [room.name, count], room.topic);
  }
  client.numeric("RPL_LISTEND");
}

/** A filter of LIST; names are alternatives of each other, the others must all hold. */
interface Condition {
  readonly isName: boolean;
  readonly holds: (room: Room) => boolean;
}

function fitsConditions(room: Room, conditions: readonly Condition[]): boolean {
  const names = conditions.filter(({ isName }) => isName);
  return conditions.every(({ isName, holds }) => isName || holds(room)) &&
    (names.length === 0 || names.some(({ holds }) => holds(room)));
}

/** Reads `<N`, `>N` (people), `C<N`, `C>N`, `T<N`, `T>N` (minutes), `!mask`, `mask`. */
function conditionOf(network: Network, word: string): Condition {
  const [, field, sign, digits] = /^([CT]?)([<>])(\d{1,9})$/i.exec(word) ?? [];
  if (sign !== undefined) {
    const valueOf = valuesOf(network)[field!.toUpperCase()]!;
    const limit = Number(digits);
    return {
      isName: false,
      holds: (room) => sign === "<" ? valueOf(room) < limit : valueOf(room) > limit,
    };
  }
  if (word.startsWith("!")) {
    const matches = matcherOf(word.slice(1));
    return { isName: false, holds: ({ name }) => !matches(name) };
  }
  const matches = matcherOf(word);
  return { isName: true, holds: ({ name }) => matches(name) };
}

/** People in a room, and minutes since it was made or its topic set; NaN where that is not known, which fits nothing. */
function valuesOf(network: Network): Readonly<Record<string, (room: Room) => number>> {
  const minutesSince = (timeMs: number | undefined) =>
    timeMs === undefined ? NaN : (network.nowMs() - timeMs) / 60_000;
  return {
    "": (room) => network.personsIn(room).size,
    C: (room) => minutesSince(network.channels.get(room)?.createdMs),
    T: (room) => minutesSince(room.topicSetting?.timeMs),
  };
}

function help({ client, params }: RegisteredContext): void {
  const subject = (params[0] ?? "").toUpperCase();
  const [title, ...lines] = helpTexts[subject] ?? [];
  const name = subject === "" ? "index" : shown(params[0]!);
  if (title === undefined) {
    return client.numeric("ERR_HELPNOTFOUND", [name], "There is no help on this");
  }
  client.numeric("RPL_HELPSTART", [name], title);
  for (const line of lines) client.numeric("RPL_HELPTXT", [name], line);
  client.numeric("RPL_ENDOFHELP", [name], "End of HELP");
}

async function oper({ network, client, session, params }: RegisteredContext): Promise<void> {
  const { operator, logger } = network.options;
  if (operator === undefined) return client.numeric("ERR_NOOPERHOST");
  if (!client.context.passwordsAllowed) {
    return client.numeric(
      "ERR_NOOPERHOST",
      [],
      "Passwords are only taken on encrypted connections",
    );
  }
  try {
    const [name, password] = params as [string, string];
    const user = await checkPassword(network, client.address, name, password);
    if (user === null || user.name !== operator) {
      logger.warn("Refused to make someone operator.", { address: client.address });
      return client.numeric("ERR_PASSWDMISMATCH");
    }
    network.chat.accountSessions.checkPassword(user);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return client.numeric("ERR_PASSWDMISMATCH", [], error.message);
  }
  if (session.ended) return;
  // By another nick than before the wait, where that had to be given up.
  const person = client.person!;
  logger.info("{nick} is an operator now.", { nick: person.nick, address: client.address });
  network.setMode(person, "o", true);
  describe(network, person);
  network.chat.operators.add(session);
  client.numeric("RPL_YOUREOPER");
  client.reply(network.lineFrom(person, `MODE ${person.nick} +o`));
}

/** Nobody stays an operator by a password that holds no more. */
export function depose(network: Network, nameKey: string): void {
  const { operator } = network.options;
  if (operator === undefined || parseUserName(operator).nameKey !== nameKey) return;
  for (const person of [...network.personsWith("o")]) {
    network.setMode(person, "o", false);
    describe(network, person);
    const line = network.lineFrom(person, `MODE ${person.nick} -o`);
    for (const client of network.clientsOf(person)) client.deliver(line);
  }
}

function kill({ network, client, person, params }: RegisteredContext): void {
  const nick = params[0]!;
  const target = network.nicks.get(nickKey(nick) ?? "");
  if (target === undefined) {
    const numeric = matchesMask(network.serverName, nick) ? "ERR_CANTKILLSERVER" : "ERR_NOSUCHNICK";
    return client.numeric(numeric, numeric === "ERR_NOSUCHNICK" ? [shown(nick)] : []);
  }
  const reason = harmlessText(params[1] || person.nick, reasonBytesMax);
  const elsewhere = [...network.chat.presence.sessions(target.nameKey)]
    .filter((session) => session.elsewhere && session.connection.wire === "irc");
  if (network.clientsOf(target).size + elsewhere.length === 0) {
    const text = "They are not connected over IRC: only IRC clients can be disconnected";
    return client.numeric("ERR_UNKNOWNERROR", ["KILL", target.nick], text);
  }
  const killed = `Killed (${person.nick} (${reason}))`;
  for (const { connection } of elsewhere) connection.endBecause(killed, killed);
  for (const one of network.clientsOf(target)) {
    one.quitReason = killed;
    one.deliver(network.lineFrom(person, `KILL ${target.nick} :${reason}`));
    one.serverReply(`ERROR :Closing link: ${one.quitReason}`);
    one.end();
  }
}

function wallops({ network, person, params }: RegisteredContext): void {
  const text = harmlessText(params[0]!);
  const said = { verb: "WALLOPS", text, clientOnly: "" } as const;
  network.chat.signals.send({ from: person.nameKey, to: "wallops", ...said });
  tellWallops(network, person, text);
}

const versionRow = asked(({ network, client }) => {
  const text = network.options.networkName;
  client.numeric("RPL_VERSION", [`chat-${version}`, network.serverName], text);
  sendIsupport(network, client);
});

/** Rows of the commands of this module. */
export const serverRows: Rows = {
  MOTD: asked(({ network, client }) => sendMotd(network, client)),
  LUSERS: registered(0, ({ network, client }) => sendLusers(network, client), { cost: 5 }),
  VERSION: versionRow,
  TIME: asked(time),
  INFO: asked(info),
  ADMIN: asked(admin),
  LINKS: registered(0, links, { cost: 2 }),
  LIST: registered(0, list, { cost: 10 }),
  HELP: registered(0, help),
  HELPOP: registered(0, help),
  OPER: registered(2, oper, { cost: 5 }),
  KILL: registered(1, kill, { operator: true }),
  WALLOPS: registered(1, wallops, { operator: true }),
  REHASH: registered(0, ({ network, client }) => {
    client.numeric("RPL_REHASHING", [network.serverName]);
  }, { operator: true }),
};
