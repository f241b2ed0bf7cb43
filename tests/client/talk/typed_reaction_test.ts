import { assertEquals, assertThrows } from "@std/assert";
import { typedReaction } from "../../../client/talk/typed_reaction.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";

Deno.test("a reaction may be an emoji, its name or a word, but no name that no emoji has", () => {
  for (
    const [typed, said] of [["👍", "👍"], [":thumbsup:", "👍"], ["yes", "yes"], [":-)", ":-)"]]
  ) {
    assertEquals(typedReaction(typed!), said);
  }
  const error = assertThrows(() => typedReaction(":tumbsup:"), ChatError);
  assertEquals(error.message, "No emoji is named :tumbsup:. A name is written like :thumbsup:.");
});
