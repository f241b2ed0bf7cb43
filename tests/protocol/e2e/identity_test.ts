import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../protocol/wire/errors.ts";
import {
  createIdentity,
  deriveWrapKey,
  importAgreementKey,
  openIdentity,
  rewrapMasterKey,
  sealedKeysBytes,
  wrappedKeyBytes,
} from "../../../protocol/e2e/identity.ts";
import { makeKeyRecord, readKeyRecord, sameKeys } from "../../../protocol/e2e/key_record.ts";
import { keyRecordBytesMax } from "../../../protocol/wire/limits.ts";
import { keysFromSaltedPassword } from "../../../protocol/scram/scram.ts";
import { filled, makeIdentity, weakRecord, weakSigningRecord } from "../../fixtures/identities.ts";

const jack = await makeIdentity("jack");
const jill = await makeIdentity("jill");

Deno.test("an identity opens with the key that it was sealed with", async () => {
  const { sealed, wrapKey } = jack;
  assertEquals(sealed.sealedKeys.length, sealedKeysBytes);
  assertEquals(sealed.wrappedKey.length, wrappedKeyBytes);
  const again = await openIdentity("jack", sealed, wrapKey);
  assertEquals(sameKeys(again.publicKeys, jack.publicKeys), true);
});

Deno.test("no key of an open identity can be exported", async () => {
  for (const key of [jack.agreement.privateKey, jack.masterKey, jack.wrapKey]) {
    assertEquals(key.extractable, false);
    await assertRejects(() => crypto.subtle.exportKey("raw", key));
  }
});

Deno.test("every altered byte of a sealed identity is refused", async () => {
  for (const part of ["record", "sealedKeys", "wrappedKey"] as const) {
    for (let at = 0; at < jack.sealed[part].length; at++) {
      const bytes = jack.sealed[part].slice();
      bytes[at]! ^= 1;
      const altered = { ...jack.sealed, [part]: bytes };
      await assertRejects(() => openIdentity("jack", altered, jack.wrapKey), ChatError);
    }
  }
});

Deno.test("an identity does not open under another name, with another password, or with another's parts", async () => {
  await assertRejects(() => openIdentity("jill", jack.sealed, jack.wrapKey), ChatError);
  await assertRejects(() => openIdentity("jack", jack.sealed, jill.wrapKey), ChatError);
  for (const part of ["record", "sealedKeys", "wrappedKey"] as const) {
    const mixed = { ...jack.sealed, [part]: jill.sealed[part] };
    await assertRejects(() => openIdentity("jack", mixed, jack.wrapKey), ChatError);
  }
});

Deno.test("an own record that was swapped for a properly signed one is refused", async () => {
  const other = await makeIdentity("jack");
  const swapped = { ...jack.sealed, record: other.sealed.record };
  const error = await assertRejects(() => openIdentity("jack", swapped, jack.wrapKey), ChatError);
  assertEquals(error.code, "cannot_open");
});

Deno.test("a new password wraps the master key anew and changes nothing else", async () => {
  const to = await deriveWrapKey(filled(7));
  const keys = { from: jack.wrapKey, to };
  const wrappedKey = await rewrapMasterKey("jack", jack.sealed, keys);
  const changed = { ...jack.sealed, wrappedKey };
  const opened = await openIdentity("jack", changed, to);
  assertEquals(sameKeys(opened.publicKeys, jack.publicKeys), true);
  await assertRejects(() => openIdentity("jack", changed, jack.wrapKey), ChatError);
  const wrong = { from: jill.wrapKey, to };
  await assertRejects(() => rewrapMasterKey("jack", jack.sealed, wrong), ChatError);
});

Deno.test("the key that wraps is none of the keys that SCRAM shows a server", async () => {
  const salted = filled(9);
  const { clientKey, storedKey, serverKey } = await keysFromSaltedPassword(salted);
  const sealed = await createIdentity("jack", await deriveWrapKey(salted));
  for (const known of [clientKey, storedKey, serverKey]) {
    const direct = await crypto.subtle.importKey("raw", known, "AES-GCM", false, ["decrypt"]);
    await assertRejects(() => openIdentity("jack", sealed, direct), ChatError);
    await assertRejects(
      async () => await openIdentity("jack", sealed, await deriveWrapKey(known)),
      ChatError,
    );
  }
});

Deno.test("two identities have nothing in common", async () => {
  const other = await createIdentity("jack", jack.wrapKey);
  for (const part of ["record", "sealedKeys", "wrappedKey"] as const) {
    assertNotEquals(other[part], jack.sealed[part]);
  }
});

Deno.test("readKeyRecord() reads what makeKeyRecord() signed, with the longest name too", async () => {
  const pair = await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
  const signing = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const keys = { agreement: filled(9), signing };
  for (const name of ["j", "jürgen", "\u{10fff}".repeat(32), "\u{1f600}".repeat(32)]) {
    const record = await makeKeyRecord(name, keys, pair.privateKey);
    assertEquals(record.length <= keyRecordBytesMax, true);
    assertEquals(await readKeyRecord(record, name), keys);
  }
});

Deno.test("readKeyRecord() refuses another name, altered bytes, other lengths and a newer version", async () => {
  const { record } = jack.sealed;
  const error = await assertRejects(() => readKeyRecord(record, "jill"), ChatError);
  assertEquals(error.code, "bad_proof");
  for (let at = 0; at < record.length; at++) {
    const altered = record.slice();
    altered[at]! ^= 0x80;
    await assertRejects(() => readKeyRecord(altered, "jack"), ChatError);
  }
  for (let length = 0; length < record.length; length++) {
    await assertRejects(() => readKeyRecord(record.slice(0, length), "jack"), ChatError);
  }
  const longer = new Uint8Array(record.length + 1);
  longer.set(record);
  await assertRejects(() => readKeyRecord(longer, "jack"), ChatError);
  await assertRejects(
    () => readKeyRecord(new Uint8Array(keyRecordBytesMax + 1), "jack"),
    ChatError,
  );
});

Deno.test("a record that another one signed is refused", async () => {
  const other = await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
  const forged = await makeKeyRecord("jack", jack.publicKeys, other.privateKey);
  const error = await assertRejects(() => readKeyRecord(forged, "jack"), ChatError);
  assertEquals(error.code, "bad_proof");
});

Deno.test("a record with a key of small order is refused although it is signed", async () => {
  const records = [await weakRecord("jack"), await weakSigningRecord("jack")];
  for (const record of records) {
    const error = await assertRejects(() => readKeyRecord(record, "jack"), ChatError);
    assertEquals([error.code, error.message], [
      "bad_proof",
      "The key record holds a key that protects nothing.",
    ]);
  }
});

Deno.test("importAgreementKey() refuses bytes of another length", async () => {
  await assertRejects(() => importAgreementKey(filled(1, 31)), ChatError);
  await assertRejects(() => importAgreementKey(filled(1, 33)), ChatError);
});
