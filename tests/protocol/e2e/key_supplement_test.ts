import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { makeKeySupplement, readKeySupplement } from "../../../protocol/e2e/key_supplement.ts";
import { openIdentity } from "../../../protocol/e2e/identity.ts";
import { encapsulationKeyBytes } from "../../../protocol/e2e/ml_kem.ts";
import { keySupplementBytes } from "../../../protocol/wire/limits.ts";
import { filled, makeIdentity, makeSigner } from "../../fixtures/identities.ts";

const jack = await makeIdentity("jack");
const { record, supplement, publicKeys: { signing } } = jack;

async function refused(...args: Parameters<typeof readKeySupplement>): Promise<string> {
  return (await assertRejects(() => readKeySupplement(...args), ChatError)).code;
}

Deno.test("an account's supplement holds its key of ML-KEM-768, and is the same in all of its programs", async () => {
  assertEquals(supplement.length, keySupplementBytes);
  const key = await readKeySupplement(supplement, record, signing);
  assertEquals(key, jack.decapsulation.encapsulationKey);
  const elsewhere = await openIdentity("jack", jack.sealed, jack.wrapKey);
  assertEquals(elsewhere.decapsulation.encapsulationKey, key);
  assertEquals(await readKeySupplement(elsewhere.supplement, record, signing), key);
});

Deno.test("readKeySupplement() refuses altered bytes and other lengths", async () => {
  for (let at = 0; at < supplement.length; at += at < encapsulationKeyBytes - 8 ? 9 : 1) {
    const altered = supplement.slice();
    altered[at]! ^= 1 << (at % 8);
    assertEquals(await refused(altered, record, signing), "bad_proof");
  }
  for (const length of [0, 64, encapsulationKeyBytes, keySupplementBytes - 1]) {
    assertEquals(await refused(supplement.slice(0, length), record, signing), "bad_message");
  }
  assertEquals(await refused(filled(1, keySupplementBytes + 1), record, signing), "bad_message");
});

Deno.test("a supplement is of one record: that of another account, or another one of the same name, is refused", async () => {
  for (const name of ["jack", "jill"]) {
    const other = await makeSigner(name);
    assertEquals(await refused(supplement, other.record, other.signing), "bad_proof");
    assertEquals(await refused(supplement, other.record, signing), "bad_proof");
    const key = jack.decapsulation.encapsulationKey;
    const forged = await makeKeySupplement(record, key, other.privateKey);
    assertEquals(await refused(forged, record, signing), "bad_proof");
  }
});

Deno.test("what is no key of ML-KEM-768 is refused although it is signed", async () => {
  const { record, signing, privateKey } = await makeSigner("jack");
  const signed = await makeKeySupplement(record, filled(255, encapsulationKeyBytes), privateKey);
  assertEquals(await refused(signed, record, signing), "bad_proof");
});
