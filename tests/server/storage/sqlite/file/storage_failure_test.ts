import { assertEquals, assertStrictEquals, assertStringIncludes } from "@std/assert";
import { StorageError } from "../../../../../server/storage/storage_error.ts";
import { storageErrorFrom } from "../../../../../server/storage/sqlite/file/storage_failure.ts";

const cases: [message: string, reason: StorageError["reason"]][] = [
  ["database disk image is malformed", "damaged"],
  ["file is not a database", "damaged"],
  ["no such table: posts", "damaged"],
  ["table posts has no column named kind", "damaged"],
  ["vtable constructor failed: words", "damaged"],
  ['foreign key mismatch - "posts" referencing "conversations"', "damaged"],
  ["database or disk is full", "full"],
  ["No space left on device (os error 28)", "full"],
  ["attempt to write a readonly database", "not_writable"],
  ["unable to open database file: /x", "not_writable"],
  ["database is locked", "locked"],
  ["disk I/O error", "failed"],
  ["anything else", "failed"],
];
for (const [message, reason] of cases) {
  Deno.test(`storageErrorFrom() takes "${message}" for ${reason}, and names the path`, () => {
    const thrown = new Error(message);
    const error = storageErrorFrom(thrown, "/data/chat.sqlite");
    assertEquals(error.reason, reason);
    assertStringIncludes(error.message, "/data/chat.sqlite");
    assertStrictEquals(error.cause, thrown);
  });
}

Deno.test("storageErrorFrom() keeps a StorageError, and takes what is no error", () => {
  const error = new StorageError("full", "x");
  assertStrictEquals(storageErrorFrom(error, "/x"), error);
  assertEquals(storageErrorFrom("text", "/x").reason, "failed");
});
