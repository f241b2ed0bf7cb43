/**
 * Comings and goings in the heart, told to IRC clients at once: JOIN, PART, QUIT, and what MONITOR promises.
 *
 * @module
 */
import type { PresenceEvent, Room } from "../../../heart/session.ts";
import { guestPrefix } from "../../../../protocol/names/guest_names.ts";
import { IrcLine } from "../format/line.ts";
import { tellMonitors } from "../network/monitors.ts";
import type { Network } from "../network/network.ts";
import { otherWire, Person } from "../network/person.ts";

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
    if (this.changing.has(event.name)) return;
    switch (event.type) {
      case "connected":
        return this.#came(event.name, event.rooms);
      case "disconnected":
        return this.#went(event.name, event.rooms);
      case "joined":
        return this.#entered(event.name, event.room);
      case "left":
        return this.#exited(event.name, event.room);
    }
  }

  #came(name: string, rooms: readonly Room[]): void {
    const person = this.#network.persons.get(name) ?? this.#stranger(name);
    tellMonitors(this.#network, person, "RPL_MONONLINE");
    for (const room of rooms) this.tellJoin(person, room);
  }

  /** Someone who came by another wire. */
  #stranger(name: string): Person {
    const network = this.#network;
    const nameKey = name.toLowerCase().normalize("NFC");
    const user = { name, nameKey, account: !name.startsWith(guestPrefix) };
    const person = new Person(user, otherWire, network.nowMs());
    const guest = network.nicks.get(person.nickKey);
    if (guest !== undefined) this.#onNickNeeded(guest);
    network.addPerson(person);
    return person;
  }

  #went(name: string, rooms: readonly Room[]): void {
    const network = this.#network;
    const person = network.persons.get(name);
    if (person === undefined) return;
    network.removePerson(person);
    if (person.account === undefined) network.readMarkers.forget(person.nameKey);
    network.whoWas.add(person, network.nowMs());
    const line = network.lineFrom(person, `QUIT :${person.quitReason}`);
    for (const client of network.neighbours(person, rooms)) client.deliver(line);
    for (const room of rooms) {
      network.remember(room, line);
      this.#leftBehind(person, room);
    }
    tellMonitors(network, person, "RPL_MONOFFLINE");
  }

  #entered(name: string, room: Room): void {
    const person = this.#network.persons.get(name);
    if (person !== undefined) this.tellJoin(person, room);
  }

  #exited(name: string, room: Room): void {
    const network = this.#network;
    const person = network.persons.get(name);
    if (person === undefined) return;
    const departure = network.departure(person, room);
    const line = departure?.line ?? network.lineFrom(person, `PART ${room.name}`);
    network.endDeparture(person, room);
    network.remember(room, line);
    for (const client of network.clientsIn(room)) {
      if (client.person === person) continue;
      if (client === departure?.by) client.reply(line);
      else client.deliver(line);
    }
    this.#leftBehind(person, room);
  }

  /** Ranks of guests end with their presence: the next guest of that name may be someone else. */
  #leftBehind(person: Person, room: Room): void {
    const channel = this.#network.channels.get(room);
    if (person.account === undefined) channel?.ranks.delete(person.name);
    this.#network.forgetIfEmpty(room);
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

/** Says which rank someone has who comes back to a room; null for those without one. */
function rankLine(network: Network, person: Person, room: Room): IrcLine | null {
  const rank = network.channels.get(room)?.ranks.get(person.name);
  // Who makes a channel is alone in it: nobody has to be told.
  if (rank === undefined || !(rank.operator || rank.voice)) return null;
  const letters = `${rank.operator ? "o" : ""}${rank.voice ? "v" : ""}`;
  const nicks = letters.length === 2 ? `${person.nick} ${person.nick}` : person.nick;
  return new IrcLine(`:${network.serverName} MODE ${room.name} +${letters} ${nicks}`);
}
