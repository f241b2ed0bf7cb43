import { assert, assertEquals, assertInstanceOf, AssertionError, assertThrows } from "@std/assert";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { classicBodyBytesMax } from "../../../../protocol/wire/limits.ts";
import { BrokenAssumption } from "../../../../server/common/assert.ts";
import {
  encodeClassicMessage,
  FieldDecoder,
  type FieldForm,
  messageBytes,
} from "../../../../server/wires/classic/fields.ts";
import { field, randomFrom } from "./fields.ts";

const text: FieldForm = { lengthMax: 100, holds: "text" };
const binary: FieldForm = { lengthMax: 100, holds: "bytes" };

/** Every field that is whole, in texts; `settled` as if nothing more came. */
function fieldsIn(decoder: FieldDecoder, form = text, settled = false): string[] {
  const found: string[] = [];
  for (;;) {
    const content = decoder.next(form, { settled });
    if (content === null) return found;
    found.push(new TextDecoder().decode(content));
  }
}

function decodeAll(chunks: readonly Uint8Array[], form = text): string[] {
  const decoder = new FieldDecoder();
  const found = chunks.flatMap((chunk) => {
    decoder.add(chunk);
    return fieldsIn(decoder, form);
  });
  return [...found, ...fieldsIn(decoder, form, true)];
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** Announces characters, as the classic client does. */
const counted = (content: string) => field(content, [...content].length);

Deno.test("next() gives each field of a chunk, empty ones too, and then null", () => {
  const chunk = joined(field("BM"), field(""), field("hello"));
  assertEquals(decodeAll([chunk]), ["BM", "", "hello"]);
});

Deno.test("next() gives the same fields wherever the stream is split", () => {
  const texts = ["jack", "", "PM", "x".repeat(100), "end"];
  const stream = joined(...texts.map((content) => field(content)));
  for (let at = 0; at <= stream.length; at++) {
    assertEquals(decodeAll([stream.subarray(0, at), stream.subarray(at)]), texts, `at ${at}`);
  }
  assertEquals(decodeAll(Array.from(stream, (byte) => new Uint8Array([byte]))), texts);
});

Deno.test("next() gives the same fields for any splits at random", () => {
  const { random, seed } = randomFrom();
  for (let round = 0; round < 300; round++) {
    const texts = Array.from({ length: 1 + random(8) }, () => "y".repeat(random(101)));
    let stream = joined(...texts.map((content) => field(content)));
    const chunks: Uint8Array[] = [];
    while (stream.length > 0) {
      const length = 1 + random(stream.length);
      chunks.push(stream.subarray(0, length));
      stream = stream.subarray(length);
    }
    assertEquals(decodeAll(chunks), texts, `seed ${seed}, round ${round}`);
  }
});

Deno.test("next() gives bytes as they are", () => {
  const decoder = new FieldDecoder();
  const content = new Uint8Array([0, 255, 128, 10]);
  decoder.add(field(content));
  assertEquals(decoder.next(binary), content);
  assert(!decoder.partial);
});

Deno.test("what next() gave does not change when more comes", () => {
  const decoder = new FieldDecoder();
  decoder.add(joined(field("first"), field("second")));
  const first = decoder.next(text)!;
  decoder.add(new Uint8Array(500));
  decoder.next(text);
  assertEquals(new TextDecoder().decode(first), "first");
});

Deno.test("next() refuses a length that is negative or above the limit, from the header alone", () => {
  for (const length of [-1, -0x80000000, 101, 0x10000, 0x7fffffff]) {
    for (const form of [text, binary]) {
      const decoder = new FieldDecoder();
      decoder.add(field("", length));
      const error = assertThrows(() => decoder.next(form), ChatError);
      assertEquals(error.code, "bad_frame");
      assert(error.message.includes(String(length)));
    }
  }
});

Deno.test("next() holds each field to its own limit", () => {
  const decoder = new FieldDecoder();
  decoder.add(joined(field("x".repeat(100)), field("x".repeat(100))));
  assertEquals(decoder.next(text)?.length, 100);
  assertThrows(() => decoder.next({ lengthMax: 99, holds: "text" }), ChatError);
});

const foreign = ["é", "héé", "日本語", "😀", "a😀é日z", "naïve", "éa", "aaaaé"];

Deno.test("next() takes a length in characters, wherever the stream is split and whatever follows", () => {
  for (const content of foreign) {
    for (const next of [[], [field("next")]]) {
      const stream = joined(counted(content), ...next);
      const texts = next.length === 0 ? [content] : [content, "next"];
      for (let at = 0; at <= stream.length; at++) {
        const parts = [stream.subarray(0, at), stream.subarray(at)];
        assertEquals(decodeAll(parts), texts, `${content} at ${at}`);
      }
    }
  }
});

Deno.test("next() takes a length in bytes, wherever the stream is split and whatever follows", () => {
  for (const content of foreign) {
    for (const next of [[], [field("next")]]) {
      const stream = joined(field(content), ...next);
      const texts = next.length === 0 ? [content] : [content, "next"];
      for (let at = 0; at <= stream.length; at++) {
        const parts = [stream.subarray(0, at), stream.subarray(at)];
        assertEquals(decodeAll(parts), texts, `${content} at ${at}`);
      }
    }
  }
});

Deno.test("next() is undecided only where a text may be whole or not", () => {
  const decoder = new FieldDecoder();
  decoder.add(field("plain").subarray(0, 6));
  assertEquals(decoder.next(text), null);
  assert(!decoder.undecided, "ASCII is no question");
  decoder.add(field("plain").subarray(6));
  assertEquals(fieldsIn(decoder), ["plain"]);
  decoder.add(field("né"));
  assertEquals(decoder.next(text), null);
  assert(decoder.undecided);
  decoder.add(field("next").subarray(0, 1));
  assertEquals(fieldsIn(decoder), ["né"]);
  assert(!decoder.undecided);
});

Deno.test("next() leaves what comes too late to the next field's limit", () => {
  const decoder = new FieldDecoder();
  const stream = counted("aéé");
  decoder.add(stream.subarray(0, 7));
  assertEquals(fieldsIn(decoder, text, true), ["aé"]);
  decoder.add(joined(stream.subarray(7), field("BM")));
  const error = assertThrows(() => decoder.next(text), ChatError);
  assertEquals(error.code, "bad_frame");
});

Deno.test("any bytes give fields within the limit, a typed error or a wait", () => {
  const { random, seed } = randomFrom();
  for (let round = 0; round < 2_000; round++) {
    const decoder = new FieldDecoder();
    try {
      for (let chunk = 0; chunk < 6; chunk++) {
        const bytes = Uint8Array.from({ length: random(40) }, () => random(256));
        // Mostly small lengths, so that contents are reached.
        if (bytes.length > 4 && random(3) > 0) bytes.set([0, 0, 0, random(20)]);
        decoder.add(bytes);
        const form = random(2) === 0 ? text : binary;
        const settled = random(2) === 0;
        for (let content = decoder.next(form, { settled }); content !== null;) {
          assert(content.length <= 4 * form.lengthMax, `seed ${seed}, round ${round}`);
          content = decoder.next(form, { settled });
        }
      }
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      assertInstanceOf(error, ChatError, `seed ${seed}, round ${round}`);
      assertEquals(error.code, "bad_frame");
    }
  }
});

Deno.test("encodeMessage() writes a type and a body, each after its length in bytes", () => {
  assertEquals(
    encodeClassicMessage("BM", "é"),
    new Uint8Array([0, 0, 0, 2, 0x42, 0x4d, 0, 0, 0, 2, 0xc3, 0xa9]),
  );
  assertEquals(encodeClassicMessage("CH", "").length, 10);
});

Deno.test("encodeMessage() never makes a body that one read might not take", () => {
  assertEquals(encodeClassicMessage("PM", "x".repeat(classicBodyBytesMax)).length, 10 + 2_047);
  assertThrows(() => encodeClassicMessage("PM", "é".repeat(1_024)), BrokenAssumption);
});

Deno.test("messageBytes() finds the end of the first message", () => {
  const first = encodeClassicMessage("Confirmation", "Public message sent!");
  assertEquals(messageBytes(joined(first, encodeClassicMessage("BM", "x"))), first.length);
  assertEquals(messageBytes(joined(new Uint8Array(3), first).subarray(3)), first.length);
});

Deno.test("next() does not wait for the rest of a byte that begins no character", () => {
  for (const byte of [0x80, 0xbf, 0xf8, 0xff]) {
    const decoder = new FieldDecoder();
    decoder.add(joined(field(new Uint8Array([byte])), field("next")));
    assertEquals(decoder.next(text), new Uint8Array([byte]));
    assertEquals(fieldsIn(decoder), ["next"]);
  }
});
