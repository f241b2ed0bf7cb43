/**
 * Who a client is: coming in by a nick, taking another one, signing in, and going.
 *
 * @module
 */
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { isKeptBack, type Name } from "../../../../protocol/names/names.ts";
import { memberHost } from "../../../storage/face.ts";
import type { User } from "../../../heart/session.ts";
import type { IrcClient } from "../network/client.ts";
import type { Irc } from "../delivery/irc_parts.ts";
import { tellInterested, tellMonitors, unmonitorAll } from "../network/monitors.ts";
import type { Network } from "../network/network.ts";
import { guestOf, parseNick } from "../network/nick.ts";
import { Person, type PersonDetails } from "../network/person.ts";
import { describe } from "../network/profiles.ts";
import { markAllRead } from "../network/progress.ts";
import { announcePrivate } from "../delivery/replay.ts";
import { sendWelcome } from "./welcome.ts";

/**
 * Reads the nick that a client wants, and answers if nobody can have it.
 *
 * @return The nick, or null where the client was answered.
 */
export function readNick(client: IrcClient, text: string): Name | null {
  if (text === "") {
    client.numeric("ERR_NONICKNAMEGIVEN");
    return null;
  }
  try {
    return parseNick(text);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    client.numeric("ERR_ERRONEUSNICKNAME", [shown(text)], error.message);
    return null;
  }
}

/** What a client sent, fit to be a middle parameter. */
export function shown(text: string): string {
  return text === "" || text.includes(" ") || text.startsWith(":") ? "*" : text;
}

/** Lets a client in once it has a nick and a name, and is done with asking for capabilities. */
export async function tryRegister(irc: Irc, client: IrcClient): Promise<void> {
  if (client.person !== null || client.negotiating || client.username === null) return;
  if (!client.nickSent) return;
  if (client.account !== null) return await enter(irc, client, client.account, memberHost);
  if (client.wantedNick === null) return;
  if (irc.network.options.registration === "closed") return refuseGuest(client);
  const nick = client.wantedNick;
  const host = await irc.network.cloaks.hostOf(client.address);
  if (!await isNickFree(irc.network, client, nick)) {
    client.wantedNick = null;
    return;
  }
  // Of two who were told so in the same turn, the second one finds the first.
  if (irc.network.nicks.has(nick.nameKey)) return await tryRegister(irc, client);
  await enter(irc, client, guestOf(nick), host);
}

function refuseGuest(client: IrcClient): void {
  client.serverReply("NOTICE * :This server is for people with an account: sign in by SASL.");
  client.numeric("ERR_PASSWDMISMATCH");
  client.quitReason = "No account";
  client.serverReply("ERROR :Closing link: sign in by SASL");
  client.end();
}

/** Whether a client may be shown by a nick; answers if not. */
async function isNickFree(network: Network, client: IrcClient, nick: Name): Promise<boolean> {
  const taken = await network.chat.isAccountName(nick);
  // Asked after the wait: of two that want the same nick at once, the second one finds the first.
  const holder = network.nicks.get(nick.nameKey);
  const isFree = !taken && !isKeptBack(nick);
  if (isFree && (holder === undefined || holder === client.person)) return true;
  const text = taken
    ? "This nick, or one that looks like it, is the name of an account. Sign in by SASL to have it"
    : isFree
    ? "This nick is in use"
    : "This nick is reserved, or looks like a reserved one. Choose another";
  client.numeric("ERR_NICKNAMEINUSE", [nick.name], text);
  return false;
}

/** Lets a client in. Waits for nothing until the client is in. */
async function enter(irc: Irc, client: IrcClient, user: User, host: string): Promise<void> {
  const { network } = irc;
  try {
    network.chat.accountSessions.check(user);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    client.quitReason = error.code === "too_many" ? "Too many connections" : "Password changed";
    client.serverReply(`ERROR :Closing link: ${error.message}`);
    return client.end();
  }
  const person = personOf(network, user, {
    username: client.username!,
    host,
    realname: client.realname,
  });
  attach(irc, client, person, withOrigin(user, person));
  await sendWelcome(irc, client);
}

/** The person of a user, made if this is the user's first session. */
function personOf(network: Network, user: User, details: PersonDetails): Person {
  const known = network.persons.get(user.name);
  if (known !== undefined) return known;
  const person = new Person(user, details, network.nowMs());
  addPerson(network, person);
  return person;
}

/** Takes someone in. A guest who is shown by the name of the account gets another nick at once. */
function addPerson(network: Network, person: Person): void {
  const holder = network.nicks.get(person.nickKey);
  if (holder !== undefined && holder.account === undefined) network.giveUpNick(holder);
  network.addPerson(person);
}

