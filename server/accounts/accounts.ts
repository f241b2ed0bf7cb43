/**
 * Accounts: registration, and what a sign-in is checked against. A name that no account has is treated like any other,
 * so that nobody can find out by a sign-in who has an account here.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { ChatError } from "../../protocol/wire/errors.ts";
import * as limits from "../../protocol/wire/limits.ts";
import type { SealedIdentity } from "../../protocol/e2e/identity.ts";
import { checkNewUserName, parseUserName } from "../../protocol/names/names.ts";
import { deriveKeys, keyBytes, type ServerCredentials } from "../../protocol/scram/scram.ts";
import { hmac, sameBytes } from "../../protocol/scram/scram_keys.ts";
import { AccountTurns } from "../common/account_turns.ts";
import { PasswordQueue } from "./password_queue.ts";
import type { AccountRecord, AccountStorage } from "../storage/account_storage.ts";
import type { CommandLog } from "../storage/command_log.ts";
import { keptSecret, type SecretStorage } from "../storage/secret_storage.ts";
import { translated } from "../storage/store_errors.ts";
import { numberText } from "../../protocol/text/number_text.ts";

/** Finding an account takes the store 0.03 ms longer than finding none: this covers both, so that it cannot be measured. */
const lookupMsMin = 5;

/**
 * Look-ups that may be under way, of all networks and of one: posts wait behind those that the store was given, so a crowd of
 * strangers is not to give it thousands.
 */
const lookupsMax = { underWayMax: 16, perAccountMax: 4 };

/** What accounts need of the store. */
export type AccountSources =
  & Pick<AccountStorage, "findAccount">
  & SecretStorage
  & Pick<CommandLog, "submit">;

/** How accounts are kept. */
export interface AccountsOptions {
  /** Whether new accounts are accepted. Where they are not, no answer tells which names have one. */
  readonly registration: "open" | "closed";
  /** PBKDF2 iterations for passwords that the server itself derives, and shown for names without an account. */
  readonly iterations?: number;
  /** Milliseconds since 1970, for the time of registration. */
  readonly nowMs?: () => number;
}

/** A registration as a client sends it: the password has become keys already. */
export interface Registration extends ServerCredentials {
  /** The name as it was typed. */
  readonly name: string;
  /** 16 to 64 random bytes. */
  readonly salt: Uint8Array<ArrayBuffer>;
  /** `iterationsMin` to `iterationsMax`. */
  readonly iterations: number;
  /** Its keys for private messages, checked; a wire that cannot make them leaves them out. */
  readonly identity?: SealedIdentity;
}

/** What a sign-in is checked against. */
export interface StoredCredentials extends ServerCredentials {
  /** The account; null if there is none, which must make no difference before the proof was checked. */
  readonly record: AccountRecord | null;
  /** The account's salt; for a name without an account one that is always the same and looks like any other. */
  readonly salt: Uint8Array<ArrayBuffer>;
  /** The account's iterations. */
  readonly iterations: number;
}

/** The accounts of one server. */
export class Accounts {
  readonly #storage: AccountSources;
  readonly #secret: Uint8Array<ArrayBuffer>;
  readonly #registration: AccountsOptions["registration"];
  readonly #iterations: number;
  readonly #nowMs: () => number;
  readonly #passwords = new PasswordQueue();
  readonly #lookups = new AccountTurns(lookupsMax);

