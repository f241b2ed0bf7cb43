import { assertEquals } from "@std/assert";
import { ServerList } from "../../../../server/storage/nats/server_list.ts";
import type { ToldPlace } from "../../../../server/storage/nats/told_place.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

const told = (run: string, ...addresses: string[]): ToldPlace => ({
  ...{ node: run, run, cluster: "ours", applied: 1, checksum: 1, addresses, people: 0 },
});

function watched() {
  const list = new ServerList();
  const changes: (readonly string[])[] = [];
  list.watch((addresses) => changes.push(addresses));
  return { list, changes };
}

Deno.test("the others are told once for each change, the first address of each before the second of any", () => {
  const { list, changes } = watched();
  list.hear(told("b", "b.example:1", "10.0.0.8:1"));
  list.hear(told("c", "c.example:1"));
  list.hear(told("b", "b.example:1", "10.0.0.8:1"));
  assertEquals(changes, [
    ["b.example:1", "10.0.0.8:1"],
    ["b.example:1", "c.example:1", "10.0.0.8:1"],
  ]);
  assertEquals(list.addresses, changes.at(-1));
});

Deno.test("a server that stops says so, and one that is silent for six seconds counts as gone", async () => {
  using time = new FakeTime();
  const { list, changes } = watched();
  list.hear(told("b", "b.example:1"));
  list.hear(told("c", "c.example:1"));
  list.hear(told("b"));
  assertEquals(changes.at(-1), ["c.example:1"]);
  await time.advance(6_000);
  list.forgetSilent();
  assertEquals(list.others.length, 2);
  await time.advance(1);
  list.forgetSilent();
  assertEquals([list.others, list.addresses], [[], []]);
});

Deno.test("what is no address, and what is the own one as well, leads nobody anywhere", () => {
  const { list } = watched();
  list.announce({ addresses: ["172.17.0.1:1"], people: () => 0 });
  list.hear(told("b", "nonsense", "172.17.0.1:1", "b.example:1"));
  assertEquals(list.addresses, ["b.example:1"]);
});

Deno.test("no more addresses are told than clients take", () => {
  const { list } = watched();
  for (let at = 0; at < 20; at++) list.hear(told(`r${at}`, `s${at}.example:1`));
  assertEquals(list.addresses.length, 16);
});

Deno.test("the own server is told when it is ready, with those who are on it, and when it stops", () => {
  const { list } = watched();
  const said: unknown[] = [];
  list.onSelf = () => said.push(list.self);
  let people = 3;
  assertEquals(list.self, { addresses: [], people: 0 });
  list.announce({ addresses: ["a.example:1"], people: () => people });
  people = 4;
  assertEquals(list.self, { addresses: ["a.example:1"], people: 4 });
  list.retire();
  assertEquals(said, [
    { addresses: ["a.example:1"], people: 3 },
    { addresses: [], people: 4 },
  ]);
});

Deno.test("files that the own server has to copy are told, where there are any", () => {
  const list = new ServerList();
  let missing = 2;
  list.announce({ addresses: [], people: () => 0, missingFiles: () => missing });
  assertEquals(list.self, { addresses: [], people: 0, missingFiles: 2 });
  missing = 0;
  assertEquals(list.self, { addresses: [], people: 0 });
});
