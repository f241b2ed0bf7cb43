import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { concatenate } from "../../../protocol/e2e/byte_fields.ts";
import { ChatError, type ErrorCode } from "../../../protocol/wire/errors.ts";
import { sealedCharactersMax, textBytesMax } from "../../../protocol/wire/limits.ts";
import { type Address, openPrivate, sealPrivate } from "../../../protocol/e2e/private.ts";
import { bodySizes, decodeBody, encodeBody } from "../../../protocol/e2e/private_body.ts";
import { makeIdentity } from "../../fixtures/identities.ts";

const jack = await makeIdentity("jack");
const jill = await makeIdentity("jill");
const joe = await makeIdentity("joe");
const address: Address = { from: "jack", to: "jill", id: "a1" };
const place = { chain: "0011223344556677", number: 1 };

function body(text: string) {
  return encodeBody({ place, after: null, text });
}

function seal(text = "hello", to = address): Promise<string> {
  const keys = { sender: jack.agreement, recipient: jill.agreement.publicKey };
  return sealPrivate(body(text), to, keys);
}

const asRecipient = {
  as: "recipient",
  own: jill.agreement,
  sender: jack.agreement.publicKey,
} as const;
const asSender = { as: "sender", own: jack.agreement, sender: jack.agreement.publicKey } as const;

async function refused(code: ErrorCode, ...args: Parameters<typeof openPrivate>): Promise<void> {
  const error = await assertRejects(() => openPrivate(...args), ChatError);
  assertEquals(error.code, code);
}

