import { assertEquals, assertThrows } from "@std/assert";
import { readReference } from "../../../client/talk/post_reference.ts";
import { inCapitals } from "../../../client/talk/remark_text.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import type { AnnotationKind, PostKind } from "../../../protocol/wire/post_kinds.ts";

const posts: { sequence: number; from: string; kind: PostKind; named?: true }[] = [
  { sequence: 1041, from: "jack", kind: "text" },
  { sequence: 1042, from: "Jill", kind: "text", named: true },
  { sequence: 1050, from: "alan", kind: "text" },
  { sequence: 1142, from: "jack", kind: "text" },
  { sequence: 1143, from: "alan", kind: "retracted" },
];

function meant(kind: AnnotationKind, typed: string): [number, string] {
  const { post, text } = readReference(typed, posts, {
    kind,
    ownName: "jack",
    mentionsOwn: ({ named }) => named === true,
    spell: inCapitals,
  });
  return [post.sequence, text];
}

Deno.test("a number, or its end, names the newest message that it fits", () => {
  assertEquals(meant("reply", "1041 yes"), [1041, "yes"]);
  assertEquals(meant("reply", "42 yes"), [1142, "yes"]);
  assertEquals(meant("reply", "#050 yes"), [1050, "yes"]);
  assertEquals(meant("retraction", "1041"), [1041, ""]);
});

Deno.test("a name means the newest message of that person, however it is written", () => {
  assertEquals(meant("reply", "alan yes"), [1050, "yes"]);
  assertEquals(meant("reaction", "@JILL: 👍"), [1042, "👍"]);
});

Deno.test("without either, what mentions one is answered, and one's own is changed", () => {
  assertEquals(meant("reply", "yes of course"), [1042, "yes of course"]);
  assertEquals(meant("reaction", "👍"), [1042, "👍"]);
  assertEquals(meant("edit", "alan was right"), [1142, "alan was right"]);
  assertEquals(meant("retraction", ""), [1142, ""]);
  // A number alone is a text.
  assertEquals(meant("reply", "42"), [1042, "42"]);
});

Deno.test("what is not there is said", () => {
  const { message, code } = assertThrows(() => meant("reply", "7 yes"), ChatError);
  assertEquals(code, "not_found");
  assertEquals(message, "No message here has the number 7. NUMBERS shows them.");
  const nothing = () =>
    readReference("yes", [], {
      kind: "reply",
      ownName: "jack",
      mentionsOwn: () => false,
      spell: inCapitals,
    });
  assertEquals(
    assertThrows(nothing, ChatError).message,
    "There is no message of somebody else here yet.",
  );
});
