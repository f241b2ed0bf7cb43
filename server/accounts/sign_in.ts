/**
 * Signing in and registering, the same for every wire: what is counted before a password is looked at, how long the answer to a
 * wrong one is held back, and what the log says of it. A wire brings the bytes and words the answers.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { ChatError } from "../../protocol/wire/errors.ts";
import { parseUserName } from "../../protocol/names/names.ts";
import { type ScramServer, startScram } from "../../protocol/scram/scram.ts";
import { preparePassword } from "../../protocol/text/password.ts";
import { siteOf } from "../common/address.ts";
import type { Allowances } from "../common/allowances.ts";
import type { Logger } from "../common/log.ts";
import type { AccountRecord } from "../storage/account_storage.ts";
import type { Accounts, Registration, StoredCredentials } from "./accounts.ts";
import { checkIdentity } from "./key_directory.ts";
import type { SignInGuard, Ticket } from "./sign_in_guard.ts";

/** What signing in stands on. */
export interface SignInParts {
  readonly accounts: Accounts;
  readonly guard: SignInGuard;
  readonly allowances: Pick<Allowances, "takeRegistration">;
  readonly logger: Logger;
  /** The data of `tls-server-end-point` (RFC 5929), for connections that are encrypted. */
  readonly channelBinding: Uint8Array<ArrayBuffer>;
  /** Called with the folded name of a new account, before anybody can sign in to it. */
  readonly onRegistered: (nameKey: string) => void;
}

/** Somebody who wants to sign in by a proof (SCRAM-SHA-256, RFC 5802 and 7677). */
export interface ProofAttempt {
  /** The client's first message. */
  readonly data: string;
  /** The peer's address as the socket gives it. */
  readonly address: string;
  /** Whether the proof must be bound to the connection's certificate. */
  readonly bindings: "required" | "none";
  /** See `SignInAttempt`. */
  readonly deviceToken?: string | undefined;
  /** Whether a name that nobody has is told, where registration is open. */
  readonly tellsUnknown?: boolean;
}

/** A proof under way: its other end has the server's first message. */
export interface PasswordProof {
  /** The server's first message. */
  readonly data: string;
  /**
   * Takes the client's final message. To be called once.
   *
   * @return The account and the server's final message; null where name or password is wrong, after a while.
   * @throws {ChatError} `bad_message`, `bad_proof`, after a while, too.
   */
  finish(data: string): Promise<{ account: AccountRecord; data: string } | null>;
}

/** Somebody whose password comes as it is. */
export interface PasswordAttempt {
  /** The name as it was typed. */
  readonly name: string;
  /** The peer's address as the socket gives it. */
  readonly address: string;
  /** Gives the password as it was typed. Called after the try was counted: to open what it is sealed in costs something. */
  readonly read: () => string | Promise<string>;
  /** A client that cannot come back by itself; left out where the other end can. */
  readonly waiting?: WaitingClient;
}

/** A client for which the server waits, and tries again, while it is busy with other passwords. */
export interface WaitingClient {
  /** Whether it has gone. */
  readonly closed: boolean;
  /** Resolves after some milliseconds, or at once when the client goes. */
  pause(ms: number): Promise<void>;
}

/** How often, and after which pause, a password is brought to a busy server again. */
const busyTries = 30;
const busyPauseMs = 1_000;

/** Why somebody is not let in, as the log says it. */
type Reason = "wrong password" | "no such account" | "wrong name or password";

/** The one way in. */
export class SignIn {
  readonly #options: SignInParts;

  /** @param options See {@linkcode SignInParts}. */
  constructor(options: SignInParts) {
    this.#options = options;
  }

  /**
   * Whether to sign in with a name or to register it.
   *
   * @param name The name as it was typed.
   * @param address The peer's address.
   * @throws {ChatError} `bad_name`, `storage_failed`.
   */
  async lookup(name: string, address: string): Promise<{ known: boolean }> {
    return await this.#options.accounts.lookup(name, siteOf(address));
  }

