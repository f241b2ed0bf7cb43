/**
 * Everything that IRC clients share: who is shown by which nick, channels, monitors. One for all IRC listeners of a server.
 *
 * @module
 */
import type { Chat } from "../../../heart/chat.ts";
import type { Logger } from "../../../common/log.ts";
import type { Room, RoomName, Session } from "../../../heart/session.ts";
import type { SignIn } from "../../../accounts/sign_in.ts";
import { Newcomers } from "../../connection/newcomers.ts";
import { Channel } from "./channel.ts";
import { Cloaks } from "./cloaks.ts";
import type { IrcClient } from "./client.ts";
import { IrcLine, type LineTags } from "../format/line.ts";
import { nickOf } from "./nick.ts";
import { memberHost } from "../../../storage/face.ts";
import type { Person } from "./person.ts";
import { PostIds } from "../../../common/post_ids.ts";
import { ReadMarkers } from "./read_markers.ts";
import { WhoWas } from "./who_was.ts";

/** What the network is made with. */
export interface NetworkOptions {
  readonly chat: Chat;
  readonly signIn: SignIn;
  readonly logger: Logger;
  readonly registration: "open" | "closed";
  /** The name of the server as IRC wants it: one word with a dot. */
  readonly serverName: string;
  /** The name of the server as people call it. */
  readonly networkName: string;
  readonly motd: string | undefined;
  /** The account whose owner may become operator of the server. */
  readonly operator: string | undefined;
  /** See `loadHostKey()`. */
  readonly hostKey: Uint8Array<ArrayBuffer>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** How someone leaves a channel. */
export interface Departure {
  /** What everyone there is to see. */
  readonly line: IrcLine;
  /** The client to which that is the answer to its command. */
  readonly by?: IrcClient;
}

const nobody: ReadonlySet<Person> = new Set();

/** What all IRC clients share. */
export class Network {
  readonly options: NetworkOptions;
  readonly chat: Chat;
  readonly serverName: string;
  readonly startedMs: number;
  /** Everyone who is online on any wire, by the name in the heart. */
  readonly persons = new Map<string, Person>();
  /** The same by folded nick. */
  readonly nicks = new Map<string, Person>();
  readonly channels = new Map<Room, Channel>();
  /** The registered clients. */
  readonly clients = new Map<Session, IrcClient>();
  readonly #clientsOf = new WeakMap<Person, Set<IrcClient>>();
  /** Those of whom a mode is set, by its letter. */
  readonly #withMode = new Map<string, Set<Person>>();
  /** Connections that have not registered yet. */
  readonly newcomers = new Newcomers();
  readonly cloaks: Cloaks;
  /** Who monitors a folded nick. */
  readonly monitors = new Map<string, Set<IrcClient>>();
  readonly whoWas: WhoWas = new WhoWas();
  /** The most persons that were online at once. */
  personsMax = 0;
  /** How far accounts and guests have read, by folded name. */
  readonly readMarkers: ReadMarkers = new ReadMarkers();
  /** Makes a guest give up a nick at once. Set by who puts the wire together. */
  giveUpNick: (guest: Person) => void = () => {};
  readonly #departures = new Map<string, Departure>();
  #lastMessage = 0;
  readonly #postIds = new PostIds();

  /** @param options See {@linkcode NetworkOptions}. */
  constructor(options: NetworkOptions) {
    this.options = options;
    this.cloaks = new Cloaks(options.hostKey);
    this.chat = options.chat;
    this.serverName = options.serverName;
    this.startedMs = options.nowMs();
  }

  /** Milliseconds since 1970. */
  nowMs(): number {
    return this.options.nowMs();
  }

  /** Takes someone in. */
  addPerson(person: Person): void {
    this.persons.set(person.name, person);
    // A guest on another server may still be shown by the name of an account: its server is about to change that.
    const isGuest = person.account === undefined;
    if (!isGuest || !this.nicks.has(person.nickKey)) this.nicks.set(person.nickKey, person);
    this.personsMax = Math.max(this.personsMax, this.persons.size);
    for (const letter of person.modes) this.#note(person, letter, true);
  }

  /** Forgets someone. */
  removePerson(person: Person): void {
    this.persons.delete(person.name);
    if (this.nicks.get(person.nickKey) === person) this.nicks.delete(person.nickKey);
    for (const letter of person.modes) this.#note(person, letter, false);
  }

  /** Everyone of whom a mode is set. */
  personsWith(letter: string): ReadonlySet<Person> {
    return this.#withMode.get(letter) ?? nobody;
  }

  /** Sets a mode of someone, or takes it away. Returns whether that changed anything. */
  setMode(person: Person, letter: string, on: boolean): boolean {
    if (person.modes.has(letter) === on) return false;
    const modes = person.modes as Set<string>;
    if (on) modes.add(letter);
    else modes.delete(letter);
    // Who is not here any more, or by another name, is counted by nobody.
    if (this.persons.get(person.name) === person) this.#note(person, letter, on);
    return true;
  }

  #note(person: Person, letter: string, on: boolean): void {
    const persons = this.#withMode.get(letter) ?? new Set();
    this.#withMode.set(letter, persons);
    if (on) persons.add(person);
    else persons.delete(person);
  }

