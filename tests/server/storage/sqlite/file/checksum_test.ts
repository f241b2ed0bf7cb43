import { assertEquals, assertNotEquals } from "@std/assert";
import {
  accountChecksum,
  postChecksum,
  type PostFields,
  roomChecksum,
} from "../../../../../server/storage/sqlite/file/checksum.ts";
import { makeAccount } from "../storage_fixture.ts";
import { lawOfOwner, usualLaw } from "../../../../../server/storage/room_law.ts";

const post: PostFields = {
  sequence: 1,
  conversation: 2,
  previous: 0,
  from: "ann",
  to: "bob",
  id: "x",
  timeMs: 3,
  kind: "text",
  body: "hello",
};

Deno.test("postChecksum() is CRC-32 of the fields as a JSON list", () => {
  // python3 -c 'import zlib; print(zlib.crc32(b"[1,2,0,\"ann\",\"bob\",\"x\",3,\"text\",\"hello\"]"))'
  assertEquals(postChecksum(post), 2337279849);
});

Deno.test("postChecksum() depends on every field", () => {
  const others: Partial<PostFields>[] = [
    { sequence: 2 },
    { conversation: 3 },
    { previous: 1 },
    { from: "Ann" },
    { to: "Bob" },
    { id: "y" },
    { timeMs: 4 },
    { kind: "notice" },
    { body: "hello " },
  ];
  for (const other of others) {
    assertNotEquals(postChecksum({ ...post, ...other }), postChecksum(post));
  }
});

Deno.test("postChecksum() keeps fields apart", () => {
  const left = postChecksum({ ...post, from: 'a","b', to: "c" });
  const right = postChecksum({ ...post, from: "a", to: 'b","c' });
  assertNotEquals(left, right);
});

Deno.test("accountChecksum() depends on every field", () => {
  const account = makeAccount("ann");
  const others = [
    { name: "x" },
    { nameKey: "x" },
    { skeleton: "x" },
    { salt: new Uint8Array([1, 2, 4]) },
    { iterations: 1 },
    { storedKey: account.serverKey, serverKey: account.storedKey },
    { serverKey: new Uint8Array(1) },
    { createdMs: 1 },
  ];
  for (const other of others) {
    assertNotEquals(accountChecksum({ ...account, ...other }), accountChecksum(account));
  }
});

Deno.test("roomChecksum() depends on every field", () => {
  const topicSetting = { by: "ann", timeMs: 1 };
  const room = {
    id: 1,
    name: "#a",
    nameKey: "#a",
    skeleton: "#a",
    topic: "",
    topicSetting,
    entries: 0,
    law: usualLaw,
  };
  const others = [
    { id: 2 },
    { name: "#b" },
    { nameKey: "#b" },
    { skeleton: "#b" },
    { topic: "x" },
    { topicSetting: null },
    { entries: 1 },
    { law: lawOfOwner({ nameKey: "ann", name: "Ann" }) },
    { law: { ...usualLaw, rules: { ...usualLaw.rules, invited: true } } },
    { topicSetting: { by: "bob", timeMs: 1 } },
    { topicSetting: { by: "ann", timeMs: 2 } },
  ];
  for (const other of others) {
    assertNotEquals(roomChecksum({ ...room, ...other }), roomChecksum(room));
  }
});
