import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { boldParts, codeParts, textBlocks } from "../../../client/talk/marked_text.ts";

function shortly(text: string): string[] {
  return textBlocks(text).map(({ isCode, label, lines }) =>
    `${isCode ? `code ${label}` : "text"}: ${lines.join("|")}`
  );
}

Deno.test("what stands between fences is code, and what is not closed is text", () => {
  assertEquals(shortly("roses"), ["text: roses"]);
  assertEquals(shortly("a\n```\nb\n  c\n```\nd"), ["text: a", "code : b|  c", "text: d"]);
  assertEquals(shortly("```ts\nlet a;\n```\n```\nb\n```"), ["code ts: let a;", "code : b"]);
  assertEquals(shortly("````\n```\nb\n```\n````"), ["code : ```|b|```"]);
  assertEquals(shortly("```\nnever closed"), ["text: ```|never closed"]);
  assertEquals(shortly("``` two words\na\n```"), ["text: ``` two words|a|```"]);
  assertEquals(shortly("```\n```"), ["code : "]);
  assertEquals(shortly("```  ts \na\n  ```  "), ["code ts: a"]);
  assertEquals(shortly("```\n  \n```x\n```"), ["code :   |```x"]);
});

Deno.test("a fence with very many spaces behind it takes no longer than any other line", () => {
  const timeOf = (line: string) => {
    const began = performance.now();
    for (let time = 0; time < 10; time++) textBlocks(line);
    return performance.now() - began;
  };
  // Looked at once, it takes some microseconds; with each pair of its spaces looked at, some seconds.
  assertEquals(timeOf("```" + " ".repeat(8_000) + "two words") < 500, true);
});

Deno.test("no text loses or gains a line of code", () => {
  const line = fc.constantFrom("```", "````", "``` ts", "a", "", "  b", "`c`");
  fc.assert(fc.property(fc.array(line, { minLength: 1 }), (lines) => {
    const blocks = textBlocks(lines.join("\n"));
    const fences = blocks.filter(({ isCode }) => isCode).length * 2;
    const kept = blocks.reduce((sum, block) => sum + block.lines.length, 0);
    assertEquals(kept + fences, lines.length);
  }));
});

Deno.test("code and bold are found, and the marks stay", () => {
  const looks = (parts: ReturnType<typeof codeParts>) =>
    parts.map(({ text, look }) => `${look} ${text}`);
  assertEquals(looks(codeParts("run `deno task ok` now")), [
    ...["plain run ", "mark `", "code deno task ok", "mark `", "plain  now"],
  ]);
  assertEquals(looks(boldParts("that is *not* it")), [
    ...["plain that is ", "mark *", "bold not", "mark *", "plain  it"],
  ]);
  for (const text of ["2 * 3 * 4", "a*b*c", "**", "* a *", "*a", "`"]) {
    assertEquals(looks(boldParts(text)), [`plain ${text}`]);
  }
  fc.assert(fc.property(fc.string(), (text) => {
    for (const parts of [codeParts(text), boldParts(text)]) {
      assertEquals(parts.map((part) => part.text).join(""), text);
    }
  }));
});

Deno.test("very many marks that are never closed are text", () => {
  for (
    const text of [
      "`".repeat(8_000),
      "*a ".repeat(2_700),
      "```\n".repeat(2_000),
      "*`".repeat(4_000),
    ]
  ) {
    assertEquals(textBlocks(text).filter(({ isCode }) => isCode).length <= 1_000, true);
    assertEquals(codeParts(text).map((part) => part.text).join(""), text);
    assertEquals(boldParts(text).map((part) => part.text).join(""), text);
  }
});
