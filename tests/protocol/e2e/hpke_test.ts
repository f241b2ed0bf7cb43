import { assertEquals, assertRejects } from "@std/assert";
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { concatenate } from "../../../protocol/e2e/byte_fields.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { encapsulatedKeyBytes, openAuth, sealAuth } from "../../../protocol/e2e/hpke.ts";
import pskVector from "./hpke_psk_vector.json" with { type: "json" };
import vector from "./hpke_vector.json" with { type: "json" };

const bytes = (hex: string) => Uint8Array.fromHex(hex);
/** RFC 8410: what comes before the 32 bytes of an X25519 private key in PKCS #8. */
const pkcs8Head = bytes("302e020100300506032b656e04220420");

async function pair(privateHex: string, publicHex: string): Promise<CryptoKeyPair> {
  const pkcs8 = concatenate(pkcs8Head, bytes(privateHex));
  return {
    privateKey: await crypto.subtle.importKey("pkcs8", pkcs8, "X25519", false, ["deriveBits"]),
    publicKey: await crypto.subtle.importKey("raw", bytes(publicHex), "X25519", true, []),
  };
}

const recipient = await pair(vector.skRm, vector.pkRm);
const sender = await pair(vector.skSm, vector.pkSm);
const ephemeral = await pair(vector.skEm, vector.pkEm);
const info = bytes(vector.info);
const [first] = vector.encryptions;

function binding(aad = first!.aad, other = info) {
  return { info: other, aad: bytes(aad) };
}

Deno.test("the vector is of the suite in use: X25519, HKDF-SHA256, AES-256-GCM, auth mode", () => {
  const { mode, kem_id, kdf_id, aead_id } = vector;
  assertEquals({ mode, kem_id, kdf_id, aead_id }, { mode: 2, kem_id: 32, kdf_id: 1, aead_id: 2 });
  assertEquals(vector.encryptions.length, 6);
});

Deno.test("sealAuth() gives the bytes of RFC 9180's vector", async () => {
  const keys = { recipient: recipient.publicKey, sender, ephemeral };
  const sealed = await sealAuth(bytes(first!.pt), keys, binding());
  assertEquals(sealed.slice(0, encapsulatedKeyBytes).toHex(), vector.enc);
  assertEquals(sealed.slice(encapsulatedKeyBytes).toHex(), first!.ct);
});

Deno.test("openAuth() opens RFC 9180's vector, with keys that cannot be exported", async () => {
  const sealed = bytes(vector.enc + first!.ct);
  const opened = await openAuth(sealed, { recipient, sender: sender.publicKey }, binding());
  assertEquals(opened.toHex(), first!.pt);
  assertEquals(recipient.privateKey.extractable, false);
});

Deno.test("with a shared secret sealAuth() and openAuth() give RFC 9180's vector of AuthPSK mode, and nothing opens without it", async () => {
  const { mode, kem_id, kdf_id, aead_id } = pskVector;
  assertEquals({ mode, kem_id, kdf_id, aead_id }, { mode: 3, kem_id: 32, kdf_id: 1, aead_id: 2 });
  const recipient = await pair(pskVector.skRm, pskVector.pkRm);
  const sender = await pair(pskVector.skSm, pskVector.pkSm);
  const ephemeral = await pair(pskVector.skEm, pskVector.pkEm);
  const shared = { id: bytes(pskVector.psk_id), key: bytes(pskVector.psk) };
  const [{ pt, aad, ct }] = pskVector.encryptions as [typeof pskVector.encryptions[0]];
  const bound = { info: bytes(pskVector.info), aad: bytes(aad) };
  const keys = { recipient: recipient.publicKey, sender, shared, ephemeral };
  const sealed = await sealAuth(bytes(pt), keys, bound);
  assertEquals(sealed.toHex(), pskVector.enc + ct);
  const ends = { recipient, sender: sender.publicKey };
  assertEquals((await openAuth(sealed, { ...ends, shared }, bound)).toHex(), pt);
  const otherKey = shared.key.slice();
  otherKey[31]! ^= 1;
  for (const other of [undefined, { ...shared, key: otherKey }, { ...shared, id: bytes("00") }]) {
    await assertRejects(() => openAuth(sealed, { ...ends, shared: other }, bound), ChatError);
  }
});

Deno.test("the library gives RFC 9180's vectors for later sequence numbers too", async () => {
  const suite = new CipherSuite({
    kem: new DhkemX25519HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes256Gcm(),
  });
  const keys = { recipientPublicKey: recipient.publicKey, senderKey: sender, ekm: ephemeral };
  const sending = await suite.createSenderContext({ ...keys, info });
  const receiving = await suite.createRecipientContext({
    recipientKey: recipient,
    senderPublicKey: sender.publicKey,
    enc: bytes(vector.enc),
    info,
  });
  // The vectors are those of the sequence numbers 0, 1, 2, 4, 255 and 256.
  const wanted = new Map(vector.encryptions.map((one) => [bytes(one.aad).join(), one]));
  let found = 0;
  for (let sequence = 0; sequence <= 256; sequence++) {
    const aad = new TextEncoder().encode(`Count-${sequence}`);
    const sealed = await sending.seal(bytes(first!.pt), aad);
    assertEquals(new Uint8Array(await receiving.open(sealed, aad)).toHex(), first!.pt);
    const expected = wanted.get(aad.join());
    if (expected === undefined) continue;
    assertEquals(new Uint8Array(sealed).toHex(), expected.ct);
    found++;
  }
  assertEquals(found, 6);
});

Deno.test("openAuth() refuses every single altered byte, other associated data and other keys", async () => {
  const sealed = bytes(vector.enc + first!.ct);
  const keys = { recipient, sender: sender.publicKey };
  const refused = async (open: () => Promise<unknown>) => {
    const error = await assertRejects(open, ChatError);
    assertEquals(error.code, "cannot_open");
  };
  for (let at = 0; at < sealed.length; at++) {
    const altered = sealed.slice();
    altered[at]! ^= 1;
    await refused(() => openAuth(altered, keys, binding()));
  }
  await refused(() => openAuth(sealed, keys, binding("00")));
  await refused(() => openAuth(sealed, keys, binding(first!.aad, bytes("00"))));
  await refused(() => openAuth(sealed, { ...keys, sender: ephemeral.publicKey }, binding()));
  await refused(() => openAuth(sealed, { ...keys, recipient: sender }, binding()));
  await refused(() => openAuth(sealed.slice(0, 20), keys, binding()));
});

Deno.test("sealAuth() refuses a recipient key that makes every secret zero", async () => {
  const zero = await crypto.subtle.importKey("raw", new Uint8Array(32), "X25519", true, []);
  const keys = { recipient: zero, sender };
  const error = await assertRejects(() => sealAuth(bytes("00"), keys, binding()), ChatError);
  assertEquals(error.code, "bad_proof");
});
