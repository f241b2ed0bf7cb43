/** The letters of channel modes as a table over the rules of rooms. */
import { assertEquals, assertThrows } from "@std/assert";
import { roomLists, type RoomRules, usualRules } from "../../../../../protocol/wire/room_rules.ts";
import { type RoomChange, usualLaw } from "../../../../../server/storage/room_law.ts";
import { channelModeLetters } from "../../../../../server/wires/irc/format/isupport.ts";
import {
  changeText,
  entryOf,
  letterOf,
  modeChanges,
  modesOf,
  rulesOfFlag,
} from "../../../../../server/wires/irc/network/mode_letters.ts";

const everyoneIsThere = () => true;

/** What is told of changes, in words. */
function told(changes: readonly RoomChange[], isThere = everyoneIsThere): string {
  return changeText(modeChanges(usualLaw, changes, isThere));
}

Deno.test("every letter that is announced stands for a rule, and every rule has a letter", () => {
  const ruled = [...channelModeLetters.flags].map((letter) => {
    const [on, off] = [rulesOfFlag(letter, true), rulesOfFlag(letter, false)];
    assertEquals(Object.keys(on!), Object.keys(off!));
    const [rule] = Object.keys(on!);
    assertEquals(on![rule as keyof RoomRules] === off![rule as keyof RoomRules], false, letter);
    return rule;
  });
  assertEquals(
    [...ruled, "roomKey", "peopleMax"].sort(),
    Object.keys(usualRules).sort(),
  );
  assertEquals(rulesOfFlag("k", true), undefined);
  assertEquals(rulesOfFlag("x", true), undefined);
});

Deno.test("a letter that is set is shown, and not when it is taken back", () => {
  for (const letter of channelModeLetters.flags) {
    const on = { ...usualRules, ...rulesOfFlag(letter, true) };
    const off = { ...usualRules, ...rulesOfFlag(letter, false) };
    assertEquals(modesOf(on, true)[0]!.includes(letter), true);
    assertEquals(modesOf(off, true)[0]!.includes(letter), false);
  }
  assertEquals(modesOf(usualRules, true), ["+n"]);
  const closed = { ...usualRules, roomKey: "sesame", peopleMax: 7 };
  assertEquals(modesOf(closed, true), ["+nkl", "sesame", "7"]);
  assertEquals(modesOf(closed, false), ["+nkl", "*", "7"]);
});

Deno.test("every list has a letter, and what is written of an entry is read as the same", () => {
  for (const list of roomLists) {
    for (const subject of [{ account: "jill" }, { mask: "a!*@*" }]) {
      const { letter, param } = letterOf({ list, subject });
      assertEquals(entryOf(letter, param), { list, subject });
    }
  }
});

Deno.test("parameters of lists are completed, and accounts are folded", () => {
  assertEquals(entryOf("b", "bob"), { list: "ban", subject: { mask: "bob!*@*" } });
  assertEquals(entryOf("b", "m:~x@h"), { list: "mute", subject: { mask: "*!~x@h" } });
  assertEquals(entryOf("e", "m:a:Jill"), { list: "mute_exception", subject: { account: "jill" } });
  assertEquals(entryOf("I", "m:x"), { list: "welcome", subject: { mask: "m:x!*@*" } });
  assertThrows(() => entryOf("b", "a:"));
  assertThrows(() => entryOf("b", "a:no such name"));
});

Deno.test("changes are told as one MODE, with signs where they change and parameters in their order", () => {
  const jill = { nameKey: "jill", name: "Jill" };
  const entry = { subject: { account: "joe" }, by: "jill", timeMs: 0 } as const;
  assertEquals(
    told([
      { kind: "role", role: "owner", held: true, ...jill },
      // She is an operator already, for IRC.
      { kind: "role", role: "moderator", held: true, ...jill },
      { kind: "role", role: "voiced", held: true, nameKey: "~zoe", name: "~Zoe" },
      { kind: "rules", rules: { outsiders: true, roomKey: "sesame" } },
      { kind: "entry", list: "mute", listed: true, ...entry },
      { kind: "rules", rules: { peopleMax: 3 } },
      { kind: "entry", list: "mute", listed: false, ...entry },
      { kind: "rules", rules: { roomKey: null, peopleMax: null } },
    ]),
    "+ov-n+kbl-bkl Jill Zoe sesame m:a:joe 3 m:a:joe *",
  );
});

Deno.test("ranks of people who are not there are not told", () => {
  const role = {
    kind: "role",
    role: "moderator",
    held: true,
    nameKey: "jill",
    name: "jill",
  } as const;
  assertEquals(told([role, { kind: "rules", rules: { invited: true } }], () => false), "+i");
});

Deno.test("what changes nothing is not told", () => {
  assertEquals(told([{ kind: "rules", rules: { invited: false } }]), "");
});
