import { assert, assertEquals } from "@std/assert";
import {
  invitationText,
  readRule,
  removedText,
  ruledLines,
  ruleNames,
  rulesLines,
  ruleUsages,
} from "../../../client/talk/rules_text.ts";
import { inCapitals, withSlash } from "../../../client/talk/remark_text.ts";
import { roles, roomLists, usualRules, withRules } from "../../../protocol/wire/room_rules.ts";

const nothing = { room: "#dev", by: "jill", roles: [], rules: {}, entries: [] };

Deno.test("each rule is shown as it is typed, and what is typed is read as that rule", () => {
  const others = withRules(usualRules, {
    ...{ invited: true, roomKey: "sesame", peopleMax: 12, speakers: "voiced", topic: "moderators" },
    ...{ listed: false, outsiders: true, questions: false },
  });
  for (const rules of [usualRules, others]) {
    let read = {};
    for (const line of rulesLines({ rules, roles: [], entries: [] })) {
      const [, name = "", value = ""] = /^(\S+) (\S+): /.exec(line)!;
      read = { ...read, ...readRule(name, value) };
    }
    assertEquals(read, { ...rules });
  }
  assertEquals(ruleUsages.length, ruleNames.length);
});

Deno.test("what is no rule, or none of its values, is not read", () => {
  const typed = [["speak", ""], ["speak", "all"], ["limit", "0"], ["limit", "1e3"], [
    "toString",
    "x",
  ], ["", ""]];
  for (const [name = "", value = ""] of typed) assertEquals(readRule(name, value), null, name);
});

Deno.test("a change is told only as far as it goes", () => {
  assertEquals(ruledLines(nothing, "jack"), []);
  assertEquals(ruledLines({ ...nothing, rules: { peopleMax: null } }, "jack"), [
    "#dev: any number of people can be there (set by jill).",
  ]);
});

Deno.test("every role and list has its sentence, for oneself and for others", () => {
  const changes = roles.flatMap((role) =>
    [true, false].map((held) => ({ name: "joe", role, held }))
  );
  const own = ruledLines({ ...nothing, roles: changes }, "joe");
  const other = ruledLines({ ...nothing, roles: changes }, "jack");
  assert(own.every((line) => line.startsWith("You ")), own.join());
  assert(other.every((line) => line.startsWith("joe ")), other.join());
  const entries = roomLists.flatMap((list) =>
    [true, false].map((listed) => ({ list, listed, name: "joe" }))
  );
  assertEquals(new Set(ruledLines({ ...nothing, entries }, "jack")).size, entries.length);
});

Deno.test("nothing of it can leave its line or reach the terminal's commands", () => {
  const evil = "x\n**** \u001b[2J";
  const lines = [
    ...ruledLines({
      ...nothing,
      entries: [{ list: "ban", mask: evil, listed: true }],
      rules: { roomKey: evil },
    }, "jack"),
    ...rulesLines({ rules: { ...usualRules, roomKey: evil }, roles: [], entries: [] }),
    removedText({ room: "#dev", by: "jill", reason: evil })!,
  ];
  // deno-lint-ignore no-control-regex -- control characters are what must not be there
  assertEquals(lines.filter((line) => /[\u0000-\u001f]/.test(line)), []);
});

Deno.test("who has left of oneself was not removed, and an invitation names the command", () => {
  assertEquals(removedText({ room: "#dev" }), null);
  assertEquals(removedText({ room: "#dev", by: "jill" }), "jill has removed you from #dev");
  const invitation = { room: "#dev", by: "jill" };
  assertEquals(
    invitationText(invitation, inCapitals),
    "jill invites you to #dev: JOIN #dev enters it",
  );
  assertEquals(
    invitationText(invitation, withSlash),
    "jill invites you to #dev: /join #dev enters it",
  );
});
