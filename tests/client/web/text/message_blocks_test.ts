import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type Block,
  type Inline,
  messageBlocks,
} from "../../../../client/web/text/message_blocks.ts";
import { anyText } from "../../../fixtures/any_text.ts";

function partText(part: Inline): string {
  return part.kind === "text" ? part.text : `${part.kind}(${part.text})`;
}

function blockText(block: Block): string {
  if (block.kind === "code") return `fence(${block.text})`;
  const lines = block.lines.map((line) => line.map(partText).join(""));
  return block.kind === "quote" ? `quote(${lines.join("|")})` : lines.join("|");
}

function shown(text: string): string {
  return messageBlocks(text, "jack").map(blockText).join(" + ");
}

Deno.test("code, bold, mentions and addresses are found in a line", () => {
  assertEquals(shown("see `a*b*` now"), "see code(a*b*) now");
  assertEquals(shown("*very* loud"), "bold(very) loud");
  assertEquals(shown("hi Jack, hi @jack"), "hi mention(Jack), hi mention(@jack)");
  assertEquals(shown("at https://a.example/x."), "at link(https://a.example/x).");
});

Deno.test("marks within words, beside spaces or without an end are what they are", () => {
  for (
    const text of ["2*3*4", "snake_case_name", "* a *", "*open", "a ` b", "5 * 3 * 2"]
  ) {
    assertEquals(shown(text), text);
  }
});

Deno.test("fences and quotes are blocks, and a fence without an end is none", () => {
  assertEquals(
    shown("look:\n```ts\nconst a = *b*;\n```\nend"),
    "look: + fence(const a = *b*;) + end",
  );
  assertEquals(shown("> one\n> two\nmine"), "quote(one|two) + mine");
  assertEquals(shown("```\nopen"), "```|open");
});

Deno.test("only addresses of the web become links", () => {
  for (
    const text of ["javascript:alert(1)", "ftp://a.example/x", "data:text/html,x", "//a.example"]
  ) {
    assertEquals(shown(text), text);
  }
});

Deno.test("whatever is written, no line of it is lost", () => {
  const inkOf = (text: string) => [...text].filter((one) => /[\p{L}\p{N}]/u.test(one)).join("");
  fc.assert(fc.property(anyText(), (text) => {
    const all = messageBlocks(text, "jack").flatMap((block) =>
      block.kind === "code" ? [block.text] : block.lines.flat().map((part) => part.text)
    );
    // A fence's own line may name a language.
    if (!text.includes("```")) assertEquals(inkOf(all.join("")), inkOf(text));
  }));
});
