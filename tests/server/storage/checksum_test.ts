import { assertEquals, assertNotEquals } from "@std/assert";
import { postChecksum, type PostFields } from "../../../server/storage/checksum.ts";

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
