/** What holds in a room: how changes of it are applied, and its text in the store. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { roles, roomLists, usualRules } from "../../../protocol/wire/room_rules.ts";
import { lawOfText, textOfLaw } from "../../../server/storage/law_text.ts";
import {
  changedLaw,
  holderOf,
  lawOfOwner,
  type RoomChange,
  type RoomLaw,
  usualLaw,
} from "../../../server/storage/room_law.ts";

const ann = { nameKey: "ann", name: "Ann" };
const entry = { list: "ban", subject: { mask: "Bob!*@*" }, by: "Ann", timeMs: 5 } as const;

function changes(): fc.Arbitrary<RoomChange[]> {
  const name = fc.constantFrom("ann", "bob", "cid");
  const subject = fc.oneof(
    fc.record({ account: name }),
    fc.record({ mask: fc.constantFrom("a!*@*", "A!*@*", "*!*@b") }),
  );
  return fc.array(fc.oneof(
    fc.record({
      kind: fc.constant("role" as const),
      role: fc.constantFrom(...roles),
      nameKey: name,
      name: fc.constant("Name"),
      held: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant("rules" as const),
      rules: fc.record({
        invited: fc.boolean(),
        roomKey: fc.option(fc.constantFrom("k", "ä")),
        peopleMax: fc.option(fc.integer({ min: 1, max: 9 })),
        speakers: fc.constantFrom("everyone" as const, "voiced" as const),
        listed: fc.boolean(),
      }, { requiredKeys: [] }),
    }),
    fc.record({
      kind: fc.constant("entry" as const),
      list: fc.constantFrom(...roomLists),
      subject,
      by: name,
      timeMs: fc.nat(),
      listed: fc.boolean(),
    }),
  ));
}

Deno.test("what changes nothing gives the same law", () => {
  const law = changedLaw(lawOfOwner(ann), [{ kind: "entry", listed: true, ...entry }]);
  const nothing: readonly RoomChange[] = [
    { kind: "role", role: "owner", held: true, ...ann },
    { kind: "role", role: "voiced", held: false, ...ann },
    { kind: "rules", rules: { invited: false, roomKey: null } },
    { kind: "rules", rules: {} },
    // The same mask in other letters, by someone else.
    { kind: "entry", listed: true, ...entry, subject: { mask: "BOB!*@*" }, by: "Bob", timeMs: 9 },
    { kind: "entry", listed: false, ...entry, list: "mute" },
  ];
  for (const change of nothing) assertStrictEquals(changedLaw(law, [change]), law);
});

Deno.test("a role is given and taken beside others of the same person", () => {
  let law: RoomLaw = lawOfOwner(ann);
  law = changedLaw(law, [{ kind: "role", role: "voiced", held: true, ...ann }]);
  assertEquals(holderOf(law, "ann")?.roles, ["owner", "voiced"]);
  law = changedLaw(law, [{ kind: "role", role: "owner", held: false, ...ann }]);
  assertEquals(holderOf(law, "ann")?.roles, ["voiced"]);
  law = changedLaw(law, [{ kind: "role", role: "voiced", held: false, ...ann }]);
  assertEquals(holderOf(law, "ann"), undefined);
  assertEquals(law.roles, []);
});

Deno.test("an account and a mask that reads like it are two entries", () => {
  const account = { ...entry, subject: { account: "bob" } };
  const mask = { ...entry, subject: { mask: "bob" } };
  const law = changedLaw(usualLaw, [
    { kind: "entry", listed: true, ...account },
    { kind: "entry", listed: true, ...mask },
  ]);
  assertEquals(law.entries, [account, mask]);
});

Deno.test("whatever holds in a room is the same after it was stored, and the same law has the same text", () => {
  fc.assert(fc.property(changes(), (all) => {
    const law = changedLaw(usualLaw, all);
    const text = textOfLaw(law);
    const read = lawOfText(text)!;
    assertEquals(read, law);
    assertEquals(textOfLaw(read), text);
    // One by one it comes to the same.
    const single = all.reduce((before, change) => changedLaw(before, [change]), usualLaw);
    assertEquals(textOfLaw(single), text);
  }));
});

Deno.test("a room in which nothing is unusual has no text", () => {
  assertEquals(textOfLaw(usualLaw), null);
  assertEquals(lawOfText(null), usualLaw);
  const there = changedLaw(usualLaw, [{ kind: "rules", rules: { invited: true } }]);
  const back = changedLaw(there, [{ kind: "rules", rules: { invited: false } }]);
  assertEquals(textOfLaw(back), null);
});

Deno.test("a text that is no law is not taken for one", () => {
  const law = changedLaw(lawOfOwner(ann), [{ kind: "entry", listed: true, ...entry }]);
  const text = textOfLaw(law)!;
  const broken = [
    "",
    "null",
    "{}",
    text.slice(1),
    text.replace("owner", "king"),
    text.replace('"ban"', '"banish"'),
    text.replace('"timeMs":5', '"timeMs":"5"'),
    JSON.stringify({ roles: [], rules: { invited: "yes" }, entries: [] }),
  ];
  for (const one of broken) assertEquals(lawOfText(one), null, one);
});

Deno.test("a text without some rules has the usual ones", () => {
  const law = lawOfText('{"roles":[],"rules":{"invited":true},"entries":[]}');
  assertEquals(law?.rules, { ...usualRules, invited: true });
});
