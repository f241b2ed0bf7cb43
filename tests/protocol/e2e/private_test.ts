import { assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { concatenate } from "../../../protocol/e2e/byte_fields.ts";
import { ChatError, type ErrorCode } from "../../../protocol/wire/errors.ts";
import { sealedCharactersMax, textBytesMax } from "../../../protocol/wire/limits.ts";
import type { Identity } from "../../../protocol/e2e/identity.ts";
import { encapsulationBytes } from "../../../protocol/e2e/ml_kem.ts";
import { type Address, openPrivate, sealPrivate } from "../../../protocol/e2e/private.ts";
import {
  bodySizes,
  decodeBody,
  encodeBody,
  type PrivateBody,
} from "../../../protocol/e2e/private_body.ts";
import type { Content } from "../../../protocol/content.ts";
import { plainKinds } from "../../../protocol/wire/post_kinds.ts";
import { anyText } from "../../fixtures/any_text.ts";
import { fuzzCount } from "../../fixtures/fuzz_count.ts";
import { filled, makeIdentity } from "../../fixtures/identities.ts";

const jack = await makeIdentity("jack");
const jill = await makeIdentity("jill");
const joe = await makeIdentity("joe");
const address: Address = { from: "jack", to: "jill", id: "a1" };
const place = { chain: "0011223344556677", number: 1 };

function body(text: string) {
  return encodeBody({ place, after: null, kind: "text", text, about: null });
}

/** A suite: whether the recipient has a key of ML-KEM-768, and where in an envelope the boxes and the sealed body begin. */
interface SuiteCase {
  readonly suite: number;
  readonly hybrid: boolean;
  readonly boxesAt: number;
  readonly bodyAt: number;
}

const suite1: SuiteCase = { suite: 1, hybrid: false, boxesAt: 2, bodyAt: 2 + 224 };
const suite2: SuiteCase = {
  suite: 2,
  hybrid: true,
  boxesAt: 2 + encapsulationBytes,
  bodyAt: 2 + encapsulationBytes + 224,
};

/** A test in each of both. */
function test(words: string, run: (one: SuiteCase) => Promise<void>): void {
  Deno.test(words, async (context) => {
    for (const one of [suite1, suite2]) {
      await context.step(`suite ${one.suite}`, () => run(one));
    }
  });
}

const recipientKeys = ({ publicKeys, decapsulation }: Identity, hybrid: boolean) => ({
  agreement: publicKeys.agreement,
  encapsulation: hybrid ? decapsulation.encapsulationKey : null,
});

function seal({ hybrid }: SuiteCase, text = "hello", to = address): Promise<string> {
  return sealPrivate(body(text), to, { sender: jack, recipient: recipientKeys(jill, hybrid) });
}

const asRecipient = { as: "recipient", own: jill, sender: jack.publicKeys.agreement } as const;
const asSender = { as: "sender", own: jack, sender: jack.publicKeys.agreement } as const;

async function refused(code: ErrorCode, ...args: Parameters<typeof openPrivate>): Promise<void> {
  const error = await assertRejects(() => openPrivate(...args), ChatError);
  assertEquals(error.code, code);
}

test("both ends open a private message, whatever it says", async (one) => {
  await fc.assert(
    fc.asyncProperty(anyText({ maxLength: 2_000 }), async (text) => {
      const envelope = await seal(one, text);
      assertEquals([...Uint8Array.fromBase64(envelope).slice(0, 2)], [0, one.suite]);
      for (const keys of [asRecipient, asSender]) {
        assertEquals(decodeBody(await openPrivate(envelope, address, keys)).text, text);
      }
    }),
    { numRuns: 20 },
  );
});

test("every single altered byte of an envelope is refused, at both ends", async (one) => {
  const envelope = Uint8Array.fromBase64(await seal(one));
  const stride = Math.ceil(envelope.length / fuzzCount(100, envelope.length));
  const places = Array.from(envelope.keys()).filter((at) => at < 4 || at % stride === 0);
  // Each waits for other threads most of the time: many at once take half of the time.
  while (places.length > 0) {
    await Promise.all(
      places.splice(0, 64).map(async (at) => {
        const altered = envelope.slice();
        altered[at]! ^= 4 << (at % 6);
        const code = at < 2 ? "unsupported" : "cannot_open";
        await refused(code, altered.toBase64(), address, asRecipient);
        await refused(code, altered.toBase64(), address, asSender);
      }),
    );
  }
});

test("every single altered character of an envelope is refused", async (one) => {
  const envelope = await seal(one);
  for (let at = 0; at < envelope.length; at += 17) {
    const other = envelope[at] === "A" ? "B" : "A";
    const altered = envelope.slice(0, at) + other + envelope.slice(at + 1);
    await assertRejects(() => openPrivate(altered, address, asRecipient), ChatError);
  }
});

test("an envelope cut short, lengthened or written in another base64 is refused", async (one) => {
  const envelope = await seal(one);
  const bytes = Uint8Array.fromBase64(envelope);
  const lengths = [
    0,
    1,
    2,
    100,
    one.boxesAt,
    one.bodyAt,
    one.bodyAt + 31,
    one.bodyAt + 32,
    bytes.length - 1,
  ];
  for (const length of lengths) {
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

test("a message that is re-addressed or sent again under another id is refused", async (one) => {
  const envelope = await seal(one);
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

test("a message is bound to any names and ids: no two addresses are the same", async (one) => {
  const word = fc.string({ minLength: 1, maxLength: 8 });
  const anyAddress = fc.record({ from: word, to: word, id: word });
  await fc.assert(
    fc.asyncProperty(anyAddress, anyAddress, async (bound, other) => {
      const envelope = await seal(one, "x", bound);
      const opened = await openPrivate(envelope, bound, asRecipient);
      assertEquals(decodeBody(opened).text, "x");
      if (JSON.stringify(Object.values(bound)) === JSON.stringify(Object.values(other))) return;
      await refused("cannot_open", envelope, other, asRecipient);
    }),
    { numRuns: 20 },
  );
});

test("a message by another sender, or for someone else, is refused", async (one) => {
  const envelope = await seal(one);
  const sender = joe.publicKeys.agreement;
  await refused("cannot_open", envelope, address, { ...asRecipient, sender });
  await refused("cannot_open", envelope, address, { ...asRecipient, own: joe });
  await refused("cannot_open", envelope, address, { ...asSender, own: joe });
  const keys = { sender: joe, recipient: recipientKeys(jill, one.hybrid) };
  const forged = await sealPrivate(body("I am jack"), address, keys);
  await refused("cannot_open", forged, address, asRecipient);
});

test("the recipient cannot put another text under the sender's name into the sender's history", async (one) => {
  const envelope = Uint8Array.fromBase64(await seal(one, "I owe you nothing"));
  const [start, end] = [one.boxesAt + 112, one.bodyAt];
  const keys = { sender: jill, recipient: recipientKeys(jill, one.hybrid) };
  const other = Uint8Array.fromBase64(await sealPrivate(body("I owe you all"), address, keys));
  const forged = concatenate(other.slice(0, start), envelope.slice(start, end), other.slice(end));
  await refused("cannot_open", forged.toBase64(), address, asSender);
});

test("boxes that are swapped, doubled, or of another message of the same two are refused", async (one) => {
  const envelope = Uint8Array.fromBase64(await seal(one));
  const other = Uint8Array.fromBase64(await seal(one));
  const middle = one.boxesAt + 112;
  const parts = (
    from: Uint8Array,
  ) => [from.slice(one.boxesAt, middle), from.slice(middle, one.bodyAt)];
  const [forJill, forJack] = parts(envelope) as [Uint8Array, Uint8Array];
  const [otherForJill, otherForJack] = parts(other) as [Uint8Array, Uint8Array];
  const pairs: [Uint8Array, Uint8Array][] = [
    [forJack, forJill],
    [forJill, forJill],
    [forJack, forJack],
    [otherForJill, forJack],
    [forJill, otherForJack],
    [otherForJill, otherForJack],
  ];
  for (const boxes of pairs) {
    const put = concatenate(envelope.slice(0, one.boxesAt), ...boxes, envelope.slice(one.bodyAt));
    await refused("cannot_open", put.toBase64(), address, asRecipient);
    await refused("cannot_open", put.toBase64(), address, asSender);
  }
});

test("a note to oneself opens as both ends, and with its boxes swapped as neither", async (one) => {
  const own = { from: "jack", to: "jack", id: "a1" };
  const keys = { sender: jack, recipient: recipientKeys(jack, one.hybrid) };
  const envelope = await sealPrivate(body("milk"), own, keys);
  const bytes = Uint8Array.fromBase64(envelope);
  const middle = one.boxesAt + 112;
  const swapped = concatenate(
    bytes.slice(0, one.boxesAt),
    bytes.slice(middle, one.bodyAt),
    bytes.slice(one.boxesAt, middle),
    bytes.slice(one.bodyAt),
  );
  for (const end of ["sender", "recipient"] as const) {
    const opened = await openPrivate(envelope, own, { ...asSender, as: end });
    assertEquals(decodeBody(opened).text, "milk");
    await refused("cannot_open", swapped.toBase64(), own, { ...asSender, as: end });
  }
});

test("the same text never gives the same envelope", async (one) => {
  assertNotEquals(await seal(one, "x"), await seal(one, "x"));
});

test("the size of an envelope tells no more than a size class", async (one) => {
  const sizes = new Set<number>();
  for (const length of [0, 1, 100, 200, 228, 229, 1_000, 3_000, 5_000, 8_000, textBytesMax]) {
    const envelope = await seal(one, "x".repeat(length));
    sizes.add(Uint8Array.fromBase64(envelope).length - one.bodyAt - 16 - 32);
    assertEquals(envelope.length < sealedCharactersMax, true);
  }
  assertEquals([...sizes], [256, 512, 2_048, 4_096, 8_448]);
  assertEquals((await seal(one, "a")).length, (await seal(one, "a".repeat(228))).length);
});

Deno.test("a message of suite 2 opens only to who has both keys: that of X25519 and that of ML-KEM-768", async () => {
  const envelope = await seal(suite2);
  assertEquals(decodeBody(await openPrivate(envelope, address, asRecipient)).text, "hello");
  const onlyOne: Identity[] = [
    { ...jill, decapsulation: joe.decapsulation },
    { ...joe, decapsulation: jill.decapsulation },
  ];
  for (const own of onlyOne) {
    await refused("cannot_open", envelope, address, { ...asRecipient, own });
  }
  // One's own copy: that of X25519 and the master key.
  const ownCopies: Identity[] = [
    { ...jack, masterKey: joe.masterKey },
    { ...joe, masterKey: jack.masterKey },
  ];
  for (const own of ownCopies) {
    await refused("cannot_open", envelope, address, { ...asSender, own });
  }
});

Deno.test("a message of suite 2 with the ciphertext of another one is refused, at both ends", async () => {
  const envelope = Uint8Array.fromBase64(await seal(suite2));
  const other = Uint8Array.fromBase64(await seal(suite2));
  const put = concatenate(
    envelope.slice(0, 2),
    other.slice(2, 2 + encapsulationBytes),
    envelope.slice(2 + encapsulationBytes),
  );
  await refused("cannot_open", put.toBase64(), address, asRecipient);
  await refused("cannot_open", put.toBase64(), address, asSender);
});

Deno.test("no envelope of one suite passes for one of the other", async () => {
  const classic = Uint8Array.fromBase64(await seal(suite1));
  const hybrid = Uint8Array.fromBase64(await seal(suite2));
  const ciphertext = hybrid.slice(2, 2 + encapsulationBytes);
  const stripped = concatenate(Uint8Array.of(0, 1), hybrid.slice(2 + encapsulationBytes));
  const grown = concatenate(Uint8Array.of(0, 2), ciphertext, classic.slice(2));
  const renumbered = [classic.slice(), hybrid.slice()];
  renumbered[0]![1] = 2;
  renumbered[1]![1] = 1;
  for (const forged of [stripped, grown, ...renumbered]) {
    for (const keys of [asRecipient, asSender]) {
      await assertRejects(() => openPrivate(forged.toBase64(), address, keys), ChatError);
    }
  }
});

Deno.test("nothing is sealed to what is no key of ML-KEM-768", async () => {
  const agreement = jill.publicKeys.agreement;
  for (const encapsulation of [filled(1, 0), filled(1, 1_183), filled(255, 1_184)]) {
    const keys = { sender: jack, recipient: { agreement, encapsulation } };
    const error = await assertRejects(() => sealPrivate(body("x"), address, keys), ChatError);
    assertEquals(error.code, "bad_proof");
  }
});

Deno.test("an envelope of a suite that is not known says that a newer program is needed", async () => {
  const envelope = Uint8Array.fromBase64(await seal(suite2));
  for (const number of [[0, 0], [0, 3], [1, 1], [1, 2]]) {
    envelope.set(number);
    const error = await assertRejects(
      () => openPrivate(envelope.toBase64(), address, asRecipient),
      ChatError,
      "newer",
    );
    assertEquals(error.code, "unsupported");
  }
});

Deno.test("encodeBody() and decodeBody() keep what is said, what it is about, and places", () => {
  const chain = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => bytes.toHex());
  const number = fc.integer({ min: 1, max: 2 ** 32 - 1 });
  const anyPlace = fc.record({ chain, number });
  const anyTarget = fc.record({
    sequence: fc.maxSafeNat(),
    id: fc.stringMatching(/^[0-9A-Za-z_-]{1,36}$/),
  });
  const anySaid = fc.oneof(
    fc.record({
      kind: fc.constantFrom(...plainKinds),
      text: anyText({ maxLength: 2_000 }),
      about: fc.constant(null),
    }),
    fc.record({
      kind: fc.constantFrom("reply", "edit"),
      text: anyText({ maxLength: 2_000 }),
      about: anyTarget,
    }),
    fc.record({
      kind: fc.constant("reaction"),
      text: fc.constantFrom("👍", "+1"),
      about: anyTarget,
    }),
    fc.record({ kind: fc.constant("retraction"), text: fc.constant(""), about: anyTarget }),
  );
  const anyBody = fc.tuple(anySaid, anyPlace, fc.option(anyPlace)).map(
    ([said, place, after]): PrivateBody => ({ ...said as Content, place, after }),
  );
  fc.assert(fc.property(anyBody, (body) => assertEquals(decodeBody(encodeBody(body)), body)));
});

Deno.test("a body of any kind and of the longest text has room for what it is about", () => {
  const about = { sequence: Number.MAX_SAFE_INTEGER, id: "x".repeat(36) };
  const text = "x".repeat(textBytesMax);
  const long = encodeBody({ place, after: place, kind: "edit", text, about });
  assertEquals(long.length, bodySizes.at(-1));
  assertEquals(decodeBody(long).about, about);
});

Deno.test("a text looks as it did before there were other kinds, and what is short looks like all that is short", () => {
  const text = body("milk");
  assertEquals(text.subarray(28 + 4).every((byte) => byte === 0), true);
  const about = { sequence: 7, id: "a1" };
  const reaction = encodeBody({ place, after: null, kind: "reaction", text: "👍", about });
  assertEquals(reaction.length, text.length);
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
    "a kind that is not known": altered((bytes) => bytes[33] = 99),
    "a text that is about something": altered((bytes) => bytes.set([0, 0, 0, 7, 1, 97], 38)),
    "a reply to nothing": altered((bytes) => bytes[33] = 3),
    "a reply to a place beyond all": altered((bytes) =>
      bytes.set([3, 255, 0, 0, 0, 0, 0, 0, 7, 1, 97], 33)
    ),
    "a reply to an id that is none": altered((bytes) =>
      bytes.set([3, 0, 0, 0, 0, 0, 0, 0, 7, 1, 32], 33)
    ),
    "a retraction with a text": altered((bytes) =>
      bytes.set([6, 0, 0, 0, 0, 0, 0, 0, 7, 1, 97], 33)
    ),
    "text that is not UTF-8": altered((bytes) => bytes[28] = 255),
  };
  for (const [what, bytes] of Object.entries(cases)) {
    assertThrows(() => decodeBody(bytes), ChatError, undefined, what);
  }
  for (const size of bodySizes) {
    assertThrows(() => decodeBody(new Uint8Array(size)), ChatError, "no place");
  }
});
