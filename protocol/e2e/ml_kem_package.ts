/**
 * ML-KEM-768 by the package `mlkem`, for platforms whose WebCrypto has none. The private key is in the memory of the program.
 *
 * @module
 */
import { createMlKem768 } from "mlkem";
import type { Bytes } from "./byte_fields.ts";
import type { DecapsulationKey, Encapsulation, MlKem } from "./ml_kem.ts";

const loading = createMlKem768();

/** It works anywhere. */
export const packageMlKem: MlKem = {
  async openSeed(seed: Bytes): Promise<DecapsulationKey> {
    const program = await loading;
    const [encapsulationKey, key] = program.deriveKeyPair(seed);
    return {
      encapsulationKey: owned(encapsulationKey),
      decapsulate: (ciphertext) => Promise.resolve(owned(program.decap(ciphertext, key))),
    };
  },
  async encapsulate(encapsulationKey: Bytes): Promise<Encapsulation> {
    const [ciphertext, secret] = (await loading).encap(encapsulationKey);
    return { ciphertext: owned(ciphertext), secret: owned(secret) };
  },
};

/** The package says less of its arrays than WebCrypto wants to know. */
function owned(bytes: Uint8Array): Bytes {
  return new Uint8Array(bytes);
}