  /** Someone's IRC connections; none where the person is here by other wires only. */
  clientsOf(person: Person): Set<IrcClient> {
    let clients = this.#clientsOf.get(person);
    if (clients === undefined) this.#clientsOf.set(person, clients = new Set());
    return clients;
  }

  /** What IRC knows of a room. */
  channel(room: Room): Channel {
    let channel = this.channels.get(room);
    if (channel === undefined) {
      this.channels.set(room, channel = new Channel(room, this.nowMs()));
    }
    return channel;
  }

  /** Forgets what IRC knows of a room to which nobody belongs any more. */
  forgetIfEmpty(room: Room): void {
    if (room.sessions.size > 0 || room.members.size > 0 || room === this.chat.lobby) return;
    this.channels.delete(room);
  }

  /** The IRC clients in a room. */
  *clientsIn(room: Room): Generator<IrcClient> {
    for (const session of room.sessions) {
      const client = this.clients.get(session);
      if (client !== undefined) yield client;
    }
  }

  /** Everyone in a room, each once. */
  personsIn(room: Room): Set<Person> {
    const persons = new Set<Person>();
    for (const session of room.sessions) {
      const person = this.persons.get(session.user.name);
      if (person !== undefined) persons.add(person);
    }
    return persons;
  }

  /** How long someone has said nothing on any wire, in seconds. */
  idleSeconds(person: Person): number {
    let activeMs = person.signedOnMs;
    for (const session of this.chat.presence.sessions(person.nameKey)) {
      activeMs = Math.max(activeMs, session.activeMs ?? 0);
    }
    return Math.max(0, Math.floor((this.nowMs() - activeMs) / 1000));
  }

  /** The rooms in which someone is. */
  roomsOf(person: Person): Set<Room> {
    const rooms = new Set<Room>();
    for (const session of this.chat.presence.sessions(person.nameKey)) {
      for (const room of session.rooms) rooms.add(room);
    }
    return rooms;
  }

  /** Whether someone is in a room. */
  isIn(person: Person, room: Room): boolean {
    for (const session of this.chat.presence.sessions(person.nameKey)) {
      if (session.rooms.has(room)) return true;
    }
    return false;
  }

  /** The IRC clients of others who share one of these rooms with someone. */
  neighbours(person: Person, rooms: Iterable<Room> = this.roomsOf(person)): Set<IrcClient> {
    const clients = new Set<IrcClient>();
    for (const room of rooms) {
      for (const client of this.clientsIn(room)) {
        if (client.person !== person) clients.add(client);
      }
    }
    return clients;
  }

  /** Sends a line to all IRC clients in a room but one. */
  tellRoom(room: Room, line: IrcLine, except?: IrcClient): void {
    for (const client of this.clientsIn(room)) {
      if (client !== except) client.deliver(line);
    }
  }

  /** Remembers a line about a room for those who ask later what happened (event-playback). */
  remember(room: Room, line: IrcLine): void {
    this.channel(room).events.add(this.chat.lastSequence, line);
  }

  /**
   * Someone as a source, by the name in the heart. One who is not here is shown so that no account can be meant by a guest's
   * name.
   */
  sourceOf(name: string): string {
    const person = this.persons.get(name);
    if (person !== undefined) return person.source;
    return nickOf(name) === name ? `${name}!chat@${memberHost}` : `${name}!guest@guest.chat`;
  }

  /** A line from someone, with the tags that go with it. */
  lineFrom(person: Person, text: string, tags: LineTags = {}): IrcLine {
    return new IrcLine(`:${person.source} ${text}`, {
      timeMs: this.nowMs(),
      msgid: this.newMessageId(),
      account: person.account,
      bot: person.modes.has("B"),
      ...tags,
    });
  }

  /** A line from someone who may not be here any more, by the name in the heart. */
  lineFromName(name: string, text: string, tags: LineTags = {}): IrcLine {
    const person = this.persons.get(name);
    if (person !== undefined) return this.lineFrom(person, text, tags);
    return new IrcLine(`:${this.sourceOf(name)} ${text}`, { timeMs: this.nowMs(), ...tags });
  }

  /** An id for a post of a client of this wire, which makes none. */
  newPostId(): string {
    return this.#postIds.next(this.nowMs());
  }

  /** An id for a message that the heart does not store. */
  newMessageId(): string {
    return `n${this.startedMs.toString(36)}-${(++this.#lastMessage).toString(36)}`;
  }

  /** Says how the next leaving of a room is to be told. The heart tells it by name only. */
  expectDeparture(person: Person, room: RoomName, departure: Departure): void {
    this.#departures.set(`${person.name} ${room.name}`, departure);
  }

  /** How a leaving is to be told, if someone said so. */
  departure(person: Person, room: RoomName): Departure | undefined {
    return this.#departures.get(`${person.name} ${room.name}`);
  }

  /** A leaving was told, or did not happen. */
  endDeparture(person: Person, room: RoomName): void {
    this.#departures.delete(`${person.name} ${room.name}`);
  }
}
