import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { passwordBytesMax } from "../../../protocol/wire/limits.ts";
import { preparePassword } from "../../../protocol/text/password.ts";

function assertRefused(text: string, reason: string): void {
  const error = assertThrows(() => preparePassword(text), ChatError, reason);
  assertEquals(error.code, "bad_text");
}

Deno.test("preparePassword() takes the passwords of RFC 8265, section 4.3, as they are", () => {
  const examples = ["correct horse battery staple", "Correct Horse Battery Staple"];
  for (const text of [...examples, "πßåπßåπß", "Jack of ♦s"]) {
    assertEquals(preparePassword(text), text);
  }
});

Deno.test("preparePassword() maps every space outside ASCII to U+0020", () => {
  // RFC 8265, section 4.3, example 5.
  assertEquals(preparePassword("foo\u1680bar!"), "foo bar!");
  for (const space of "\u00a0\u1680\u2000\u2001\u2005\u200a\u202f\u205f\u3000") {
    assertEquals(preparePassword(`secret${space}${space}word`), "secret  word");
  }
});

Deno.test("preparePassword() keeps spaces, case and width, and composes", () => {
  assertEquals(preparePassword("  PassWord  "), "  PassWord  ");
  assertEquals(preparePassword("ｐａｓｓｗｏｒｄ"), "ｐａｓｓｗｏｒｄ");
  assertEquals(preparePassword("schlu\u0308ssel"), "schl\u00fcssel");
  assertEquals(preparePassword("비밀번호비밀번호".normalize("NFD")), "비밀번호비밀번호");
});

Deno.test("preparePassword() wants 8 characters, counted as code points of the result", () => {
  for (const text of ["12345678", "😀".repeat(8), "日本語日本語日本"]) {
    assertEquals(preparePassword(text), text);
  }
  for (const text of ["", "1234567", "😀".repeat(7), "u\u0308".repeat(7), " "]) {
    assertRefused(text, "at least 8 characters");
  }
});

Deno.test("preparePassword() wants at most 1,024 bytes of UTF-8, counted in the result", () => {
  for (const character of ["a", "ü", "😀"]) {
    const most = character.repeat(passwordBytesMax / new TextEncoder().encode(character).length);
    assertEquals(preparePassword(most), most);
    assertRefused(most + character, "at most 1,024 bytes");
  }
  // 3 bytes decomposed, 2 composed.
  assertEquals(
    preparePassword("u\u0308".repeat(passwordBytesMax / 2)).length,
    passwordBytesMax / 2,
  );
  // Four code units that NFC makes one: 1,023 bytes of 1,364 units.
  assertEquals(preparePassword("ᾧ".normalize("NFD").repeat(341)), "ᾧ".repeat(341));
  assertRefused("a".repeat(50_000_000), "at most 1,024 bytes");
});

Deno.test("preparePassword() refuses controls, invisible characters and what is no character", () => {
  const bad = [
    "\0",
    "\t",
    "\n",
    "\r",
    "\x1b",
    "\x7f",
    "\x85",
    "\u00ad",
    "\u200b",
    "\u200d",
    "\u200e",
  ];
  const more = [
    "\u2028",
    "\u202e",
    "\u2066",
    "\ufeff",
    "\ufffe",
    "\ud800",
    "\ue000",
    "\u0378",
    "\u1100",
  ];
  for (const character of [...bad, ...more, "\ufe0f", "\u{e0041}", "\u0640"]) {
    assertRefused(`passwo${character}rd`, "cannot contain");
  }
});

Deno.test("preparePassword() says nothing of the password in its errors", () => {
  for (const text of ["zq9\x07xxxxxxx", "zq9", "zq9".repeat(400)]) {
    const error = assertThrows(() => preparePassword(text), ChatError);
    assert(!error.message.includes("zq9") && error.cause === undefined);
  }
});

Deno.test("preparePassword() is idempotent and throws nothing but ChatError", () => {
  let accepted = 0;
  const text = fc.string({
    unit: fc.constantFrom(..."aZ9 !ü\u0308\u00a0日😀é\u0301ß\u3000\x1b"),
    maxLength: 30,
  });
  fc.assert(
    fc.property(text, (text) => {
      try {
        const prepared = preparePassword(text);
        accepted++;
        assertEquals(preparePassword(prepared), prepared);
      } catch (error) {
        assert(error instanceof ChatError && error.code === "bad_text", String(error));
      }
    }),
    { numRuns: 5_000 },
  );
  assert(accepted > 500, `${accepted} passwords were accepted`);
});
