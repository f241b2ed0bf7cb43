/**
 * One server with all of its wires over pipes and a store in memory, and people on each of them.
 *
 * @module
 */
import type { RoomList } from "../../../protocol/wire/room_rules.ts";
import { Chat } from "../../../server/heart/chat.ts";
import { makeAllowances } from "../../fixtures/allowances.ts";
import { addAccounts } from "../../fixtures/accounts.ts";
import { MemoryData, MemoryStorage } from "../../fixtures/memory_storage.ts";
import type { Message, Peer as NativePeer } from "../../fixtures/peer.ts";
import { ClassicFixture, type MemberPeer } from "./classic/classic_fixture.ts";
import { IrcFixture, type Peer as IrcPeer } from "./irc/irc_fixture.ts";
import { NativeFixture } from "./native/native_fixture.ts";

/** What came of something that somebody tried; null where it was done, else why it was not. */
export type Tried = string | null;

/** Somebody on one of the wires. */
export interface Participant {
  /** The name in the heart. */
  readonly name: string;
  readonly account: boolean;
  join(room: string, roomKey?: string): Promise<Tried>;
  leave(room: string): Promise<Tried>;
  say(room: string, text: string): Promise<Tried>;
  setTopic(room: string, topic: string): Promise<Tried>;
  setRole(room: string, name: string, letter: "o" | "v", held: boolean): Promise<Tried>;
  /** The letter of a mode without a parameter, or `k` with one. */
  setRule(room: string, letter: string, on: boolean, param?: string): Promise<Tried>;
  /** About everyone who fits a mask, or about an account by its name. */
  setEntry(room: string, list: RoomList, subject: string, listed: boolean): Promise<Tried>;
  remove(room: string, name: string): Promise<Tried>;
  invite(room: string, name: string): Promise<Tried>;
  /** Who is in a room that this one is in, each with the signs of what they are: `@jack`, `+~zoe`. */
  seen(room: string): Promise<string[]>;
  /** The rooms that this one is shown in lists. */
  listed(): Promise<string[]>;
  close(): void;
}

/** The letters of rules in IRC and what they are for chat clients. */
const rulesOfLetters: Readonly<Record<string, (on: boolean, param?: string) => Message>> = {
  i: (on) => ({ invited: on }),
  k: (on, param) => ({ roomKey: on ? param : null }),
  m: (on) => ({ speakers: on ? "voiced" : "everyone" }),
  n: (on) => ({ outsiders: !on }),
  s: (on) => ({ listed: !on }),
  t: (on) => ({ topic: on ? "moderators" : "everyone" }),
};

/** The letters of lists, with what stands before a mask. */
const lettersOfLists: Readonly<Record<RoomList, string>> = {
  ban: "b",
  mute: "b m:",
  ban_exception: "e",
  mute_exception: "e m:",
  welcome: "I",
};

/** Somebody with the chat client. */
class NativeParticipant implements Participant {
  readonly account = true;
  #lastPost = 0;

  constructor(readonly name: string, readonly peer: NativePeer) {}

  async #ask(type: string, content: Message): Promise<Tried> {
    const { error } = await this.peer.ask(type, content) as { error?: { message: string } };
    return error?.message ?? null;
  }

  join(room: string, roomKey?: string) {
    return this.#ask("join", { room, roomKey });
  }

  leave(room: string) {
    return this.#ask("leave", { room });
  }

  say(room: string, text: string) {
    return this.#ask("post", { room, text, postId: `${this.name}-${++this.#lastPost}-${text}` });
  }

  setTopic(room: string, topic: string) {
    return this.#ask("topic", { room, topic });
  }

  setRole(room: string, name: string, letter: "o" | "v", held: boolean) {
    const role = letter === "o" ? "moderator" : "voiced";
    return this.#ask("set_role", { room, name, role, held });
  }

  setRule(room: string, letter: string, on: boolean, param?: string) {
    return this.#ask("set_rules", { room, rules: rulesOfLetters[letter]!(on, param) });
  }

  setEntry(room: string, list: RoomList, subject: string, listed: boolean) {
    const about = subject.includes("!") ? { mask: subject } : { name: subject };
    return this.#ask("set_entry", { room, list, ...about, listed });
  }

  remove(room: string, name: string) {
    return this.#ask("remove", { room, name });
  }

  invite(room: string, name: string) {
    return this.#ask("invite", { room, name });
  }

  async seen(room: string): Promise<string[]> {
    const { names } = await this.peer.ask("who", { room }) as { names: string[] };
    const { roles } = await this.peer.ask("rules", { room }) as {
      roles: { name: string; roles: string[] }[];
    };
    return names.map((name) => {
      const held = roles.find((holder) => holder.name === name)?.roles ?? [];
      const rules = held.includes("owner") || held.includes("moderator");
      return `${rules ? "@" : ""}${held.includes("voiced") ? "+" : ""}${name}`;
    });
  }

  async listed(): Promise<string[]> {
    const { rooms } = await this.peer.ask("rooms") as { rooms: { name: string }[] };
    return rooms.map(({ name }) => name);
  }

  close(): void {
    this.peer[Symbol.dispose]();
  }
}

