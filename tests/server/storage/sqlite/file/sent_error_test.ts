import { assertEquals, assertInstanceOf } from "@std/assert";
import {
  errorReceived,
  errorToSend,
} from "../../../../../server/storage/sqlite/file/sent_error.ts";
import { StorageError } from "../../../../../server/storage/storage_error.ts";

Deno.test("errors keep their reason on the way between threads", () => {
  const received = errorReceived(structuredClone(errorToSend(new StorageError("locked", "c"))));
  assertInstanceOf(received, StorageError);
  assertEquals([received.reason, received.message], ["locked", "c"]);
  const other = errorReceived(errorToSend(new RangeError("d")));
  assertEquals([other.reason, other.message], ["failed", "d"]);
  assertEquals(errorReceived(errorToSend("text")).message, "text");
});
