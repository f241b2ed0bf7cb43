import { assert, assertStrictEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { prepared } from "../../../../../server/storage/sqlite/file/statements.ts";

Deno.test("prepared() prepares a statement once for each database", () => {
  using first = new DatabaseSync(":memory:");
  using second = new DatabaseSync(":memory:");
  const statement = prepared(first, "SELECT 1 AS one");
  assertStrictEquals(prepared(first, "SELECT 1 AS one"), statement);
  assert(prepared(first, "SELECT 2 AS two") !== statement);
  assert(prepared(second, "SELECT 1 AS one") !== statement);
});