Deno.test("both ends open a private message, whatever it says", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", maxLength: 2_000 }), async (text) => {
      const envelope = await seal(text);
      for (const keys of [asRecipient, asSender]) {
        assertEquals(decodeBody(await openPrivate(envelope, address, keys)).text, text);
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("every single altered byte of an envelope is refused, at both ends", async () => {
  const envelope = Uint8Array.fromBase64(await seal());
  for (let at = 0; at < envelope.length; at++) {
    const altered = envelope.slice();
    altered[at]! ^= 1 << (at % 8);
    const code = at < 2 ? "unsupported" : "cannot_open";
    await refused(code, altered.toBase64(), address, asRecipient);
    await refused(code, altered.toBase64(), address, asSender);
  }
});

Deno.test("every single altered character of an envelope is refused", async () => {
  const envelope = await seal();
  for (let at = 0; at < envelope.length; at += 7) {
    const other = envelope[at] === "A" ? "B" : "A";
    const altered = envelope.slice(0, at) + other + envelope.slice(at + 1);
    await assertRejects(() => openPrivate(altered, address, asRecipient), ChatError);
  }
});

Deno.test("an envelope cut short, lengthened or written in another base64 is refused", async () => {
  const envelope = await seal();
  const bytes = Uint8Array.fromBase64(envelope);
  for (const length of [0, 1, 2, 100, 226, 257, 258, bytes.length - 1]) {
    const cut = bytes.slice(0, length).toBase64();
    await assertRejects(() => openPrivate(cut, address, asRecipient), ChatError);
  }
  await refused(
    "cannot_open",
    concatenate(bytes, Uint8Array.of(0)).toBase64(),
    address,
    asRecipient,
  );
  const spaced = envelope.slice(0, 8) + "\n" + envelope.slice(8);
  for (const text of [spaced, `${envelope}=`, "%%%%", "\u{1f600}", envelope.replace(/=*$/, "")]) {
    if (text !== envelope) await refused("bad_message", text, address, asRecipient);
  }
  await refused("bad_message", "A".repeat(sealedCharactersMax + 4), address, asRecipient);
});

Deno.test("a message that is re-addressed or sent again under another id is refused", async () => {
  const envelope = await seal();
  const others: Address[] = [
    { ...address, id: "a2" },
    { ...address, to: "joe" },
    { ...address, from: "joe" },
    { from: "jill", to: "jack", id: "a1" },
    { from: "jac", to: "kjill", id: "a1" },
  ];
  for (const other of others) {
    await refused("cannot_open", envelope, other, asRecipient);
    await refused("cannot_open", envelope, other, asSender);
  }
});

Deno.test("a message is bound to any names and ids: no two addresses are the same", async () => {
  const word = fc.string({ minLength: 1, maxLength: 8 });
  const anyAddress = fc.record({ from: word, to: word, id: word });
  await fc.assert(
    fc.asyncProperty(anyAddress, anyAddress, async (one, other) => {
      const envelope = await seal("x", one);
      const opened = await openPrivate(envelope, one, asRecipient);
      assertEquals(decodeBody(opened).text, "x");
      if (JSON.stringify(Object.values(one)) === JSON.stringify(Object.values(other))) return;
      await refused("cannot_open", envelope, other, asRecipient);
    }),
    { numRuns: 30 },
  );
});

Deno.test("a message by another sender, or for someone else, is refused", async () => {
  const envelope = await seal();
  await refused("cannot_open", envelope, address, {
    ...asRecipient,
    sender: joe.agreement.publicKey,
  });
  await refused("cannot_open", envelope, address, { ...asRecipient, own: joe.agreement });
  const keys = { sender: joe.agreement, recipient: jill.agreement.publicKey };
  const forged = await sealPrivate(body("I am jack"), address, keys);
  await refused("cannot_open", forged, address, asRecipient);
});

Deno.test("the recipient cannot put another text under the sender's name into the sender's history", async () => {
  const envelope = Uint8Array.fromBase64(await seal("I owe you nothing"));
  const [start, end] = [2 + 112, 2 + 224];
  const keys = { sender: jill.agreement, recipient: jill.agreement.publicKey };
  const other = Uint8Array.fromBase64(await sealPrivate(body("I owe you all"), address, keys));
  const forged = concatenate(other.slice(0, start), envelope.slice(start, end), other.slice(end));
  await refused("cannot_open", forged.toBase64(), address, asSender);
});

Deno.test("an envelope of a suite that is not known says that a newer program is needed", async () => {
  const envelope = Uint8Array.fromBase64(await seal());
  envelope[1] = 2;
  const error = await assertRejects(
    () => openPrivate(envelope.toBase64(), address, asRecipient),
    ChatError,
    "newer",
  );
  assertEquals(error.code, "unsupported");
});

Deno.test("a note to oneself opens as both ends", async () => {
  const own = { from: "jack", to: "jack", id: "a1" };
  const keys = { sender: jack.agreement, recipient: jack.agreement.publicKey };
  const envelope = await sealPrivate(body("milk"), own, keys);
  for (const end of ["sender", "recipient"] as const) {
    const opened = await openPrivate(envelope, own, { ...asSender, as: end });
    assertEquals(decodeBody(opened).text, "milk");
  }
});

Deno.test("the same text never gives the same envelope", async () => {
  assertNotEquals(await seal("x"), await seal("x"));
});

Deno.test("the size of an envelope tells no more than a size class", async () => {
  const sizes = new Set<number>();
  for (const length of [0, 1, 100, 200, 228, 229, 1_000, 3_000, 5_000, 8_000, textBytesMax]) {
    const envelope = await seal("x".repeat(length));
    sizes.add(Uint8Array.fromBase64(envelope).length - 2 - 224 - 16 - 32);
    assertEquals(envelope.length < sealedCharactersMax, true);
  }
  assertEquals([...sizes], [256, 512, 2_048, 4_096, 8_448]);
  assertEquals((await seal("a")).length, (await seal("a".repeat(228))).length);
});

Deno.test("encodeBody() and decodeBody() keep text and places", () => {
  const chain = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => bytes.toHex());
  const number = fc.integer({ min: 1, max: 2 ** 32 - 1 });
  const anyPlace = fc.record({ chain, number });
  const anyBody = fc.record({
    place: anyPlace,
    after: fc.option(anyPlace),
    text: fc.string({ unit: "binary", maxLength: 2_000 }),
  });
  fc.assert(fc.property(anyBody, (body) => assertEquals(decodeBody(encodeBody(body)), body)));
});

Deno.test("encodeBody() refuses a text above the limit", () => {
  assertThrows(() => body("x".repeat(textBytesMax + 1)), ChatError, "at most");
});

Deno.test("decodeBody() refuses what encodeBody() never writes", () => {
  const good = body("hello");
  const altered = (change: (bytes: Uint8Array) => void) => {
    const bytes = good.slice();
    change(bytes);
    return bytes;
  };
  const cases: Record<string, Uint8Array<ArrayBuffer>> = {
    "another size": good.slice(1),
    "nothing": new Uint8Array(),
    "no place": altered((bytes) => bytes.fill(0, 8, 12)),
    "a length beyond its end": altered((bytes) => bytes.set([0, 0, 1, 0], 24)),
    "a length beyond the limit": altered((bytes) => bytes.set([255, 255, 255, 255], 24)),
    "padding that is not zero": altered((bytes) => bytes[255] = 1),
    "text that is not UTF-8": altered((bytes) => bytes[28] = 255),
  };
  for (const [what, bytes] of Object.entries(cases)) {
    assertThrows(() => decodeBody(bytes), ChatError, undefined, what);
  }
  for (const size of bodySizes) {
    assertThrows(() => decodeBody(new Uint8Array(size)), ChatError, "no place");
  }
});
