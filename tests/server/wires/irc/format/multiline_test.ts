import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { textBytesMax } from "../../../../../protocol/wire/limits.ts";
import {
  addPiece,
  cutText,
  joinPieces,
  type OpenBatch,
  tearsWord,
} from "../../../../../server/wires/irc/format/multiline.ts";

Deno.test("cutText() leaves a short line whole", () => {
  assertEquals(cutText("hello", 100), [{ text: "hello", concat: false }]);
});

Deno.test("cutText() makes one piece of each line, empty ones too", () => {
  const pieces = cutText("a\n\nb", 100);
  assertEquals(pieces.map(({ text }) => text), ["a", "", "b"]);
  assert(pieces.every(({ concat }) => !concat));
});

Deno.test("cutText() cuts after a space where there is one", () => {
  const pieces = cutText("one two three", 9);
  assertEquals(pieces, [{ text: "one two ", concat: false }, { text: "three", concat: true }]);
});

Deno.test("cutText() cuts scripts without spaces beside no letter of ASCII, where it can", () => {
  const pieces = cutText("時時時abc", 11);
  assertEquals(pieces.map(({ text }) => text), ["時時", "時abc"]);
});

Deno.test("tearsWord() knows cuts within words of ASCII from others", () => {
  assertEquals(tearsWord(cutText("one two three", 9)), false);
  assertEquals(tearsWord(cutText("時時時時", 7)), false);
  assertEquals(tearsWord(cutText("one\n\ntwo", 9)), false);
  assertEquals(tearsWord(cutText("onetwothree", 9)), true);
  assertEquals(tearsWord(cutText("onetwothr時", 9)), true);
});

Deno.test("cutText() loses nothing, exceeds nothing, and cuts no character", () => {
  const text = fc.array(fc.constantFrom("a", " ", "ä", "€", "👍", "\n", "word "), {
    maxLength: 200,
  });
  fc.assert(fc.property(text, fc.integer({ min: 4, max: 40 }), (parts, bytesMax) => {
    const whole = parts.join("");
    const pieces = cutText(whole, bytesMax);
    assertEquals(joinPieces(pieces), whole);
    for (const piece of pieces) {
      assert(new TextEncoder().encode(piece.text).length <= bytesMax);
      assert(!piece.text.includes("\ufffd"));
    }
  }));
});

function openBatch(): OpenBatch {
  return {
    reference: "1",
    target: "#a",
    label: undefined,
    clientOnly: "",
    pieces: [],
    command: null,
    bytes: 0,
  };
}

Deno.test("addPiece() refuses too many lines and too many bytes", () => {
  const lines = openBatch();
  for (let line = 0; line < 100; line++) {
    assertEquals(addPiece(lines, { text: "x", concat: false }), null);
  }
  assertEquals(addPiece(lines, { text: "x", concat: false }), ["MULTILINE_MAX_LINES", "100"]);
  const bytes = openBatch();
  const text = "x".repeat(textBytesMax / 16 - 1);
  for (let line = 0; line < 16; line++) {
    assertEquals(addPiece(bytes, { text, concat: false }), null);
  }
  const fault = addPiece(bytes, { text: "xx", concat: false });
  assertEquals(fault, ["MULTILINE_MAX_BYTES", String(textBytesMax)]);
});

Deno.test("addPiece() refuses to continue nothing, and to continue with nothing", () => {
  assertEquals(addPiece(openBatch(), { text: "x", concat: true }), ["MULTILINE_INVALID"]);
  const batch = openBatch();
  addPiece(batch, { text: "x", concat: false });
  assertEquals(addPiece(batch, { text: "", concat: true }), ["MULTILINE_INVALID"]);
});
