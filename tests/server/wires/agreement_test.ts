/**
 * Random people on all wires do random things: after each step every wire, the heart and the store agree on who is in which room,
 * with which role, and who may speak; and a restart changes nothing of it.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Actor,
  isModerator,
  maySee,
  maySpeak,
  type Refusal,
  type RuledRoom,
} from "../../../server/storage/policy.ts";
import { roomLists } from "../../../protocol/wire/room_rules.ts";
import type { Room, User } from "../../../server/heart/session.ts";
import { holderOf, type RoomLaw } from "../../../server/storage/room_law.ts";
import { settled } from "../../fixtures/fake_time.ts";
import { fuzzCount } from "../../fixtures/fuzz_count.ts";
import { Random } from "../../stress/random.ts";
import { AllWires, nickOf, type Participant } from "./all_wires.ts";
import type { MemberPeer } from "./classic/classic_fixture.ts";

const roomNames = ["#a", "#b", "#c"];
const operator = "nia";
const natives = ["nat", "ned", operator];
const ircNames = ["ira", "ivy", "bea"];
const guest = "~gus";
const steps = 60;

/** The people of one run of the server. */
class Crowd {
  readonly people: Participant[] = [];
  classic!: MemberPeer;

  constructor(readonly house: AllWires, readonly random: Random) {}

  static async gather(house: AllWires, random: Random): Promise<Crowd> {
    const crowd = new Crowd(house, random);
    // Bea has the chat client open, too.
    await house.irc.stranger("bea");
    for (const name of [...natives, ...ircNames, guest]) await crowd.enter(name);
    crowd.classic = await house.classicMember("cat");
    return crowd;
  }

  async enter(name: string): Promise<void> {
    const { house } = this;
    const person = natives.includes(name)
      ? await house.nativeMember(name)
      : name === guest
      ? await house.ircGuest(nickOf(guest))
      : await house.ircMember(name);
    this.people.push(person);
    if (isIrc(person)) await person.join("#lobby");
  }

  /** Somebody goes, and comes again: accounts are in their rooms then, by IRC once they ask to be. */
  async comeAgain(person: Participant): Promise<void> {
    const { presence } = this.house.chat;
    const before = presence.sessions(person.name).size;
    person.close();
    while (presence.sessions(person.name).size === before) await settled();
    this.people.splice(this.people.indexOf(person), 1);
    await this.enter(person.name);
  }

  pick(): Participant {
    return this.random.pick(this.people);
  }

  /** Somebody does something, which may well be refused. */
  async step(): Promise<string> {
    const { random } = this;
    const room = random.chance(0.15) ? "#lobby" : random.pick(roomNames);
    const who = random.chance(0.6) ? this.#ruling(room) : this.pick();
    const other = random.chance(0.7) ? this.#inside(room) : this.pick();
    const on = random.chance(0.6);
    const key = random.chance(0.5) ? "sesame" : undefined;
    const actions: Readonly<Record<string, () => Promise<unknown>>> = {
      join: () => who.join(room, key),
      "join again": () => who.join(room, "sesame"),
      leave: () => room === "#lobby" ? Promise.resolve() : who.leave(room),
      topic: () => who.setTopic(room, "tea"),
      o: () => who.setRole(room, other.name, "o", on),
      v: () => who.setRole(room, other.name, "v", on),
      rule: () => who.setRule(room, random.pick([..."imnst"]), on),
      key: () => who.setRule(room, "k", on, "sesame"),
      entry: () => {
        const mask = `${nickOf(other.name)}!*@*`;
        const subject = random.chance(0.5) ? other.name : mask;
        return who.setEntry(room, random.pick(roomLists), subject, on);
      },
      "come again": () => this.comeAgain(who),
      kick: () => who.remove(room, other.name),
      invite: () => who.invite(room, other.name),
    };
    const name = random.pick(Object.keys(actions));
    await actions[name]!();
    await settled();
    return `${who.name} ${name} ${room} ${other.name} ${on}`;
  }

