import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { createMlKem768 } from "mlkem";
import { concatenate } from "../../../protocol/e2e/byte_fields.ts";
import {
  encapsulationBytes,
  encapsulationKeyBytes,
  isEncapsulationKey,
  type MlKem,
} from "../../../protocol/e2e/ml_kem.ts";
import { chooseMlKem, mlKem } from "../../../protocol/e2e/ml_kem_here.ts";
import { packageMlKem } from "../../../protocol/e2e/ml_kem_package.ts";
import { webCryptoMlKem } from "../../../protocol/e2e/ml_kem_webcrypto.ts";
import { filled } from "../../fixtures/identities.ts";
/** Keys and encapsulations are NIST's for FIPS 203 (ACVP), decapsulations of Wycheproof: one that opens, one that is refused although it begins well. */
import vectors from "./ml_kem_vectors.json" with { type: "json" };

const bytes = (hex: string) => Uint8Array.fromHex(hex);
const seedOf = ({ d, z }: { d: string; z: string }) => concatenate(bytes(d), bytes(z));
const programs: Record<string, MlKem> = { WebCrypto: webCryptoMlKem, mlkem: packageMlKem };

for (const [name, program] of Object.entries(programs)) {
  Deno.test(`${name} makes the keys of FIPS 203's vectors`, async () => {
    for (const vector of vectors.keys) {
      const { encapsulationKey } = await program.openSeed(seedOf(vector));
      assertEquals(encapsulationKey.toHex(), vector.ek);
      assert(isEncapsulationKey(encapsulationKey));
    }
  });

  Deno.test(`${name} opens FIPS 203's vectors, also one that was not made for the key`, async () => {
    assertEquals(vectors.decapsulations.map(({ rejected }) => rejected), [false, true]);
    for (const vector of vectors.decapsulations) {
      const key = await program.openSeed(seedOf(vector));
      assertEquals((await key.decapsulate(bytes(vector.c))).toHex(), vector.k);
    }
  });

  Deno.test(`${name} refuses to encapsulate to what is no key`, async () => {
    for (const key of [filled(1, 0), filled(1, encapsulationKeyBytes - 1), filled(255, 1_184)]) {
      await assertRejects(async () => await program.encapsulate(key));
    }
  });
}

Deno.test("the package encapsulates as FIPS 203's vectors do", async () => {
  const program = await createMlKem768();
  for (const { ek, m, c, k } of vectors.encapsulations) {
    const [ciphertext, secret] = program.encap(bytes(ek), bytes(m));
    assertEquals([ciphertext.toHex(), secret.toHex()], [c, k]);
  }
});

Deno.test("what one program encapsulates the other opens, and each time it is another secret", async () => {
  const seed = crypto.getRandomValues(new Uint8Array(64));
  const seen = new Set<string>();
  for (const from of Object.values(programs)) {
    for (const to of Object.values(programs)) {
      const key = await to.openSeed(seed);
      const { ciphertext, secret } = await from.encapsulate(key.encapsulationKey);
      assertEquals([ciphertext.length, secret.length], [encapsulationBytes, 32]);
      assertEquals(await key.decapsulate(ciphertext), secret);
      seen.add(secret.toHex());
      const altered = ciphertext.slice();
      altered[500]! ^= 1;
      assertNotEquals(await key.decapsulate(altered), secret);
    }
  }
  assertEquals(seen.size, 4);
});

Deno.test("isEncapsulationKey() refuses every number that is not below 3,329, wherever it is, and other lengths", async () => {
  const { encapsulationKey } = await packageMlKem.openSeed(filled(7, 64));
  for (let number = 0; number < 768; number++) {
    for (const value of [3_329, 3_330, 4_095]) {
      const altered = encapsulationKey.slice();
      const at = Math.floor(number / 2) * 3;
      if (number % 2 === 0) {
        altered[at] = value & 0xff;
        altered[at + 1] = (altered[at + 1]! & 0xf0) | value >> 8;
      } else {
        altered[at + 1] = (altered[at + 1]! & 0x0f) | (value & 0x0f) << 4;
        altered[at + 2] = value >> 4;
      }
      assertEquals(isEncapsulationKey(altered), false, `number ${number} is ${value}`);
    }
  }
  assert(isEncapsulationKey(encapsulationKey));
  // The seed at the end may be anything.
  assert(isEncapsulationKey(concatenate(encapsulationKey.slice(0, -32), filled(255))));
  for (const length of [0, encapsulationKeyBytes - 1, encapsulationKeyBytes + 1]) {
    assertEquals(isEncapsulationKey(new Uint8Array(length)), false);
  }
});

Deno.test("here WebCrypto is taken, and the package is not loaded for it; where that has no ML-KEM-768 the package is", async () => {
  assertEquals(await mlKem(), webCryptoMlKem);
  let loads = 0;
  const load = () => {
    loads++;
    return Promise.resolve(packageMlKem);
  };
  assertEquals(await chooseMlKem(webCryptoMlKem, load), webCryptoMlKem);
  assertEquals(loads, 0);
  const missing = () => Promise.reject(new DOMException("ML-KEM-768", "NotSupportedError"));
  const without: MlKem = { openSeed: missing, encapsulate: missing };
  assertEquals(await chooseMlKem(without, load), packageMlKem);
  assertEquals(await chooseMlKem({ ...webCryptoMlKem, encapsulate: missing }, load), packageMlKem);
  assertEquals(loads, 2);
});
