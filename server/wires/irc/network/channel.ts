/**
 * What IRC knows of a room beside what the heart does: modes, operators, lists. Kept in memory while anyone belongs to it.
 *
 * @module
 */
import type { Room } from "../../../heart/session.ts";
import { ChannelEvents } from "./channel_events.ts";
import { matchesMask } from "../format/mask.ts";
import type { Person } from "./person.ts";

/** An entry of a list of masks. */
export interface ListEntry {
  readonly mask: string;
  readonly by: string;
  readonly timeMs: number;
}

/** The lists of masks of a channel, by the letter of the mode. */
export type ListMode = "b" | "e" | "I";

/** Someone's rank in a channel. */
export interface Rank {
  operator: boolean;
  voice: boolean;
}

/** Invitations of a channel that wait. */
const invitedMax = 100;

/** The modes of a channel that nobody has changed yet. */
const usualModes = ["n", "t"];

/** A room as IRC sees it. */
export class Channel {
  readonly room: Room;
  readonly modes: Set<string>;
  key: string | null = null;
  limit: number | null = null;
  readonly lists: Readonly<Record<ListMode, ListEntry[]>> = { b: [], e: [], I: [] };
  /** Ranks by names in the heart. Those of accounts stay while they are away. */
  readonly ranks = new Map<string, Rank>();
  /** Folded nicks of those who were invited and have not come yet. */
  readonly invited = new Set<string>();
  readonly metadata = new Map<string, string>();
  /** What happened here beside what was said. */
  readonly events = new ChannelEvents();
  readonly createdMs: number;

  /**
   * @param room The room.
   * @param nowMs Milliseconds since 1970.
   */
  constructor(room: Room, nowMs: number) {
    this.room = room;
    this.modes = new Set(usualModes);
    this.createdMs = nowMs;
  }

  /** Lets someone in whatever the modes are; of too many who do not come, the first is forgotten. */
  invite(nickKey: string): void {
    this.invited.add(nickKey);
    const [first] = this.invited;
    if (this.invited.size > invitedMax) this.invited.delete(first!);
  }

  /** Whether its limit (+l) is reached, those included whose entering waits for the disk. */
  get isFull(): boolean {
    return this.limit !== null && this.room.sessions.size + this.room.entering >= this.limit;
  }

  /** Whether someone is an operator here. */
  isOperator(person: Person): boolean {
    return this.ranks.get(person.name)?.operator === true;
  }

  /** Whether someone has a voice or more. */
  hasVoice(person: Person): boolean {
    const rank = this.ranks.get(person.name);
    return rank !== undefined && (rank.operator || rank.voice);
  }

  /** The rank of someone, to be changed. */
  rank(name: string): Rank {
    let rank = this.ranks.get(name);
    if (rank === undefined) this.ranks.set(name, rank = { operator: false, voice: false });
    return rank;
  }

  /** What stands before a nick: the highest sign of its rank, or all of them. */
  signs(person: Person, all: boolean): string {
    const rank = this.ranks.get(person.name);
    if (rank === undefined) return "";
    const signs = `${rank.operator ? "@" : ""}${rank.voice ? "+" : ""}`;
    return all ? signs : signs.slice(0, 1);
  }

  /** Whether someone is kept out, or silent, by the list of bans and not excepted from it. */
  isBanned(person: Person): boolean {
    return this.#isListed("b", person) && !this.#isListed("e", person);
  }

  /** Whether someone may enter an invite-only channel without being invited. */
  isExpected(person: Person): boolean {
    return this.#isListed("I", person);
  }

  /** Whether someone may not speak though no ban keeps the person out: `m:` before a mask. */
  isMuted(person: Person): boolean {
    return this.#isListed("b", person, "m:") && !this.#isListed("e", person, "m:");
  }

  #isListed(list: ListMode, person: Person, prefix = ""): boolean {
    for (const { mask } of this.lists[list]) {
      if (!mask.startsWith(prefix)) continue;
      if (matchesMask(person.source, mask.slice(prefix.length))) return true;
    }
    return false;
  }
}