  /**
   * Makes the token by which a device is known again: see {@linkcode SignInGuard.issueDeviceToken}.
   *
   * @param nameKey The folded name of the account to which it has just signed in.
   */
  issueDeviceToken(nameKey: string, generation?: number): Promise<string> {
    return this.#options.guard.issueDeviceToken(nameKey, generation);
  }

  /**
   * Begins a sign-in by a proof.
   *
   * @throws {ChatError} `bad_message`, `bad_proof`, `bad_name`, `no_such_user`, `slow_down`, `storage_failed`.
   */
  async begin(attempt: ProofAttempt): Promise<PasswordProof> {
    const { data, address, bindings } = attempt;
    const { channelBinding } = this.#options;
    const scram = startScram(data, { bindings, channelBinding });
    const { userName } = scram;
    if (attempt.tellsUnknown && !(await this.lookup(userName, address)).known) {
      throw new ChatError("no_such_user", "There is no user with that name. Register it first.");
    }
    const onRefused = (reason: Reason) => this.#logRefused(userName, reason, address);
    return await this.#begin(scram, attempt, onRefused);
  }

  /**
   * Begins a change of the password: whoever sits at an open session must still show that they know the old one.
   *
   * @param nameKey The folded name of the session's account.
   * @throws {ChatError} `bad_message`, `bad_proof`, `forbidden` for another's name, `slow_down`, `storage_failed`.
   */
  async beginChange(
    nameKey: string,
    attempt: Pick<ProofAttempt, "data" | "address" | "bindings">,
  ): Promise<PasswordProof> {
    const { channelBinding } = this.#options;
    const scram = startScram(attempt.data, { bindings: attempt.bindings, channelBinding });
    if (parseUserName(scram.userName).nameKey !== nameKey) {
      throw new ChatError("forbidden", "You can only change your own password.");
    }
    return await this.#begin(scram, attempt, () => {});
  }

