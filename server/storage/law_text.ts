/**
 * What holds in a room as one text, in which it is stored.
 *
 * @module
 */
import * as v from "valibot";
import {
  type RoomRules,
  roomSchemas,
  usualRules,
  withRules,
} from "../../protocol/wire/room_rules.ts";
import { type RoomChange, type RoomLaw, usualLaw } from "./room_law.ts";

const entry = {
  list: roomSchemas.list,
  subject: v.union([v.object({ account: v.string() }), v.object({ mask: v.string() })]),
  by: v.string(),
  timeMs: v.number(),
};

const change = v.variant("kind", [
  v.object({
    kind: v.literal("role"),
    role: roomSchemas.role,
    nameKey: v.string(),
    name: v.string(),
    held: v.boolean(),
  }),
  v.object({ kind: v.literal("rules"), rules: roomSchemas.someRules }),
  v.object({ kind: v.literal("entry"), listed: v.boolean(), ...entry }),
]);

/** One change of what holds in a room. JSON has no `undefined`: a rule that is there has a value. */
export const roomChangeSchema = change as v.GenericSchema<unknown, RoomChange>;

const lawSchema = v.object({
  roles: v.array(
    v.object({ nameKey: v.string(), name: v.string(), roles: v.array(roomSchemas.role) }),
  ),
  rules: roomSchemas.someRules,
  entries: v.array(v.object(entry)),
});

/**
 * What holds in a room as a text; the same law gives the same text.
 *
 * @param law The law.
 * @return The text; null where nothing is unusual, so that rooms of earlier versions stay as they are.
 */
export function textOfLaw(law: RoomLaw): string | null {
  const roles = law.roles.map(({ nameKey, name, roles }) => ({ nameKey, name, roles }));
  const rules = unusualRules(law.rules);
  if (roles.length + law.entries.length + Object.keys(rules).length === 0) return null;
  const entries = law.entries.map(({ list, subject, by, timeMs }) => ({
    list,
    subject,
    by,
    timeMs,
  }));
  return JSON.stringify({ roles, rules, entries });
}

function unusualRules(rules: RoomRules): Partial<RoomRules> {
  const names = Object.keys(usualRules) as (keyof RoomRules)[];
  const unusual = names.filter((name) => rules[name] !== usualRules[name]);
  return Object.fromEntries(unusual.map((name) => [name, rules[name]]));
}

/**
 * Reads what {@linkcode textOfLaw} wrote.
 *
 * @param text The text, or null.
 * @return The law; null where the text is none.
 */
export function lawOfText(text: string | null): RoomLaw | null {
  if (text === null) return usualLaw;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const result = v.safeParse(lawSchema, value);
  if (!result.success) return null;
  const { roles, rules, entries } = result.output;
  return { roles, rules: withRules(usualRules, rules), entries };
}