/** Somebody with an IRC client. */
class IrcParticipant implements Participant {
  constructor(readonly name: string, readonly account: boolean, readonly peer: IrcPeer) {}

  /** Asks, and gives the text of the first numeric that refuses something. */
  async #ask(line: string): Promise<Tried> {
    for (const answer of await this.peer.ask(line)) {
      const [, text] = /^(?:@\S+ )?:\S+ [45]\d\d \S+ (.*)$/.exec(answer) ?? [];
      if (text !== undefined) return text;
    }
    return null;
  }

  join(room: string, roomKey = "") {
    return this.#ask(`JOIN ${room} ${roomKey}`);
  }

  leave(room: string) {
    return this.#ask(`PART ${room}`);
  }

  say(room: string, text: string) {
    return this.#ask(`PRIVMSG ${room} :${text}`);
  }

  setTopic(room: string, topic: string) {
    return this.#ask(`TOPIC ${room} :${topic}`);
  }

  setRole(room: string, name: string, letter: "o" | "v", held: boolean) {
    return this.#ask(`MODE ${room} ${held ? "+" : "-"}${letter} ${nickOf(name)}`);
  }

  setRule(room: string, letter: string, on: boolean, param = "") {
    return this.#ask(`MODE ${room} ${on ? "+" : "-"}${letter} ${param}`);
  }

  setEntry(room: string, list: RoomList, subject: string, listed: boolean) {
    const param = subject.includes("!") ? subject : `a:${nickOf(subject)}`;
    const [letter, prefix = ""] = lettersOfLists[list].split(" ");
    return this.#ask(`MODE ${room} ${listed ? "+" : "-"}${letter} ${prefix}${param}`);
  }

  remove(room: string, name: string) {
    return this.#ask(`KICK ${room} ${nickOf(name)}`);
  }

  invite(room: string, name: string) {
    return this.#ask(`INVITE ${nickOf(name)} ${room}`);
  }

  async seen(room: string): Promise<string[]> {
    const lines = await this.peer.ask(`NAMES ${room}`);
    return lines.flatMap((line) => / 353 \S+ [=@] \S+ :(.*)$/.exec(line)?.[1]?.split(" ") ?? []);
  }

  async listed(): Promise<string[]> {
    const lines = await this.peer.ask("LIST");
    return lines.flatMap((line) => / 322 \S+ (\S+) /.exec(line)?.[1] ?? []);
  }

  close(): void {
    this.peer.close();
  }
}

/** A guest's nick is the name without its prefix. */
export function nickOf(name: string): string {
  return name.replace(/^~/, "");
}

const unbounded = { perSecond: 0, burst: 0 };

/** The server. */
export class AllWires implements AsyncDisposable {
  private constructor(
    readonly storage: MemoryStorage,
    readonly chat: Chat,
    readonly native: NativeFixture,
    readonly irc: IrcFixture,
    readonly classic: ClassicFixture,
  ) {}

  /** Starts it over what an earlier one has left. */
  static async start(operator: string, data = new MemoryData()): Promise<AllWires> {
    const storage = new MemoryStorage(data);
    const allowances = makeAllowances({
      guestEntries: unbounded,
      questions: unbounded,
      ircQuestions: unbounded,
    });
    const chat = await Chat.open(storage, { operator, allowances });
    const native = await NativeFixture.start({ storage, chat, allowances });
    const irc = await IrcFixture.start({ storage, chat });
    const classic = await ClassicFixture.start({ storage, chat });
    return new AllWires(storage, chat, native, irc, classic);
  }

  /** Somebody with an account, by the chat client. */
  async nativeMember(name: string): Promise<Participant> {
    if (!this.storage.data.accounts.has(name)) await addAccounts(this.storage, [name]);
    return new NativeParticipant(name, await this.native.member(name));
  }

  /** Somebody with an account, by IRC. */
  async ircMember(name: string): Promise<Participant> {
    return new IrcParticipant(
      name,
      true,
      await this.irc.member(name, { capabilities: "multi-prefix" }),
    );
  }

  /** Somebody without an account. */
  async ircGuest(nick: string): Promise<Participant> {
    const peer = await this.irc.guest(nick, { capabilities: "multi-prefix" });
    return new IrcParticipant(`~${nick}`, false, peer);
  }

  /** Somebody with the client of the course project, who is in the lobby. */
  async classicMember(name: string): Promise<MemberPeer> {
    return await this.classic.member(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.irc[Symbol.asyncDispose]();
    await this.classic[Symbol.asyncDispose]();
    await this.native[Symbol.asyncDispose]();
  }
}