  async #begin(
    scram: ScramServer,
    { address, deviceToken }: Pick<ProofAttempt, "address" | "deviceToken">,
    onRefused: (reason: Reason) => void,
  ): Promise<PasswordProof> {
    const { accounts, guard } = this.#options;
    const { userName } = scram;
    const accountKey = parseUserName(userName).nameKey;
    // Refused before any work, but for a device: whether its token still holds is known with the account.
    const counted = deviceToken === undefined ? await guard.admit({ accountKey, address }) : null;
    const credentials = await accounts.credentials(userName, siteOf(address)).catch((error) => {
      // Nothing was tried.
      counted?.succeeded();
      throw error;
    });
    const ticket = counted ?? await guard.admit({
      accountKey,
      address,
      deviceToken: deviceToken!,
      passwordGeneration: credentials.record?.passwordGeneration,
    });
    const data = scram.serverFirst(credentials.salt, credentials.iterations);
    return {
      data,
      finish: (final) => finishProof(final, { scram, credentials, ticket, onRefused }),
    };
  }

  /**
   * Checks a password that came as it is.
   *
   * @return The account; null where name or password is wrong, after a while.
   * @throws {ChatError} `bad_name`, `forbidden` for an account whose password costs too much to check, `slow_down`,
   * `storage_failed`.
   */
  async checkPassword(attempt: PasswordAttempt): Promise<AccountRecord | null> {
    const { name, address, waiting } = attempt;
    const { accounts, guard } = this.#options;
    const { nameKey } = parseUserName(name);
    const ticket = await guard.admit({ accountKey: nameKey, address });
    // A password that nobody can have is wrong, like any other wrong one.
    const password = await readPassword(attempt).catch(nullForChatErrors);
    const weigh = (checks: number) => ticket.weighs(checks);
    const check = (prepared: string) =>
      accounts.checkPassword(name, prepared, siteOf(address), weigh);
    const account = password === null
      ? null
      : await patiently(waiting, () => check(password)).catch((error: unknown) => {
        // Nothing was tried: the server was busy or could not read its accounts.
        if (error instanceof ChatError && error.code !== "forbidden") ticket.succeeded();
        throw error;
      });
    if (account === null) {
      this.#logRefused(name, "wrong name or password", address);
      await (waiting?.pause(ticket.failed()) ?? delay(ticket.failed()));
      return null;
    }
    ticket.succeeded();
    return account;
  }

  /**
   * Makes an account for a client that has made keys of its password.
   *
   * @param registration What became of the name and the password; its keys for private messages are checked here.
   * @param address The peer's address.
   * @throws {ChatError} `bad_name`, `bad_message`, `bad_proof`, `name_taken`, `registration_closed`, `slow_down`,
   * `storage_failed`.
   */
  async register(registration: Registration, address: string): Promise<AccountRecord> {
    return await this.#register(address, async () => {
      const { name, identity } = registration;
      if (identity !== undefined) await checkIdentity(parseUserName(name).nameKey, identity);
      return await this.#options.accounts.register(registration);
    });
  }

  /**
   * Makes an account for a password that came as it is.
   *
   * @throws {ChatError} `bad_name`, `bad_message`, `bad_text` for a password that nobody can have, `name_taken`,
   * `registration_closed`, `slow_down`, `storage_failed`.
   */
  async registerWithPassword(attempt: PasswordAttempt): Promise<AccountRecord> {
    const { name, address, waiting } = attempt;
    return await this.#register(address, async () => {
      const password = await readPassword(attempt);
      const { accounts } = this.#options;
      return await patiently(
        waiting,
        () => accounts.registerWithPassword(name, password, siteOf(address)),
      );
    });
  }

  /** Counts before anything is opened or derived: that costs more than to send it. */
  async #register(address: string, make: () => Promise<AccountRecord>): Promise<AccountRecord> {
    const { allowances, logger, onRegistered } = this.#options;
    allowances.takeRegistration(siteOf(address));
    const account = await make();
    onRegistered(account.nameKey);
    logger.info("Registered {name}.", { name: account.name, address });
    return account;
  }

  /**
   * The property is not called `name`, with which lines are counted more generously: a stranger can try very many names.
   */
  #logRefused(user: string, reason: Reason, address: string): void {
    this.#options.logger.info(`Refused a sign-in as {user}: ${reason}.`, { user, address });
  }
}

/** What a proof is checked with. */
interface ProofParts {
  readonly scram: ScramServer;
  /** The account's, or made-up ones for a name that nobody has. */
  readonly credentials: StoredCredentials;
  readonly ticket: Ticket;
  readonly onRefused: (reason: Reason) => void;
}

async function finishProof(
  data: string,
  { scram, credentials, ticket, onRefused }: ProofParts,
): Promise<{ account: AccountRecord; data: string } | null> {
  const outcome = await scram.finish(data, credentials).catch(async (error: unknown) => {
    await delay(ticket.failed());
    throw error;
  });
  const { record } = credentials;
  if (!outcome.ok || record === null) {
    onRefused(record === null ? "no such account" : "wrong password");
    await delay(ticket.failed());
    return null;
  }
  ticket.succeeded();
  return { account: record, data: outcome.serverFinal };
}

async function readPassword({ read }: PasswordAttempt): Promise<string> {
  return preparePassword(await read());
}

/**
 * Tries again while the server is busy with other passwords. A class that comes in together would otherwise be turned away by
 * a short queue.
 */
async function patiently<T>(
  client: WaitingClient | undefined,
  work: () => Promise<T>,
): Promise<T> {
  for (let triesLeft = client === undefined ? 0 : busyTries;; triesLeft--) {
    try {
      return await work();
    } catch (error) {
      const isBusy = error instanceof ChatError && error.code === "slow_down";
      if (!isBusy || triesLeft === 0 || client!.closed) throw error;
      await client!.pause(error.retryAfterMs ?? busyPauseMs);
    }
  }
}

function nullForChatErrors(error: unknown): null {
  if (error instanceof ChatError) return null;
  throw error;
}
