/**
 * Every event that a server tells: one schema each. docs/protocol.md shows them with examples. An event is `{"event": …, …}`.
 *
 * @module
 */
import * as v from "valibot";
import { fieldSchemas } from "./fields.ts";
import { roleHoldersMax } from "./limits.ts";
import { roomSchemas } from "./room_rules.ts";

const { nothing, post, room, sealedBody, sequence, servers } = fieldSchemas;
const { shownName, shownNames, someEntries, topic } = fieldSchemas;
const { role, someRules } = roomSchemas;

/** For each event: what it holds beside `event`. */
export const events = {
  /** The server's first words. */
  hello: v.object({
    protocol: v.pipe(v.number(), v.safeInteger()),
    server: v.pipe(v.string(), v.maxLength(256)),
    registration: v.picklist(["open", "closed"]),
    motd: v.optional(v.pipe(v.string(), v.maxLength(16 * 1024))),
    /** Where the server gives out a page for browsers. */
    page: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(512))), v.maxLength(64))),
  }),
  /** A post to a room that one is in, or a private message from or to oneself; one's own posts too. */
  post: v.object({ post }),
  /** Who came online and who left, since the last such event. */
  presence: v.object({ came: shownNames, left: shownNames }),
  /** Who entered and who left a room. */
  members: v.object({ room: shownName, joined: shownNames, left: shownNames }),
  /** A room's topic was set. */
  topic: v.object({ room: shownName, topic, by: shownName }),
  /** This account entered or left a room, maybe on another machine. */
  joined: room,
  left: v.object({
    room: shownName,
    /** Who has taken the account out of the room, and why; where somebody has. */
    by: v.optional(shownName),
    reason: v.optional(v.pipe(v.string(), v.maxLength(1024))),
  }),
  /** Somebody has changed what holds in a room. */
  ruled: v.object({
    room: shownName,
    by: shownName,
    roles: v.pipe(
      v.array(v.object({ name: shownName, role, held: v.boolean() })),
      v.maxLength(roleHoldersMax),
    ),
    rules: someRules,
    entries: someEntries,
    /** Whether the session that is told has done it. Servers of before do not say so. */
    own: v.optional(v.boolean()),
  }),
  /** Someone in a room wants this account in it. */
  invited: v.object({ room: shownName, by: shownName }),
  /** Another session of the same account has shown everything up to this post. */
  read: v.object({ sequence }),
  /** What is being typed in another session of the same account, sealed (protocol/e2e/draft.ts). */
  draft: v.object({ sealed: sealedBody }),
  /** The server wants a sign of life. */
  probe: nothing,
  /** A server of a cluster gives one. */
  alive: nothing,
  /** The other servers of the cluster are reached elsewhere from now on, or there are others. */
  servers: v.object({ servers }),
  /** All of a file is on the server's disk. Told on the connection that has carried it. */
  file_stored: nothing,
  /** The server is about to close this connection. */
  closing: v.object({
    reason: v.pipe(v.string(), v.maxLength(512)),
    /** Whether the account wanted it so: a program must not come back by itself then. */
    final: v.optional(v.boolean()),
  }),
  /** A frame could not be answered by a reply, because it could not be read. */
  error: v.object({ code: v.string(), message: v.pipe(v.string(), v.maxLength(1024)) }),
} as const;

/** The types of events. */
export type EventType = keyof typeof events;
/** What an event of a type holds, without `event`. */
export type EventOf<T extends EventType> = v.InferOutput<(typeof events)[T]>;
/** An event that was read. */
export type ServerEvent = {
  [T in EventType]: {
    readonly event: T;
    readonly content: EventOf<T>;
    /** How far a server of a cluster has followed the log, as it says beside what that brings; a server that is alone does not. */
    readonly place?: number;
  };
}[EventType];
