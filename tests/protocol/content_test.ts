import { assertEquals, assertThrows } from "@std/assert";
import {
  checkAnnotation,
  contentVersion,
  fallbackOf,
  fallbackText,
  isAnnotation,
  isSearchable,
  maybeAbout,
} from "../../protocol/content.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import { reactionCharactersMax } from "../../protocol/wire/limits.ts";
import { annotationKinds, type ContentKind, postKinds } from "../../protocol/wire/post_kinds.ts";

const family = "👩\u200d👩\u200d👧\u200d👦";

Deno.test("a reaction is one emoji or one short word", () => {
  for (const reaction of ["👍", family, "🏳️\u200d🌈", "+1", ":thumbsup:", "ja"]) {
    assertEquals(checkAnnotation("reaction", reaction), reaction);
  }
  const wrong = [
    "",
    " ",
    "two words",
    "a\nb",
    "\x1b[31m",
    "\u202e",
    "x".repeat(reactionCharactersMax + 1),
  ];
  for (const reaction of wrong) {
    assertEquals(
      assertThrows(() => checkAnnotation("reaction", reaction), ChatError).code,
      "bad_text",
    );
  }
});

Deno.test("replies and edits are texts as any message, and what takes something back has none", () => {
  for (const kind of ["reply", "edit"] as const) {
    assertEquals(checkAnnotation(kind, "roses\r\nare red"), "roses\nare red");
    assertEquals(assertThrows(() => checkAnnotation(kind, " "), ChatError).code, "bad_text");
  }
  assertEquals(checkAnnotation("retraction", ""), "");
  assertThrows(() => checkAnnotation("retraction", "because"), ChatError);
});

Deno.test("only what was said can be answered or changed, and everything but a retraction taken back", () => {
  for (const kind of annotationKinds) {
    for (const target of ["text", "action", "notice", "reply", "sealed"] as const) {
      assertEquals(maybeAbout(kind, target), true, `${kind} of ${target}`);
    }
    for (const target of ["edit", "reaction"] as const) {
      assertEquals(maybeAbout(kind, target), kind === "retraction", `${kind} of ${target}`);
    }
    for (const target of ["retracted", "retraction"] as const) {
      assertEquals(maybeAbout(kind, target), false, `${kind} of ${target}`);
    }
  }
});

Deno.test("each kind has something that older programs can show", () => {
  const known = ["text", "action", "notice", "sealed"];
  for (const kind of postKinds) {
    const body = kind === "retraction" || kind === "retracted" ? "" : "roses";
    const fallback = fallbackOf({ kind, body });
    assertEquals(known.includes(fallback.kind), true);
    assertEquals(fallback.body.length > 0, true);
    // What holds a file's key is shown to nobody.
    if (body !== "") assertEquals(fallback.body.includes(body), kind !== "file");
  }
  assertEquals(contentVersion, 3);
});

Deno.test("words are looked for in what people say, and in nothing else", () => {
  const searchable = postKinds.filter(isSearchable);
  assertEquals(searchable, ["text", "action", "notice", "reply", "edit"]);
  assertEquals(postKinds.filter(isAnnotation), [...annotationKinds]);
});

Deno.test("each kind has a text that stands for it in private", () => {
  const said = (kind: ContentKind, text: string) => fallbackText({ kind, text }, "jack");
  assertEquals(said("text", "roses"), "roses");
  assertEquals(said("reply", "roses"), "roses");
  assertEquals(said("edit", "roses"), "(edited) roses");
  assertEquals(said("reaction", "🌹"), "* jack reacts with 🌹");
  assertEquals(said("retraction", ""), "* jack took a message back");
  assertEquals(said("action", "waves"), "* jack waves");
});
