/**
 * What a client signs in with. The password is turned into keys once; reconnecting needs no PBKDF2 (RFC 5802, section 3).
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import { iterations as defaultIterations, saltBytes } from "../protocol/limits.ts";
import type { RequestOf } from "../protocol/messages.ts";
import { preparePassword } from "../protocol/password.ts";
import { deriveKeys, type ScramKeys } from "../protocol/scram.ts";

/** The keys of one password. */
export class Credentials {
  /** The name to sign in with. */
  readonly name: string;
  readonly #password: string;
  #derived: { salt: string; iterations: number; keys: Promise<ScramKeys> } | null = null;

  /**
   * @param name The name to sign in with.
   * @param password As it was typed.
   * @throws {ChatError} `bad_text`, where it cannot be a password; the message names the rule.
   */
  constructor(name: string, password: string) {
    this.name = name;
    this.#password = preparePassword(password);
  }

  /** The keys for a salt and iterations; kept, as long as both stay the same. */
  keysFor(salt: Uint8Array<ArrayBuffer>, iterations: number): Promise<ScramKeys> {
    const saltText = encodeBase64(salt);
    const kept = this.#derived;
    if (kept !== null && kept.salt === saltText && kept.iterations === iterations) return kept.keys;
    const keys = deriveKeys(this.#password, salt, iterations);
    this.#derived = { salt: saltText, iterations, keys };
    return keys;
  }

  /** What a registration tells the server: enough to check the password, not enough to know it. */
  async registration(): Promise<RequestOf<"register">> {
    const salt = crypto.getRandomValues(new Uint8Array(saltBytes));
    const { storedKey, serverKey } = await this.keysFor(salt, defaultIterations);
    return {
      name: this.name,
      salt: encodeBase64(salt),
      iterations: defaultIterations,
      storedKey: encodeBase64(storedKey),
      serverKey: encodeBase64(serverKey),
    };
  }
}
