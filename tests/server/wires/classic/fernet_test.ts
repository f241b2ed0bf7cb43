import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import {
  decryptFernet,
  encryptFernet,
  newFernetKey,
} from "../../../../server/wires/classic/fernet.ts";

/** The example of the Fernet specification. */
const key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
const token =
  "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("decryptFernet() opens the token of the specification", async () => {
  assertEquals(await decryptFernet(token, key), bytesOf("hello"));
});

Deno.test("encryptFernet() writes the version, the second, and what decryptFernet() opens", async () => {
  const fresh = newFernetKey();
  assertMatch(fresh, /^[A-Za-z0-9_-]{43}=$/);
  for (const length of [0, 1, 15, 16, 17, 8_192]) {
    const content = new Uint8Array(length).fill(7);
    const sealed = await encryptFernet(content, fresh, 499_162_800_999);
    assert(sealed.startsWith("gAAAAAAdwJ6w"), "the time of the specification's example");
    assertEquals(await decryptFernet(sealed, fresh), content);
  }
});

Deno.test("encryptFernet() never makes the same token twice", async () => {
  const content = bytesOf("hello");
  assertNotEquals(await encryptFernet(content, key, 0), await encryptFernet(content, key, 0));
  assertNotEquals(newFernetKey(), newFernetKey());
});

Deno.test("decryptFernet() refuses a token with any byte changed", async () => {
  const bytes = Uint8Array.fromBase64(token, { alphabet: "base64url" });
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at]! ^= 1;
    const text = changed.toBase64({ alphabet: "base64url" });
    const error = await assertRejects(() => decryptFernet(text, key), ChatError);
    assertEquals(error.code, "bad_message");
  }
});

Deno.test("decryptFernet() refuses another key, and what is no token or no key", async () => {
  const bad: [string, string][] = [
    [token, newFernetKey()],
    [token, ""],
    [token, key.slice(4)],
    [token, "ä".repeat(44)],
    ["", key],
    [token.slice(0, -4), key],
    [token + token, key],
    [`${token}=`, key],
    [token.replaceAll("_", "/"), key],
    [` ${token}`, key],
    ["gAAA", key],
  ];
  for (const [badToken, badKey] of bad) {
    await assertRejects(() => decryptFernet(badToken, badKey), ChatError, undefined, badToken);
  }
});
