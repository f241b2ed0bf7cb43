/**
 * ML-KEM-768 by WebCrypto ("Modern Algorithms in the Web Cryptography API" of the WICG). Its private keys cannot be exported.
 *
 * @module
 */
import type { Bytes } from "./byte_fields.ts";
import type { DecapsulationKey, Encapsulation, MlKem } from "./ml_kem.ts";

/** What the types of Deno 2.9.6 do not name yet. */
interface KemCrypto {
  importKey(
    format: "raw-seed" | "raw-public",
    key: Bytes,
    algorithm: string,
    extractable: boolean,
    usages: readonly ("encapsulateBits" | "decapsulateBits")[],
  ): Promise<CryptoKey>;
  getPublicKey(key: CryptoKey, usages: readonly "encapsulateBits"[]): Promise<CryptoKey>;
  exportKey(format: "raw-public", key: CryptoKey): Promise<ArrayBuffer>;
  encapsulateBits(
    algorithm: string,
    key: CryptoKey,
  ): Promise<{ readonly sharedKey: ArrayBuffer; readonly ciphertext: ArrayBuffer }>;
  decapsulateBits(algorithm: string, key: CryptoKey, ciphertext: Bytes): Promise<ArrayBuffer>;
}

const algorithm = "ML-KEM-768";
const subtle = crypto.subtle as unknown as KemCrypto;

/** It throws whatever the platform throws where that has no ML-KEM-768. */
export const webCryptoMlKem: MlKem = {
  async openSeed(seed: Bytes): Promise<DecapsulationKey> {
    const key = await subtle.importKey("raw-seed", seed, algorithm, false, ["decapsulateBits"]);
    const publicKey = await subtle.getPublicKey(key, ["encapsulateBits"]);
    return {
      encapsulationKey: new Uint8Array(await subtle.exportKey("raw-public", publicKey)),
      decapsulate: async (ciphertext) =>
        new Uint8Array(await subtle.decapsulateBits(algorithm, key, ciphertext)),
    };
  },
  async encapsulate(encapsulationKey: Bytes): Promise<Encapsulation> {
    const usages = ["encapsulateBits"] as const;
    const key = await subtle.importKey("raw-public", encapsulationKey, algorithm, true, usages);
    const { sharedKey, ciphertext } = await subtle.encapsulateBits(algorithm, key);
    return { ciphertext: new Uint8Array(ciphertext), secret: new Uint8Array(sharedKey) };
  },
};
