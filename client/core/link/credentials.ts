/**
 * What a client signs in with. The password is turned into keys once and forgotten; reconnecting needs no PBKDF2 (RFC 5802,
 * section 3). The same salted password gives the key that wraps the account's own keys (protocol/e2e/identity.ts).
 *
 * @module
 */
import { createIdentity, deriveWrapKey } from "../../../protocol/e2e/identity.ts";
import { iterations as defaultIterations, saltBytes } from "../../../protocol/wire/limits.ts";
import type { RequestOf } from "../../../protocol/wire/requests.ts";
import { readUserName } from "../../../protocol/names/written_names.ts";
import { preparePassword } from "../../../protocol/text/password.ts";
import { deriveKeys, type ScramKeys } from "../../../protocol/scram/scram.ts";
import { encodeIdentity } from "../../../protocol/e2e/identity_content.ts";
import { ClientError } from "./client_error.ts";

/** What one password becomes with one salt. */
interface Derived {
  readonly salt: string;
  readonly iterations: number;
  readonly keys: Promise<{ readonly scram: ScramKeys; readonly wrapKey: CryptoKey }>;
}

/** What the server is told of a new password. */
export type PasswordContent = Omit<RequestOf<"register">, "name" | "identity">;

/** The keys of an account's password. */
export class Credentials {
  /** The name to sign in with. */
  readonly name: string;
  /** The folded name, which the account's keys are bound to. */
  readonly nameKey: string;
  /** The record of the account's keys, in base64, where this program has just registered the account; else null. */
  registeredRecord: string | null = null;
  #password: string | null;
  /** The newest first. Two while it is not known which password the server has. */
  #derived: Derived[] = [];

  /**
   * @param name The name to sign in with.
   * @param password As it was typed.
   * @throws {ChatError} `bad_name`; `bad_text`, where it cannot be a password; the message names the rule.
   */
  constructor(name: string, password: string) {
    this.name = name;
    this.nameKey = readUserName(name).nameKey;
    this.#password = preparePassword(password);
  }

  /**
   * The keys for a salt and iterations; kept, as long as both stay the same.
   *
   * @throws {ChatError} `sign_in_refused` where the password was forgotten and they are others now: it was changed.
   */
  async keysFor(salt: Uint8Array<ArrayBuffer>, iterations: number): Promise<ScramKeys> {
    const saltText = salt.toBase64();
    const found = this.#derived.find((one) =>
      one.salt === saltText && one.iterations === iterations
    );
    if (found !== undefined) {
      this.#derived = [found, ...this.#derived.filter((one) => one !== found)];
      return (await found.keys).scram;
    }
    if (this.#password === null) {
      throw new ClientError("sign_in_refused", { kind: "password_changed_elsewhere" });
    }
    const keys = derive(this.#password, salt, iterations);
    this.#derived = [{ salt: saltText, iterations, keys }];
    return (await keys).scram;
  }

  /** The key that wraps the account's own keys, for the salt that was used last. */
  async wrapKey(): Promise<CryptoKey> {
    const [newest] = this.#derived;
    if (newest === undefined) throw new Error("Broken assumption: keys come before the wrap key.");
    return (await newest.keys).wrapKey;
  }

  /** The password was right: from now on its keys are enough. */
  forgetPassword(): void {
    this.#password = null;
  }

  /** Another password may be the right one from now on: its keys are tried too. */
  alsoTry(other: Credentials): void {
    this.#derived = [...other.#derived, ...this.#derived];
  }

  /** What the server needs in order to check this password from now on; not enough to know it. */
  async passwordContent(): Promise<PasswordContent> {
    const salt = crypto.getRandomValues(new Uint8Array(saltBytes));
    const { storedKey, serverKey } = await this.keysFor(salt, defaultIterations);
    return {
      salt: salt.toBase64(),
      iterations: defaultIterations,
      storedKey: storedKey.toBase64(),
      serverKey: serverKey.toBase64(),
    };
  }

  /** What a registration tells the server: what {@linkcode Credentials.passwordContent} says, and the account's sealed keys. */
  async registration(): Promise<RequestOf<"register">> {
    const content = await this.passwordContent();
    const identity = encodeIdentity(await createIdentity(this.nameKey, await this.wrapKey()));
    this.registeredRecord = identity.record;
    return { name: this.name, ...content, identity };
  }
}

async function derive(password: string, salt: Uint8Array<ArrayBuffer>, iterations: number) {
  const { saltedPassword, ...scram } = await deriveKeys(password, salt, iterations);
  const wrapKey = await deriveWrapKey(saltedPassword);
  saltedPassword.fill(0);
  return { scram, wrapKey };
}