  /** One of those who are in a room; anyone where nobody is. */
  #inside(room: string): Participant {
    const there = this.people.filter((person) => this.#isIn(person, room));
    return there.length === 0 ? this.pick() : this.random.pick(there);
  }

  /** One of those who rule a room: else most of what is tried would be refused. */
  #ruling(room: string): Participant {
    const rule = this.people.filter((person) =>
      person.name === operator ||
      (this.#isIn(person, room) &&
        isModerator(this.#sessionOf(person), this.house.chat.room(room).law))
    );
    return this.random.pick(rule);
  }

  #isIn(person: Participant, name: string): boolean {
    return [...this.#sessionOf(person).rooms].some((room) => room.name === name);
  }

  /** Everyone who can tell is asked, and told the same. */
  async check(): Promise<void> {
    const { chat } = this.house;
    for (const room of chat.rooms) {
      this.#checkStore(room);
      const expected = shownIn(room);
      for (const person of this.people) {
        if (!this.#sessionOf(person).rooms.has(room)) continue;
        const names = isIrc(person) ? expected.map(withoutPrefix) : expected;
        assertEquals(
          (await person.seen(room.name)).sort(),
          names.sort(),
          `${person.name} sees ${room.name}`,
        );
      }
    }
    for (const person of this.people) {
      const session = this.#sessionOf(person);
      const visible = [...chat.rooms].filter((room) =>
        maySee(actorOf(this.house, session.user, room), room)
      )
        .filter((room) => !isIrc(person) || room.sessions.size > 0).map(({ name }) => name);
      assertEquals((await person.listed()).sort(), visible.sort(), `${person.name} lists`);
    }
  }

  /** The heart holds what is stored, and beside it roles of guests only. */
  #checkStore(room: Room): void {
    const stored = storedRoom(this.house, room.name);
    assertEquals([...room.members].sort(), [...stored.members].sort(), room.name);
    assertEquals(withoutGuests(room.law), stored.law, room.name);
    for (const { nameKey } of room.law.roles.filter(isGuest)) {
      const present = [...room.sessions].some(({ user }) => user.nameKey === nameKey);
      assert(present, `${nameKey} has a role in ${room.name} without being there`);
    }
    const people = new Set(Array.from(room.sessions, ({ user }) => user.nameKey));
    assertEquals(room.people, people.size, room.name);
    for (const { user } of room.sessions) {
      const belongs = !user.account || room.isLobby || room.members.has(user.nameKey);
      assert(belongs, `${user.name} is in ${room.name} and does not belong to it`);
    }
  }

  /** Somebody says something: whether that is taken follows from what is stored. */
  async speak(person: Participant, roomName: string): Promise<void> {
    const room = [...this.house.chat.rooms].find(({ name }) => name === roomName);
    if (room === undefined) return;
    const { user } = this.#sessionOf(person);
    const inside = this.#sessionOf(person).rooms.has(room);
    const law = person.account ? storedRoom(this.house, roomName).law : room.law;
    const actor = { ...actorOf(this.house, user, room), inside };
    const refusal = maySpeak(actor, { ...room, law });
    const tried = await person.say(roomName, `t${this.random.below(1e9)}`);
    if (refusal === null) assertEquals(tried, null, `${person.name} in ${roomName}`);
    else assertStringIncludes(tried ?? "", reasonOf(refusal), `${person.name} in ${roomName}`);
  }

  /** The client of the course project posts to the lobby only. */
  async broadcast(): Promise<void> {
    const { house } = this;
    const lobby = house.chat.lobby;
    const user = { name: "cat", nameKey: "cat", account: true };
    const refusal = maySpeak({ user, inside: true, rulesServer: false }, {
      ...lobby,
      law: storedRoom(house, "#lobby").law,
    });
    await this.classic.peer.send("BM");
    for (;;) {
      const { body } = (await this.classic.peer.next())!;
      if (body.startsWith("The server is ready")) break;
    }
    await this.classic.peer.send(`hello ${this.random.below(1e9)}`);
    for (;;) {
      const { type, body } = (await this.classic.peer.next())!;
      if (type !== "Confirmation") continue;
      if (refusal === null) assert(!body.includes("not sent"), body);
      else assertStringIncludes(body, reasonOf(refusal));
      return;
    }
  }

  #sessionOf({ name }: Participant) {
    const sessions = [...this.house.chat.presence.sessions(name)];
    const isNative = natives.includes(name);
    return sessions.find(({ followsAccount }) => followsAccount === isNative)!;
  }
}

