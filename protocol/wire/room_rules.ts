/**
 * What can hold in a room: who is what there, its rules, and the lists of whom they are about. One vocabulary for the
 * protocol, the heart and the store.
 *
 * @module
 */
import * as v from "valibot";
import { roomKeyBytesMax, roomPlacesMax } from "./limits.ts";

/** What someone can be in a room beside a member. */
export const roles = ["owner", "moderator", "voiced"] as const;
/** See {@linkcode roles}. */
export type Role = (typeof roles)[number];

/** A room's key as a person can type it in any client: one word, without commas. */
const roomKey = v.pipe(
  v.string(),
  v.regex(/^[^\s,:\p{C}][^\s,\p{C}]*$/u),
  v.maxBytes(roomKeyBytesMax),
);

/** Each rule with its schema. */
const ruleEntries = {
  /** Whether only people who are invited may enter. */
  invited: v.boolean(),
  /** What has to be said in order to enter; null for nothing. */
  roomKey: v.nullable(roomKey),
  /** How many people may be there at once; null for any number. */
  peopleMax: v.nullable(
    v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(roomPlacesMax)),
  ),
  /** Who may speak: everyone who is there, or only people with a voice and those who rule the room. */
  speakers: v.picklist(["everyone", "voiced"]),
  /** Who may set the topic. */
  topic: v.picklist(["everyone", "moderators"]),
  /** Whether people who are not in the room see it in lists. */
  listed: v.boolean(),
  /** Whether people who are not in the room may post to it. */
  outsiders: v.boolean(),
  /** Whether programs may ask one another things that are not stored, as those for IRC do (CTCP). */
  questions: v.boolean(),
};
const rules = v.object(ruleEntries);
/** The rules of a room. */
export type RoomRules = Readonly<v.InferOutput<typeof rules>>;
/** Some of the rules of a room. */
export type SomeRules = { readonly [Rule in keyof RoomRules]?: RoomRules[Rule] | undefined };

/** The rules of a room in which nobody has changed any. */
export const usualRules: RoomRules = {
  invited: false,
  roomKey: null,
  peopleMax: null,
  speakers: "everyone",
  topic: "everyone",
  listed: true,
  outsiders: false,
  questions: true,
};

/**
 * Lists of a room: who is kept out and silent, who is silent only, who is excepted from either, and who needs no invitation.
 */
export const roomLists = ["ban", "mute", "ban_exception", "mute_exception", "welcome"] as const;
/** See {@linkcode roomLists}. */
export type RoomList = (typeof roomLists)[number];

/** The schemas of all this. */
export const roomSchemas = {
  role: v.picklist(roles),
  list: v.picklist(roomLists),
  rules,
  someRules: v.partial(rules),
} as const;

/** Some rules in place of those from before. */
export function withRules(before: RoomRules, some: SomeRules): RoomRules {
  const changed = Object.entries(some).filter(([, value]) => value !== undefined);
  return { ...before, ...Object.fromEntries(changed) };
}
