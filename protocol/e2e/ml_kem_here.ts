/**
 * The program for ML-KEM-768 of this platform: WebCrypto where it can do that, the package `mlkem` where it cannot. The
 * package is loaded only then.
 *
 * @module
 */
import { kemSeedBytes, type MlKem } from "./ml_kem.ts";
import { webCryptoMlKem } from "./ml_kem_webcrypto.ts";

let chosen: Promise<MlKem> | null = null;

/** What works here. It is tried once. */
export function mlKem(): Promise<MlKem> {
  const load = async () => (await import("./ml_kem_package.ts")).packageMlKem;
  return chosen ??= chooseMlKem(webCryptoMlKem, load);
}

/**
 * Takes the first program that works.
 *
 * @param preferred What the platform may have.
 * @param load Loads what works anywhere.
 */
export async function chooseMlKem(preferred: MlKem, load: () => Promise<MlKem>): Promise<MlKem> {
  try {
    const key = await preferred.openSeed(new Uint8Array(kemSeedBytes));
    const { ciphertext } = await preferred.encapsulate(key.encapsulationKey);
    await key.decapsulate(ciphertext);
    return preferred;
  } catch {
    // Platforms that cannot differ in how they say so.
    return await load();
  }
}
