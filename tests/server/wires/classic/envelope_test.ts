import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { classicBodyBytesMax, textBytesMax } from "../../../../protocol/wire/limits.ts";
import { encodePem } from "../../../../protocol/certificate/pem.ts";
import {
  openEnvelope,
  readEnvelope,
  readPublicKey,
  sealedTextBytesMax,
  sealEnvelope,
} from "../../../../server/wires/classic/envelope.ts";
import { encryptFernet, newFernetKey } from "../../../../server/wires/classic/fernet.ts";
import { keyPair } from "./keys.ts";

Deno.test("openEnvelope() opens what sealEnvelope() sealed", async () => {
  const { publicKey, privateKey } = await keyPair("jack");
  for (
    const text of ["hello", "", "héllo 日本 😀", "\ufeffwith a mark", "x".repeat(textBytesMax)]
  ) {
    const envelope = await sealEnvelope(text, publicKey, 0);
    assertEquals(await openEnvelope(envelope, privateKey), text);
  }
});

Deno.test("a sealed text of sealedTextBytesMax bytes fits one message, one byte more does not", async () => {
  const { publicKey } = await keyPair("jack");
  const longest = await sealEnvelope("x".repeat(sealedTextBytesMax), publicKey, 0);
  assert(longest.length <= classicBodyBytesMax);
  const longer = await sealEnvelope("x".repeat(sealedTextBytesMax + 1), publicKey, 0);
  assert(longer.length > classicBodyBytesMax);
});

Deno.test("openEnvelope() answers everything that it cannot open with the same words", async () => {
  const { publicKey, privateKey } = await keyPair("jack");
  const other = await keyPair("jill");
  const good = await sealEnvelope("hello", publicKey, 0);
  const [wrapped = "", token = ""] = good.split(";");
  const wrap = async (text: string) => {
    const bytes = await crypto.subtle.encrypt(
      { name: "RSA-OAEP" },
      publicKey.key,
      new TextEncoder().encode(text),
    );
    return new Uint8Array(bytes).toBase64();
  };
  const fernetKey = newFernetKey();
  const notUtf8 = await encryptFernet(new Uint8Array([0xff]), fernetKey, 0);
  const bad = [
    "",
    ";",
    ";;",
    "hello",
    wrapped,
    token,
    `${good};`,
    `${token};${wrapped}`,
    `${wrapped};${btoa("gAAA")}`,
    `${wrapped.slice(4)};${token}`,
    `${wrapped};${token.slice(4)}`,
    `${wrapped};${token}!`,
    await sealEnvelope("hello", other.publicKey, 0),
    `${await wrap(newFernetKey())};${token}`,
    `${await wrap("no key")};${token}`,
    `${await wrap(fernetKey)};${btoa(notUtf8)}`,
  ];
  const messages = new Set<string>();
  for (const envelope of bad) {
    const error = await assertRejects(() => openEnvelope(envelope, privateKey), ChatError);
    assertEquals(error.code, "bad_message");
    messages.add(error.message);
  }
  assertEquals(messages.size, 1);
});

Deno.test("readEnvelope() checks the form without a key", async () => {
  const { publicKey } = await keyPair("jack");
  const good = await sealEnvelope("hello", publicKey, 0);
  assertEquals(readEnvelope(good).wrapped.length, 256);
  for (const bad of ["", "classic", good.replace(";", ","), good + good, `x${good}`]) {
    assertThrows(() => readEnvelope(bad), ChatError);
  }
});

Deno.test("readPublicKey() keeps the text letter for letter, and tells keys apart", async () => {
  const [jack, jill] = [await keyPair("jack"), await keyPair("jill")];
  const read = await readPublicKey(jack.publicKey.text);
  assertEquals(read.text, jack.publicKey.text);
  assertEquals(read.id, jack.publicKey.id);
  assert(read.id !== jill.publicKey.id);
});

async function spkiText(algorithm: RsaHashedKeyGenParams | EcKeyGenParams): Promise<string> {
  const usages: KeyUsage[] = "hash" in algorithm ? ["encrypt", "decrypt"] : ["sign", "verify"];
  const pair = await crypto.subtle.generateKey(algorithm, true, usages) as CryptoKeyPair;
  const der = await crypto.subtle.exportKey("spki", pair.publicKey);
  return btoa(encodePem("PUBLIC KEY", new Uint8Array(der)));
}

Deno.test("readPublicKey() refuses other lengths, other kinds, and what is no key", async () => {
  const { publicKey } = await keyPair("jack");
  const publicExponent = new Uint8Array([1, 0, 1]);
  const rsa = { name: "RSA-OAEP", hash: "SHA-256", publicExponent };
  const bad = [
    "",
    "hello",
    "é",
    atob(publicKey.text),
    btoa("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"),
    publicKey.text.slice(0, 400),
    btoa(atob(publicKey.text).replace("MII", "MIJ")),
    btoa(atob(publicKey.text).replaceAll("PUBLIC", "PRIVATE")),
    await spkiText({ ...rsa, modulusLength: 1_024 }),
    await spkiText({ ...rsa, modulusLength: 3_072 }),
    await spkiText({ name: "ECDSA", namedCurve: "P-256" }),
  ];
  for (const text of bad) {
    const error = await assertRejects(() => readPublicKey(text), ChatError);
    assertEquals(error.code, "bad_message");
  }
});
