import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { SortedUsers } from "../../../server/heart/sorted_users.ts";

const userOf = (name: string) => ({ name, nameKey: name, account: true });

Deno.test("thousands of users stay sorted, whoever is put in and taken out", () => {
  const number = fc.nat({ max: 3_000 });
  fc.assert(
    fc.property(
      fc.uniqueArray(number, { minLength: 1_000, maxLength: 3_000 }),
      fc.array(number, { maxLength: 3_000 }),
      number,
      (put, taken, after) => {
        const users = new SortedUsers();
        for (const one of put) users.add(userOf(`u${one}`));
        for (const one of taken) users.delete(userOf(`u${one}`));
        const gone = new Set(taken);
        const names = put.filter((one) => !gone.has(one)).map((one) => `u${one}`).sort();
        assertEquals([...users.from()].map(({ name }) => name), names);
        const later = names.filter((name) => name > `u${after}`);
        assertEquals([...users.from(`u${after}`)].map(({ name }) => name), later);
      },
    ),
    { numRuns: 10 },
  );
});

Deno.test("a list of nobody is empty", () => {
  const users = new SortedUsers();
  users.delete(userOf("jack"));
  assertEquals([...users.from()], []);
  users.add(userOf("jack"));
  users.delete(userOf("jack"));
  assertEquals([...users.from("a")], []);
});
