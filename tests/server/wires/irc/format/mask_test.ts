import { assertEquals } from "@std/assert";
import { matchesMask } from "../../../../../server/common/mask.ts";
import { completeMask } from "../../../../../server/wires/irc/format/mask.ts";

const matches: readonly [text: string, mask: string, fits: boolean][] = [
  ["", "", true],
  ["", "*", true],
  ["a", "", false],
  ["abc", "abc", true],
  ["ABC", "aBc", true],
  ["abc", "a?c", true],
  ["ac", "a?c", false],
  ["abc", "*", true],
  ["abc", "**c*", true],
  ["abc", "*b", false],
  ["ann!~a@h.guest.chat", "*!*@h.*", true],
  ["ann!~a@h.guest.chat", "b*!*@*", false],
  ["ä👍", "??", true],
];

for (const [text, mask, fits] of matches) {
  Deno.test(`"${text}" ${fits ? "fits" : "does not fit"} the mask "${mask}"`, () => {
    assertEquals(matchesMask(text, mask), fits);
  });
}

Deno.test("a mask that begs for backtracking is matched at once", () => {
  assertEquals(matchesMask("a".repeat(5_000), `${"*a".repeat(50)}b`), false);
});

Deno.test("a mask that is longer than anything it could be for fits nothing", () => {
  assertEquals(matchesMask("a".repeat(200), `*${"a".repeat(127)}`), true);
  assertEquals(matchesMask("a".repeat(200), `*${"a".repeat(128)}`), false);
  assertEquals(matchesMask("ab", `${"*".repeat(400)}b`), true);
});

const completions: readonly [text: string, mask: string][] = [
  ["ann", "ann!*@*"],
  ["ann!u", "ann!u@*"],
  ["u@h", "*!u@h"],
  ["ann!u@h", "ann!u@h"],
  ["@h", "*!*@h"],
  ["", "*!*@*"],
  ["a!b!c@d@e", "a!b!c@d@e"],
];

for (const [text, mask] of completions) {
  Deno.test(`completeMask() makes "${mask}" of "${text}"`, () => {
    assertEquals(completeMask(text), mask);
  });
}