/** A refusal without who could help, who may be a guest: nothing of a guest is stored. */
function reasonOf({ message }: Refusal): string {
  return message.split(" Ask ")[0]!;
}

function isIrc({ name }: Participant): boolean {
  return !natives.includes(name);
}

function isGuest({ nameKey }: { nameKey: string }): boolean {
  return nameKey.startsWith("~");
}

function withoutPrefix(name: string): string {
  return name.replace("~", "");
}

function withoutGuests(law: RoomLaw): RoomLaw {
  return { ...law, roles: law.roles.filter((holder) => !isGuest(holder)) };
}

/** Who is in a room by the heart, as clients show it. */
function shownIn(room: Room): string[] {
  const names = new Map(Array.from(room.sessions, ({ user }) => [user.nameKey, user.name]));
  return [...names].map(([nameKey, name]) => {
    const held = holderOf(room.law, nameKey)?.roles ?? [];
    const rules = held.includes("owner") || held.includes("moderator");
    return `${rules ? "@" : ""}${held.includes("voiced") ? "+" : ""}${name}`;
  });
}

function storedRoom({ storage }: AllWires, name: string) {
  return storage.data.rooms.find((room) => room.name === name)!;
}

function actorOf({ chat }: AllWires, user: User, room: Room): Actor {
  const sessions = [...chat.presence.sessions(user.nameKey)];
  const inside = sessions.some((session) => session.rooms.has(room));
  return { user, inside, rulesServer: user.nameKey === operator };
}

/** What lasts, in words: who belongs to which room, with which roles, and who of them may speak there. */
function lasting({ chat, storage }: AllWires): unknown {
  return storage.data.rooms.map(({ name }) => {
    const room: RuledRoom & Room = chat.room(name);
    const accounts = [...storage.data.accounts.values()];
    const law = withoutGuests(room.law);
    const speaks = accounts.filter((account) => room.isLobby || room.members.has(account.nameKey))
      .map(({ name, nameKey }) => {
        const user = { name, nameKey, account: true };
        const actor = { user, inside: true, rulesServer: nameKey === operator };
        return [name, maySpeak(actor, { ...room, law })?.reason ?? "speaks"];
      });
    return { name, members: [...room.members].sort(), law, speaks };
  });
}

for (let seed = 1; seed <= fuzzCount(2, 6); seed++) {
  Deno.test(`every wire, the heart and the store agree, also after a restart: seed ${seed}`, async () => {
    const random = new Random(seed);
    const done: string[] = [];
    let before: unknown;
    let data;
    try {
      await using house = await AllWires.start(operator);
      const crowd = await Crowd.gather(house, random);
      for (let step = 0; step < steps; step++) {
        done.push(await crowd.step());
        await crowd.check();
        await crowd.speak(crowd.pick(), random.pick([...roomNames, "#lobby"]));
        if (random.chance(0.1)) await crowd.broadcast();
      }
      before = lasting(house);
      data = house.storage.data;
    } catch (error) {
      throw new Error(`after ${done.join("; ")}`, { cause: error });
    }
    await using house = await AllWires.start(operator, data);
    assertEquals(lasting(house), before);
    const crowd = await Crowd.gather(house, random);
    for (const person of crowd.people.filter((one) => isIrc(one) && one.account)) {
      for (const { name, members } of data.rooms) {
        if (members.includes(person.name)) assertEquals(await person.join(name), null);
      }
    }
    assertEquals(lasting(house), before);
    await crowd.check();
    for (const person of crowd.people) {
      for (const room of [...roomNames, "#lobby"]) await crowd.speak(person, room);
    }
    await crowd.broadcast();
  });
}
