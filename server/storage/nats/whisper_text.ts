/**
 * Whispers as bytes.
 *
 * @module
 */
import * as v from "valibot";
import { roomSchemas } from "../../../protocol/wire/room_rules.ts";
import type { Profile, Signal, ToldSession, Whisper } from "../whispers.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** JSON can say 1e999: what is counted must never be owed for ever, and times must be comparable. */
const finite = v.pipe(v.number(), v.finite());
const profile: v.GenericSchema<unknown, Profile> = v.object({
  realname: v.string(),
  away: v.nullable(v.string()),
  modes: v.string(),
  metadata: v.array(v.tuple([v.string(), v.string()])),
});
const signal: v.GenericSchema<unknown, Signal> = v.object({
  from: v.string(),
  to: v.union([
    v.object({ room: count, rank: v.picklist(["everyone", "voiced", "moderator"]) }),
    v.object({ nameKey: v.string() }),
    v.literal("wallops"),
  ]),
  verb: v.picklist(["PRIVMSG", "NOTICE", "TAGMSG", "WALLOPS"]),
  text: v.string(),
  clientOnly: v.string(),
});
/** What has a value to be taken where it is missing was told by a program from before it was told. */
const session: v.GenericSchema<unknown, ToldSession> = v.object({
  id: count,
  name: v.string(),
  nameKey: v.string(),
  account: v.boolean(),
  origin: v.nullable(v.object({ username: v.string(), host: v.string() })),
  rooms: v.array(count),
  followsAccount: v.boolean(),
  wire: v.picklist(["native", "web", "irc", "classic"]),
  secure: v.boolean(),
  opensSealed: v.boolean(),
  showsInvitations: v.boolean(),
  sinceMs: finite,
  namedMs: v.optional(finite, 0),
  roles: v.optional(v.array(v.tuple([count, v.array(roomSchemas.role)])), []),
  profile: v.optional(v.nullable(profile), null),
});

const whisper: v.GenericSchema<unknown, Whisper> = v.variant("type", [
  v.object({ type: v.literal("read"), nameKey: v.string(), sequence: count }),
  v.object({
    type: v.literal("sessions"),
    run: v.string(),
    number: count,
    part: count,
    parts: count,
    sessions: v.array(session),
    gone: v.array(count),
    farewells: v.optional(v.array(v.tuple([count, v.string()])), []),
  }),
  v.object({ type: v.literal("alive"), run: v.string(), number: count }),
  v.object({ type: v.literal("wanted"), run: v.nullable(v.string()) }),
  v.object({ type: v.literal("stopping"), run: v.string() }),
  v.object({
    type: v.literal("end"),
    run: v.string(),
    session: count,
    reason: v.string(),
    farewell: v.optional(v.nullable(v.string()), null),
  }),
  v.object({ type: v.literal("signal"), run: v.string(), signal }),
  v.object({
    type: v.literal("draft"),
    run: v.string(),
    session: count,
    nameKey: v.string(),
    sealed: v.string(),
  }),
  v.object({
    type: v.literal("spent"),
    run: v.string(),
    spent: v.array(v.tuple([v.string(), v.string(), v.string(), finite])),
  }),
  v.object({
    type: v.literal("invited"),
    run: v.string(),
    session: count,
    room: count,
    by: v.string(),
    opened: v.boolean(),
  }),
]);

const schema = v.object({ sender: v.string(), whisper });

/**
 * A whisper as bytes.
 *
 * @param sender Who tells it.
 * @param whisper The whisper.
 * @returns JSON.
 */
export function encodeWhisper(sender: string, whisper: Whisper): string {
  return JSON.stringify({ sender, whisper });
}

/**
 * Reads a whisper.
 *
 * @param encoded What {@linkcode encodeWhisper} returned, here or in another version of this program.
 * @returns The whisper and who has told it; null for anything else, as from a newer program: it is passed over.
 */
export function readWhisper(encoded: Uint8Array): { sender: string; whisper: Whisper } | null {
  try {
    const parsed = v.safeParse(schema, JSON.parse(new TextDecoder().decode(encoded)));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