/** A user with what masks see of this wire. */
function withOrigin(user: User, { username, host }: PersonDetails): User {
  return { ...user, origin: { username, host } };
}

function attach(irc: Irc, client: IrcClient, person: Person, user: User): void {
  const { network, delivery } = irc;
  network.clientsOf(person).add(client);
  client.person = person;
  client.session = network.chat.connect(user, {
    followsAccount: false,
    secure: client.context.secure,
    showsInvitations: true,
    deliver: (event) => delivery.deliver(client, event),
    connection: {
      wire: "irc",
      address: client.address,
      questions: client.questions,
      silentMs: client.silentMs,
      endBecause: (reason) => {
        client.quitReason = "Ended from another session";
        client.serverReply(`ERROR :Closing link: ${reason}`);
        client.end();
        leaveNetwork(irc, client);
      },
      giveUpName: () => {
        const { nick } = client.person!;
        giveUpNick(
          irc,
          client.person!,
          `Another guest was called ${nick} first, on another server`,
        );
      },
    },
  });
  if (client.session.rulesServer) network.setMode(person, "o", true);
  network.clients.set(client.session, client);
  network.newcomers.delete(client);
  describe(network, person);
}

/** Lets a client go. Safe to call twice. */
export function leaveNetwork(irc: Irc, client: IrcClient): void {
  const { network } = irc;
  network.newcomers.delete(client);
  unmonitorAll(network, client);
  const { person, session } = client;
  if (person === null || session === null || session.ended) return;
  markAllRead(network, client);
  network.clientsOf(person).delete(client);
  // Why an operator of another server has ended it is there already.
  session.farewell ??= client.quitReason;
  for (const room of session.rooms) {
    const line = network.lineFrom(person, `PART ${room.name} :${client.quitReason}`);
    network.expectDeparture(person, room, { line });
  }
  if (network.clientsOf(person).size === 0) {
    // What was said on this wire does not hold for the other ones.
    person.away = null;
    for (const letter of [...person.modes]) network.setMode(person, letter, false);
  }
  const rooms = [...session.rooms];
  network.clients.delete(session);
  network.chat.disconnect(session);
  for (const room of rooms) network.endDeparture(person, room);
}

/** Gives a guest another nick, if it is free. */
export async function changeNick(irc: Irc, client: IrcClient, nick: Name): Promise<void> {
  const { network } = irc;
  const person = client.person!;
  if (person.account !== undefined) {
    return await refuseNick(network, client, nick);
  }
  if (nick.name === person.nick) return;
  if (!await isNickFree(network, client, nick)) return;
  const holder = network.nicks.get(nick.nameKey);
  // As for newcomers: of two who were told so in the same turn, the second one finds the first.
  if (holder !== undefined && holder !== client.person) return await changeNick(irc, client, nick);
  rename(irc, client, guestOf(nick));
}

/** An account has one nick. Answers with the numerics for any other refused nick: not every client knows those for this. */
async function refuseNick(network: Network, client: IrcClient, nick: Name): Promise<void> {
  const { account, nickKey } = client.person!;
  if (nick.nameKey === nickKey || !await isNickFree(network, client, nick)) return;
  const text = `Your nick is the name of your account: ${account}`;
  client.numeric("ERR_ERRONEUSNICKNAME", [nick.name], text);
}

/**
 * Makes a guest give up a nick at once.
 *
 * @param why A sentence without its stop, for the guest.
 */
export function giveUpNick(
  irc: Irc,
  guest: Person,
  why: string = `${guest.nick} is the name of an account`,
): void {
  for (const client of irc.network.clientsOf(guest)) {
    const nick = freeGuestNick(irc.network);
    client.notice(`${why}: you are ${nick.name} now.`);
    rename(irc, client, guestOf(nick));
  }
}

function freeGuestNick(network: Network): Name {
  for (;;) {
    const nick = parseNick(`Guest-${10_000 + Math.floor(Math.random() * 90_000)}`);
    if (!network.nicks.has(nick.nameKey)) return nick;
  }
}

/**
 * A guest signs in, or makes an account: from now on the client speaks for the account.
 *
 * @param answer Called when that is so, before anyone is told of it.
 * @throws {ChatError} `too_many` where the account is connected too often, `sign_in_refused` where its password was changed
 * meanwhile: the client stays what it was.
 */
