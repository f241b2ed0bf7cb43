import { assertEquals, assertInstanceOf } from "@std/assert";
import {
  errorReceived,
  errorToSend,
} from "../../../../../server/storage/sqlite/file/sent_error.ts";
import { IdReusedError, StorageError, TakenError } from "../../../../../server/storage/storage.ts";

Deno.test("errors keep their class and reason on the way between threads", () => {
  for (
    const error of [new TakenError("a"), new IdReusedError("b"), new StorageError("locked", "c")]
  ) {
    const received = errorReceived(structuredClone(errorToSend(error)));
    assertEquals([received.constructor, received.message], [error.constructor, error.message]);
  }
  const other = errorReceived(errorToSend(new RangeError("d")));
  assertInstanceOf(other, StorageError);
  assertEquals([other.reason, other.message], ["failed", "d"]);
  assertInstanceOf(errorReceived(errorToSend("text")), StorageError);
});
