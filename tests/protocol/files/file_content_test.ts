import { assertEquals, assertThrows } from "@std/assert";
import {
  checkFileContent,
  encodeFileContent,
  type FileContent,
  fileSentence,
  readFileContent,
} from "../../../protocol/files/file_content.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { textBytesMax } from "../../../protocol/wire/limits.ts";

const content: FileContent = {
  file: "0123456789abcdef0123456789abcdef",
  name: "roses.jpg",
  size: 1_234_567,
  type: "image/jpeg",
  hash: new Uint8Array(32).fill(1),
  key: new Uint8Array(32).fill(2),
  text: "from the garden",
};

function altered(change: Record<string, unknown>): string {
  return JSON.stringify({ ...JSON.parse(encodeFileContent(content)), ...change });
}

Deno.test("what is said of a file is read as it was written", () => {
  assertEquals(readFileContent(encodeFileContent(content)), content);
  const least = { ...content, size: 0, type: "", text: "" };
  assertEquals(readFileContent(encodeFileContent(least)), least);
});

Deno.test("the largest names and texts fit a message", () => {
  const largest = { ...content, name: "é".repeat(127), text: "ü".repeat(1_024) };
  const bytes = new TextEncoder().encode(encodeFileContent(largest)).length;
  assertEquals(bytes <= textBytesMax, true, String(bytes));
});

Deno.test("what is no description of a file is not read as one", () => {
  const bodies = [
    "",
    "null",
    "[]",
    "a text",
    altered({ file: "../../etc/passwd" }),
    altered({ file: "0123456789ABCDEF0123456789ABCDEF" }),
    altered({ name: "" }),
    altered({ name: "two\nlines" }),
    altered({ name: "x".repeat(256) }),
    altered({ size: -1 }),
    altered({ size: 1.5 }),
    altered({ size: 2 ** 41 }),
    altered({ size: "12" }),
    altered({ type: "text" }),
    altered({ type: "text/html; charset=x" }),
    altered({ hash: "AAAA" }),
    altered({ key: "AAAA" }),
    altered({ key: "no base64!" }),
    altered({ text: "x".repeat(2_049) }),
  ];
  for (const body of bodies) assertEquals(readFileContent(body), null, body);
});

Deno.test("fields that newer programs add are passed over", () => {
  assertEquals(readFileContent(altered({ width: 12 })), content);
});

Deno.test("names and texts that could not be posted are refused", () => {
  for (const change of [{ name: "a\u001b[31m" }, { name: "gpj\u202eexe" }, { text: "\u0007" }]) {
    assertThrows(() => checkFileContent(altered(change)), ChatError);
  }
  assertThrows(() => checkFileContent("a text"), ChatError, "does not say what a file is");
});

Deno.test("a program that cannot show files says what was sent", () => {
  assertEquals(
    fileSentence(encodeFileContent(content)),
    "sent a file: roses.jpg (1.2 MB): from the garden",
  );
  const plain = encodeFileContent({ ...content, size: 12, text: "" });
  assertEquals(fileSentence(plain), "sent a file: roses.jpg (12 bytes)");
  assertEquals(fileSentence("{}"), "sent a file that this program cannot read");
});