export async function becomeAccount(
  irc: Irc,
  client: IrcClient,
  user: User,
  answer: () => void,
): Promise<void> {
  irc.network.chat.accountSessions.check(user);
  client.account = user;
  if (client.person?.account === undefined && client.person !== null) {
    return await signIn(irc, client, user, answer).catch((error: unknown) => {
      client.account = null;
      throw error;
    });
  }
  answer();
}

/** A guest signs in, in the heart and before everyone's eyes. */
async function signIn(
  irc: Irc,
  client: IrcClient,
  account: User,
  answer: () => void,
): Promise<void> {
  const user = withOrigin(account, client.person!);
  const names = [client.person!.name, user.name];
  await untold(irc, names, () => irc.network.chat.signIn(client.session!, user));
  if (client.session!.user !== user) return;
  answer();
  // Not who it was before the wait: the guest may have had to give up a nick meanwhile.
  exchange(irc, client, client.person!, user);
  // A guest was shown nothing of what waited for the account.
  client.unconfirmed.clear();
  client.hasMissed = true;
  await announcePrivate(irc, client);
}

/** A guest takes another name, at once. */
function rename(irc: Irc, client: IrcClient, guest: User): void {
  const before = client.person!;
  const user = withOrigin(guest, before);
  const names = [before.name, user.name];
  void untold(irc, names, () => irc.network.chat.rename(client.session!, user));
  exchange(irc, client, before, user);
}

/** Does something of which presence is not to tell under these names: who does it tells it better. */
function untold(
  { presence }: Irc,
  names: readonly string[],
  action: () => Promise<void> | void,
): Promise<void> | void {
  for (const name of names) presence.changing.add(name);
  const end = () => {
    for (const name of names) presence.changing.delete(name);
  };
  const done = action();
  if (done === undefined) return end();
  return done.finally(end);
}

function exchange(irc: Irc, client: IrcClient, before: Person, user: User): void {
  const { network } = irc;
  const online = network.persons.get(user.name);
  const details = {
    username: before.username,
    host: user.account ? memberHost : before.host,
    realname: before.realname,
  };
  const after = online ?? new Person(user, details, network.nowMs(), before);
  const joins = online === undefined ? [] : joinsOf(network, client, online);
  network.clientsOf(before).delete(client);
  network.clientsOf(after).add(client);
  network.removePerson(before);
  // The next guest of that name may be someone else.
  network.readMarkers.forget(before.nameKey);
  network.whoWas.add(before, network.nowMs());
  if (online === undefined) addPerson(network, after);
  client.person = after;
  describe(network, after);
  tellChange(irc, client, before, after, joins);
}

/** Rooms in which only this client is, of all sessions of an account that was online already. */
function joinsOf(network: Network, client: IrcClient, online: Person) {
  return [...client.session!.rooms].filter((room) => {
    for (const session of network.chat.presence.sessions(online.nameKey)) {
      if (session !== client.session && session.rooms.has(room)) return false;
    }
    return true;
  });
}

type Rooms = ReturnType<typeof joinsOf>;

function tellChange(
  irc: Irc,
  client: IrcClient,
  before: Person,
  after: Person,
  joins: Rooms,
): void {
  const { network } = irc;
  const rooms = client.session!.rooms;
  const isKnown = network.clientsOf(after).size > 1 ||
    network.chat.presence.sessions(after.nameKey).size > 1;
  const nick = network.lineFrom(before, `NICK :${after.nick}`);
  const changed = before.nick !== after.nick;
  if (changed) {
    client.reply(nick);
    for (const room of rooms) network.remember(room, nick);
  }
  if (!isKnown) {
    for (const other of network.neighbours(after, rooms)) if (changed) other.deliver(nick);
  } else {
    const quit = network.lineFrom(before, `QUIT :Signed in as ${after.nick}`);
    for (const other of network.neighbours(after, rooms)) other.deliver(quit);
    for (const room of joins) irc.presence.tellJoin(after, room);
  }
  if (before.nickKey !== after.nickKey) {
    tellMonitors(network, before, "RPL_MONOFFLINE");
    if (!isKnown) tellMonitors(network, after, "RPL_MONONLINE");
  }
  if (after.account !== undefined && !isKnown) tellAccount(network, before, after);
}

function tellAccount(network: Network, before: Person, after: Person): void {
  const account = network.lineFrom(after, `ACCOUNT ${after.account}`);
  tellInterested(network, after, account, "account-notify");
  if (before.host === after.host) return;
  const host = network.lineFrom(before, `CHGHOST ${after.username} ${after.host}`);
  for (const client of network.neighbours(after)) if (client.has("chghost")) client.deliver(host);
}
