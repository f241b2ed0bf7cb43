/**
 * Someone as IRC clients see it: a nick. Behind it are one or more sessions, on this wire or on others.
 *
 * @module
 */
import { memberHost, usualUsername } from "../../../storage/face.ts";
import type { User } from "../../../heart/session.ts";
import type { Profile } from "../../../storage/whispers.ts";
import { nickOf } from "./nick.ts";

/** What IRC wants to know of someone. */
export interface PersonDetails {
  readonly username: string;
  readonly host: string;
  readonly realname: string;
}

/** What stands for these details where someone has no IRC client. */
const otherWire: PersonDetails = { username: usualUsername, host: memberHost, realname: "" };

/** These details of somebody who came by another wire, or on another server of the cluster. */
export function detailsOf({ origin, account }: User, profile: Profile | null): PersonDetails {
  if (origin === undefined) return otherWire;
  const { username, host } = origin;
  return { username, host: account ? memberHost : host, realname: profile?.realname ?? "" };
}

/** Someone who is online. */
export class Person {
  /** The name in the heart. */
  readonly name: string;
  /** The folded name in the heart. */
  readonly nameKey: string;
  readonly nick: string;
  /** The folded nick. */
  readonly nickKey: string;
  /** The account's name; undefined for a guest. */
  readonly account: string | undefined;
  readonly username: string;
  readonly host: string;
  /** `nick!user@host`, as it begins every line from this person. */
  readonly source: string;
  realname: string;
  /** Why the person is away; null while here. */
  away: string | null = null;
  /** Set by each mode's letter: `B`, `i`, `o`, `w`. Only `Network.setMode` changes it. */
  readonly modes: ReadonlySet<string>;
  readonly metadata: Map<string, string>;
  readonly signedOnMs: number;
  /**
   * @param user Who it is in the heart.
   * @param details What IRC wants to know beside.
   * @param nowMs Milliseconds since 1970.
   * @param before Who the person was until now, if only the name changes.
   */
  constructor(user: User, details: PersonDetails, nowMs: number, before?: Person) {
    this.name = user.name;
    this.nameKey = user.nameKey;
    this.nick = nickOf(user.name);
    this.nickKey = nickOf(user.nameKey);
    this.account = user.account ? user.name : undefined;
    this.username = details.username;
    this.host = details.host;
    this.source = `${this.nick}!${details.username}@${details.host}`;
    this.realname = details.realname || this.nick;
    this.away = before?.away ?? null;
    this.modes = before?.modes ?? new Set();
    this.metadata = before?.metadata ?? new Map();
    this.signedOnMs = before?.signedOnMs ?? nowMs;
  }
}