  private constructor(
    storage: AccountSources,
    secret: Uint8Array<ArrayBuffer>,
    options: AccountsOptions,
  ) {
    this.#storage = storage;
    this.#secret = secret;
    this.#registration = options.registration;
    this.#iterations = options.iterations ?? limits.iterations;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  /**
   * Opens the accounts of a store.
   *
   * @param storage Where accounts and the secret for made-up salts are kept.
   * @param options See {@linkcode AccountsOptions}.
   * @return The accounts.
   * @throws {StorageError} where the secret cannot be read or kept.
   */
  static async open(storage: AccountSources, options: AccountsOptions): Promise<Accounts> {
    const make = () => crypto.getRandomValues(new Uint8Array(32));
    return new Accounts(storage, await keptSecret(storage, "made-up salts", make), options);
  }

  /**
   * Whether to sign in with a name or to register it.
   *
   * @param name The name as it was typed.
   * @param network Where the question came from: networks take turns. Those that are not told count as one.
   * @return Whether an account has it; always true where registration is closed.
   * @throws {ChatError} `bad_name`, `storage_failed`.
   */
  async lookup(name: string, network = ""): Promise<{ known: boolean }> {
    const parsed = parseUserName(name);
    if (this.#registration === "closed") return { known: true };
    const known = await this.#find(parsed.nameKey, network) !== null;
    // Before a password is chosen for it in vain.
    if (!known) checkNewUserName(parsed);
    return { known };
  }

  /**
   * Makes sure that an account exists which is to have rights: else the first to register its name would have them.
   *
   * @param name The name as the operator of the server gave it.
   * @return The folded name.
   * @throws {ChatError} `bad_name`, `no_such_user` with what to do, `storage_failed`.
   */
  async requireOperator(name: string): Promise<string> {
    let nameKey: string;
    try {
      nameKey = parseUserName(name).nameKey;
    } catch (cause) {
      if (!(cause instanceof ChatError)) throw cause;
      throw new ChatError(cause.code, `--irc-operator: ${cause.message}`, { cause });
    }
    if (await this.#find(nameKey) !== null) return nameKey;
    const message =
      `--irc-operator: there is no account "${name}" yet, and anyone who registered it would become operator. ` +
      `Start without --irc-operator, create the account (chat client HOST PORT ${name}), and start again.`;
    throw new ChatError("no_such_user", message);
  }

  /**
   * Makes an account.
   *
   * @param registration The name and what became of the password.
   * @return The account, which is stored.
   * @throws {ChatError} `registration_closed`, `bad_name`, `bad_message` for a wrong length or number, `name_taken` where an
   * account has this name or one that looks like it, `storage_failed`.
   */
  async register(registration: Registration): Promise<AccountRecord> {
    this.#requireOpen();
    checkPasswordKeys(registration);
    return await this.#create(registration);
  }

  /**
   * What to check a sign-in against. Does the same whether an account has the name or not.
   *
   * @param name The name as it was typed.
   * @param network Where the sign-in came from: networks take turns. Those that are not told count as one.
   * @return The account's credentials, or made-up ones that no password fits.
   * @throws {ChatError} `bad_name`, `storage_failed`.
   */
  async credentials(name: string, network = ""): Promise<StoredCredentials> {
    const { nameKey } = parseUserName(name);
    const [record, madeUp] = await atLeast(lookupMsMin, [
      this.#find(nameKey, network),
      this.#madeUp(nameKey),
    ]);
    const { salt, iterations, storedKey, serverKey } = record ?? madeUp;
    return { record, salt, iterations, storedKey, serverKey };
  }

  /**
   * Checks a password that came over a wire which sends it as it is. Costs about 0.1 s, with or without an account; at most twice
   * that, for an account with more iterations than the usual.
   *
   * @param name The name as it was typed.
   * @param preparedPassword The password, prepared as an OpaqueString (RFC 8265).
   * @param network Where it came from: networks take turns. Those that are not told count as one.
   * @param weigh Called before the work, with how many ordinary checks it is like.
   * @return The account, or null if name or password is wrong.
   * @throws {ChatError} `bad_name`, `forbidden` for an account with more than `iterationsServerMax`, `slow_down` where too many
   * checks are waiting, `storage_failed`.
   */
  async checkPassword(
    name: string,
    preparedPassword: string,
    network = "",
    weigh: (checks: number) => void = () => {},
  ): Promise<AccountRecord | null> {
    if (byteLength(preparedPassword) > limits.passwordBytesMax) return null;
    return await this.#passwords.run(network, async () => {
      const { record, salt, iterations, storedKey } = await this.credentials(name, network);
      if (iterations > limits.iterationsServerMax) throw tooCostly();
      weigh(Math.ceil(iterations / limits.iterations));
      const keys = await deriveKeys(preparedPassword, salt, iterations);
      return sameBytes(keys.storedKey, storedKey) ? record : null;
    });
  }

  /**
   * Makes an account for a password that came over a wire which sends it as it is. Costs about 0.1 s.
   *
   * @param name The name as it was typed.
   * @param preparedPassword The password, prepared as an OpaqueString (RFC 8265).
   * @param network Where it came from: networks take turns. Those that are not told count as one.
   * @return The account, which is stored.
   * @throws {ChatError} `registration_closed`, `bad_name`, `bad_text` for a password that is too short or too long,
   * `name_taken`, `slow_down` where too many passwords are waiting, `storage_failed`.
   */
  async registerWithPassword(
    name: string,
    preparedPassword: string,
    network = "",
  ): Promise<AccountRecord> {
    this.#requireOpen();
    const parsed = parseUserName(name);
    checkNewUserName(parsed);
    const { nameKey } = parsed;
    checkPasswordLength(preparedPassword);
    return await this.#passwords.run(network, async () => {
      // Spares the derivation where it would be in vain; of several at once createAccount() lets one win.
      if (await this.#find(nameKey, network) !== null) throw nameTaken();
      const salt = crypto.getRandomValues(new Uint8Array(limits.saltBytes));
      const iterations = this.#iterations;
      const { storedKey, serverKey } = await deriveKeys(preparedPassword, salt, iterations);
      return await this.#create({ name, salt, iterations, storedKey, serverKey });
    });
  }

