import { assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { foldPeerName, guestPrefix } from "../../../protocol/names/guest_names.ts";
import { parseUserName } from "../../../protocol/names/names.ts";

Deno.test("no account can have the name of a guest", () => {
  assertThrows(() => parseUserName(`${guestPrefix}ann`), ChatError);
});

Deno.test("foldPeerName() folds names of accounts and of guests", () => {
  assertEquals(foldPeerName("Ann"), "ann");
  assertEquals(foldPeerName("~Ann[Away]"), "~ann[away]");
  assertEquals(foldPeerName("~JU\u0308RGEN"), "~jürgen");
});

Deno.test("foldPeerName() refuses what neither can have", () => {
  assertThrows(() => foldPeerName("a b"), ChatError);
  assertThrows(() => foldPeerName(""), ChatError);
});
