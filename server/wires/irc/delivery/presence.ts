/**
 * Comings and goings in the heart, told to IRC clients at once: JOIN, PART, QUIT, and what MONITOR promises.
 *
 * @module
 */
import type { PresenceEvent, Removal, Room, RoomName, User } from "../../../heart/session.ts";
import { IrcLine } from "../format/line.ts";
import { reasonBytesMax } from "../format/isupport.ts";
import { harmlessText } from "../format/text.ts";
import { isChannelOperator, isVoiced } from "../network/channel.ts";
import { tellMonitors } from "../network/monitors.ts";
import type { Network } from "../network/network.ts";
import { nickOf } from "../network/nick.ts";
import { detailsOf, Person } from "../network/person.ts";
import { takeProfile } from "../network/profiles.ts";

/** A reason, with what stands before it. */
const farewellBytesMax = reasonBytesMax + "Quit: ".length;

/** Tells comings and goings. */
export class PresenceTeller {
  readonly #network: Network;
  /** Called where someone with an account comes whose name a guest is shown by. */
  readonly #onNickNeeded: (guest: Person) => void;
  /** Names in the heart that are being exchanged: what the heart says of them is not told. */
  readonly changing = new Set<string>();

  /**
   * @param network What all clients share.
   * @param onNickNeeded Called where a guest has to give up a nick; must do so at once.
   */
  constructor(network: Network, onNickNeeded: (guest: Person) => void) {
    this.#network = network;
    this.#onNickNeeded = onNickNeeded;
  }

  /** Takes an event of the heart. */
  tell(event: PresenceEvent): void {
    const { user } = event;
    if (this.changing.has(user.name)) return;
    const { chat } = this.#network;
    switch (event.type) {
      case "connected":
        return this.#came(user, event.rooms.map(({ id }) => chat.roomById(id)));
      case "disconnected":
        return this.#went(event, event.rooms.map(({ id }) => chat.roomById(id)));
      case "joined":
        return this.#entered(user.name, chat.roomById(event.room.id));
      case "left":
        return this.#exited(user.name, chat.roomById(event.room.id), event);
      case "renamed":
        return this.#renamed(event.before, user, event.rooms.map(({ id }) => chat.roomById(id)));
    }
  }

  #came(user: User, rooms: readonly Room[]): void {
    const person = this.#network.persons.get(user.name) ?? this.#stranger(user);
    tellMonitors(this.#network, person, "RPL_MONONLINE");
    for (const room of rooms) this.tellJoin(person, room);
  }

  /** Someone who came by another wire, or on another server. */
  #stranger(user: User): Person {
    const network = this.#network;
    const [session] = network.chat.presence.sessions(user.nameKey);
    const profile = session?.profile ?? null;
    const sinceMs = session?.elsewhere === true ? session.sinceMs : network.nowMs();
    const person = new Person(user, detailsOf(user, profile), sinceMs);
    const guest = network.nicks.get(person.nickKey);
    if (guest?.account === undefined && guest !== undefined && user.account) {
      this.#onNickNeeded(guest);
    }
    network.addPerson(person);
    takeProfile(network, person, profile);
    return person;
  }

  /** A guest on another server has another nick. */
  #renamed({ name }: User, user: User, rooms: readonly Room[]): void {
    const network = this.#network;
    const before = network.persons.get(name);
    if (before === undefined) return;
    const after = new Person(user, before, network.nowMs(), before);
    const line = network.lineFrom(before, `NICK :${after.nick}`);
    network.removePerson(before);
    network.readMarkers.forget(before.nameKey);
    network.whoWas.add(before, network.nowMs());
    network.addPerson(after);
    for (const client of network.neighbours(after, rooms)) client.deliver(line);
    for (const room of rooms) network.remember(room, line);
    if (before.nickKey === after.nickKey) return;
    tellMonitors(network, before, "RPL_MONOFFLINE");
    tellMonitors(network, after, "RPL_MONONLINE");
  }

  #went(
    { user, farewell }: Extract<PresenceEvent, { type: "disconnected" | "connected" }>,
    rooms: readonly Room[],
  ): void {
    const network = this.#network;
    const person = network.persons.get(user.name);
    if (person === undefined) return;
    network.removePerson(person);
    if (person.account === undefined) network.readMarkers.forget(person.nameKey);
    network.whoWas.add(person, network.nowMs());
    // Another server has told it, perhaps.
    const reason = harmlessText(farewell ?? "Gone", farewellBytesMax);
    const line = network.lineFrom(person, `QUIT :${reason}`);
    for (const client of network.neighbours(person, rooms)) client.deliver(line);
    for (const room of rooms) {
      network.remember(room, line);
      network.forgetIfEmpty(room);
    }
    tellMonitors(network, person, "RPL_MONOFFLINE");
  }

  #entered(name: string, room: Room): void {
    const person = this.#network.persons.get(name);
    if (person !== undefined) this.tellJoin(person, room);
  }

  #exited(name: string, room: Room, removal: Removal): void {
    const network = this.#network;
    const person = network.persons.get(name);
    if (person === undefined) return;
    const departure = network.departure(person, room);
    const line = departure?.line ?? departureLine(network, person, room, removal);
    network.endDeparture(person, room);
    network.remember(room, line);
    for (const client of network.clientsIn(room)) {
      if (client.person === person) continue;
      if (client === departure?.by) client.reply(line);
      else client.deliver(line);
    }
    network.forgetIfEmpty(room);
  }

  /** Tells the other clients in a room that someone has entered it. */
  tellJoin(person: Person, room: Room): void {
    const network = this.#network;
    const { plain, extended } = joinLines(network, person, room);
    network.remember(room, plain);
    const away = person.away === null ? null : network.lineFrom(person, `AWAY :${person.away}`);
    const mode = rankLine(network, person, room);
    for (const client of network.clientsIn(room)) {
      if (client.person === person) continue;
      client.deliver(client.has("extended-join") ? extended : plain);
      if (mode !== null) client.deliver(mode);
      if (away !== null && client.has("away-notify")) client.deliver(away);
    }
  }
}

/** The lines that say that someone has entered a room. */
export function joinLines(
  network: Network,
  person: Person,
  room: Room,
): { plain: IrcLine; extended: IrcLine } {
  const text = `JOIN ${room.name}`;
  return {
    plain: network.lineFrom(person, text),
    extended: network.lineFrom(person, `${text} ${person.account ?? "*"} :${person.realname}`),
  };
}

/** How someone's leaving is told: by PART, or by the KICK of whoever has removed the person on another wire. */
export function departureLine(
  network: Network,
  person: Person,
  room: RoomName,
  { by, reason }: Removal,
): IrcLine {
  if (by === undefined) return network.lineFrom(person, `PART ${room.name}`);
  const text = `KICK ${room.name} ${person.nick} :${
    harmlessText(reason || nickOf(by), reasonBytesMax)
  }`;
  return network.lineFromName(by, text);
}

/** Says which rank someone has who comes back to a room; null for those without one. */
function rankLine(network: Network, person: Person, room: Room): IrcLine | null {
  // Who makes a channel is alone in it: nobody has to be told.
  const operator = isChannelOperator(room.law, person);
  const voiced = isVoiced(room.law, person);
  if (!operator && !voiced) return null;
  const letters = `${operator ? "o" : ""}${voiced ? "v" : ""}`;
  const nicks = letters.length === 2 ? `${person.nick} ${person.nick}` : person.nick;
  return new IrcLine(`:${network.serverName} MODE ${room.name} +${letters} ${nicks}`);
}
