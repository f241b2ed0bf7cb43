import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Groups } from "../../../server/common/groups.ts";

Deno.test("the oldest of the group that holds most is found", () => {
  const groups = new Groups<string>();
  assertEquals(groups.oldestOfLargest(), undefined);
  groups.add("a", "a1");
  groups.add("b", "b1");
  assertEquals(groups.oldestOfLargest(), "a1");
  groups.add("b", "b2");
  assertEquals(groups.oldestOfLargest(), "b1");
  groups.delete("b", "b1");
  assertEquals(groups.oldestOfLargest(), "a1");
  groups.delete("a", "a1");
  assertEquals(groups.oldestOfLargest(), "b2");
});

Deno.test("what is in no group changes nothing when it is taken out", () => {
  const groups = new Groups<string>();
  groups.add("a", "a1");
  groups.delete("a", "other");
  groups.delete("b", "a1");
  assertEquals(groups.size, 1);
  assertEquals(groups.oldestOfLargest(), "a1");
});

Deno.test("whatever came and went, the one that is found is the oldest of a group of the most", () => {
  const step = fc.record({ group: fc.constantFrom("a", "b", "c", "d"), goes: fc.boolean() });
  fc.assert(fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
    const groups = new Groups<number>();
    const expected = new Map<string, number[]>();
    for (const [index, { group, goes }] of steps.entries()) {
      const members = expected.get(group) ?? [];
      expected.set(group, members);
      if (!goes) {
        members.push(index);
        groups.add(group, index);
      } else if (members.length > 0) groups.delete(group, members.shift()!);
      const most = Math.max(...[...expected.values()].map(({ length }) => length));
      const candidates = [...expected.values()].filter(({ length }) => length === most && most > 0)
        .map(([oldest]) => oldest);
      const found = groups.oldestOfLargest();
      assertEquals(candidates.includes(found), candidates.length > 0);
      assertEquals(groups.size, [...expected.values()].flat().length);
    }
  }));
});