  async #create({ name: typed, identity, ...keys }: Registration): Promise<AccountRecord> {
    const parsed = parseUserName(typed);
    checkNewUserName(parsed);
    const { name, nameKey, skeleton } = parsed;
    const { salt, iterations, storedKey, serverKey } = keys;
    const createdMs = this.#nowMs();
    const record = { name, nameKey, skeleton, salt, iterations, storedKey, serverKey, createdMs };
    const account = { type: "account", version: 1, account: record } as const;
    const outcome = await translated(
      this.#storage.submit({ ...account, identity: identity ?? null }),
    );
    if (outcome.refused !== null) throw nameTaken();
    return record;
  }

  async #find(nameKey: string, network = ""): Promise<AccountRecord | null> {
    const find = () => this.#storage.findAccount(nameKey);
    return await translated(this.#lookups.run(network, find));
  }

  /** Always the same for a name, so that asking twice tells nothing; the keys are of no password that anyone could find. */
  async #madeUp(nameKey: string): Promise<Omit<StoredCredentials, "record">> {
    const derive = (label: string) =>
      hmac(this.#secret, new TextEncoder().encode(`${label}\n${nameKey}`));
    const [salt, storedKey, serverKey] = await Promise.all([
      derive("salt"),
      derive("stored key"),
      derive("server key"),
    ]);
    const iterations = this.#iterations;
    return { salt: salt.slice(0, limits.saltBytes), iterations, storedKey, serverKey };
  }

  #requireOpen(): void {
    if (this.#registration === "open") return;
    const message = "This server accepts no new accounts. Ask the person who runs it for one.";
    throw new ChatError("registration_closed", message);
  }
}

/** Waits for both, and no less than some milliseconds, also where one fails. */
async function atLeast<A, B>(ms: number, both: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled([...both, delay(ms)]);
  return await Promise.all(both);
}

/**
 * Checks what became of a password at a client.
 *
 * @throws {ChatError} `bad_message` for a wrong length or number.
 */
export function checkPasswordKeys(
  { salt, iterations, storedKey, serverKey }: Omit<Registration, "name" | "identity">,
): void {
  if (salt.length < limits.saltBytes || salt.length > limits.saltBytesMax) {
    throw badField(`The salt must have ${limits.saltBytes} to ${limits.saltBytesMax} bytes.`);
  }
  if (storedKey.length !== keyBytes || serverKey.length !== keyBytes) {
    throw badField(`The stored key and the server key must have ${keyBytes} bytes each.`);
  }
  const { iterationsMin, iterationsMax } = limits;
  const inRange = iterations >= iterationsMin && iterations <= iterationsMax;
  if (!Number.isInteger(iterations) || !inRange) {
    throw badField(
      `The iterations must be a number from ${numberText(iterationsMin)} to ${
        numberText(iterationsMax)
      }.`,
    );
  }
}

function checkPasswordLength(password: string): void {
  const { passwordCharactersMin, passwordBytesMax } = limits;
  if ([...password].length < passwordCharactersMin) {
    const message = `A password must have at least ${passwordCharactersMin} characters.`;
    throw new ChatError("bad_text", message);
  }
  if (byteLength(password) > passwordBytesMax) {
    const message = `A password can have at most ${numberText(passwordBytesMax)} bytes.`;
    throw new ChatError("bad_text", message);
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function badField(message: string): ChatError {
  return new ChatError("bad_message", message);
}

function tooCostly(): ChatError {
  const message = "This account's password has more iterations than this server computes. " +
    "Sign in with a client that computes them itself: chat client, or SCRAM-SHA-256 over IRC.";
  return new ChatError("forbidden", message);
}

function nameTaken(): ChatError {
  const message = "This name, or one that looks like it, is taken. Choose another one.";
  return new ChatError("name_taken", message);
}
