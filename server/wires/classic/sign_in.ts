/**
 * Signing in over the classic wire: the states up to the client's public key.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import {
  classicPasswordTimeoutMs,
  nameCharactersMax,
  passwordBytesMax,
  silenceBeforeSignInTimeoutMs,
} from "../../../protocol/wire/limits.ts";
import { parseUserName } from "../../../protocol/names/names.ts";
import { preparePassword } from "../../../protocol/text/password.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { Accounts } from "../../accounts/accounts.ts";
import { siteOf } from "../../common/address.ts";
import type { Chat } from "../../heart/chat.ts";
import { lobbyName } from "../../heart/rooms.ts";
import type { Rate } from "../../common/rate.ts";
import type { SignInGuard } from "../../accounts/sign_in_guard.ts";
import type { AccountRecord } from "../../storage/storage.ts";
import { openEnvelope, readPublicKey } from "./envelope.ts";
import type { FieldForm } from "./fields.ts";
import { Member, type Members } from "./member.ts";
import type { Operations } from "./operations.ts";
import { phrases } from "./phrases.ts";
import type { ServerKey } from "./server_key.ts";
import { type ClassicClient, readText, type State, tellRefusal } from "./state.ts";
import { logRefusedSignIn } from "../connection/connection_end.ts";

/** What the desk is made with. */
export interface ClassicSignInOptions {
  readonly chat: Chat;
  readonly accounts: Accounts;
  readonly guard: SignInGuard;
  /** How fast accounts may be made from one address. */
  readonly registrationRate: Rate;
  readonly members: Members;
  readonly serverKey: ServerKey;
  /** What a client does once it is signed in. */
  readonly operations: Operations;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

const nameForm: FieldForm = { lengthMax: nameCharactersMax * 4, holds: "text" };
/** The longest password takes 2,297 bytes in an envelope. */
const passwordForm: FieldForm = { lengthMax: 4 * passwordBytesMax, holds: "bytes" };
/** A key of 2,048 bits takes 604 bytes. */
const keyForm: FieldForm = { lengthMax: 1_024, holds: "bytes" };

/** How often, and after which pause, a password is brought to a busy server again. */
const busyTries = 30;
const busyPauseMs = 1_000;

/** Where classic clients register and sign in. */
export class ClassicSignIn {
  readonly #options: ClassicSignInOptions;

  /** @param options See {@linkcode ClassicSignInOptions}. */
  constructor(options: ClassicSignInOptions) {
    this.#options = options;
  }

  /** The state of a client that has just connected. */
  begin(client: ClassicClient): State {
    return {
      name: "name",
      reads: nameForm,
      silenceTimeoutMs: silenceBeforeSignInTimeoutMs,
      take: (content) => this.#takeName(client, content),
    };
  }

  async #takeName(client: ClassicClient, content: Uint8Array<ArrayBuffer>): Promise<State | null> {
    const { accounts, serverKey } = this.#options;
    client.tell("key", serverKey.publicKey.text);
    try {
      const { name } = parseUserName(readText(content));
      const { known } = await accounts.lookup(name, siteOf(client.address));
      client.tell("Confirmation", known ? phrases.typePassword : phrases.createPassword);
      return known ? this.#typePassword(client, name) : this.#createPassword(client, name);
    } catch (error) {
      tellRefusal(client, "", error);
      return null;
    }
  }

  #createPassword(client: ClassicClient, name: string): State {
    let refusedFor: string | null = null;
    const state = passwordState("create password", async (content) => {
      try {
        const account = await this.#register(client, name, content);
        client.tell("Confirmation", phrases.accountCreated);
        return this.#key(client, account);
      } catch (error) {
        // The original client does not expect a refusal and goes on with its key. What it is told then is the last that it shows.
        if (refusedFor !== null && error instanceof ChatError && error.code === "bad_message") {
          client.tell("Confirmation", notCreated(refusedFor));
          return null;
        }
        const { code, message } = tellRefusal(client, "", error);
        refusedFor = message;
        // Only another password or some patience can help.
        return code === "bad_text" || code === "slow_down" ? state : null;
      }
    });
    return state;
  }

  async #register(
    client: ClassicClient,
    name: string,
    content: Uint8Array<ArrayBuffer>,
  ): Promise<AccountRecord> {
    const { accounts, chat, registrationRate } = this.#options;
    // Before anything is opened: that costs more than to send it, and nobody is to learn of the key by many tries.
    registrationRate.take(siteOf(client.address));
    const password = await this.#readPassword(content);
    const from = siteOf(client.address);
    const account = await patiently(
      client,
      () => accounts.registerWithPassword(name, password, from),
    );
    // What was said before someone came is history, nothing that was missed.
    chat.markReadUpToNow(account.nameKey);
    client.logger.info("Registered {name}.", { name: account.name, address: client.address });
    return account;
  }

  #typePassword(client: ClassicClient, name: string): State {
    const state = passwordState("type password", async (content) => {
      try {
        const account = await this.#checkPassword(client, name, content);
        client.tell("Confirmation", account === null ? phrases.wrongPassword : phrases.signedIn);
        return account === null ? state : this.#key(client, account);
      } catch (error) {
        tellRefusal(client, "", error);
        return state;
      }
    });
    return state;
  }

  /** Gives null for a wrong password, also where it is one that nobody can have or was not sealed for the server. */
  async #checkPassword(
    client: ClassicClient,
    name: string,
    content: Uint8Array<ArrayBuffer>,
  ): Promise<AccountRecord | null> {
    const { accounts, guard } = this.#options;
    const { nameKey } = parseUserName(name);
    const ticket = await guard.admit({ accountKey: nameKey, address: client.address });
    const password = await this.#readPassword(content).catch(nullForClientErrors);
    const weigh = (checks: number) => ticket.weighs(checks);
    const account = password === null
      ? null
      : await patiently(client, () =>
        accounts.checkPassword(name, password, siteOf(client.address), weigh))
        .catch((error: unknown) => {
          // Nothing was tried: the server was busy or could not read its accounts.
          if (error instanceof ChatError && error.code !== "forbidden") {
            ticket.succeeded();
          }
          throw error;
        });
    if (account !== null) {
      ticket.succeeded();
      return account;
    }
    logRefusedSignIn(client.logger, name, "wrong name or password", client.address);
    await client.pause(ticket.failed());
    return null;
  }

  async #readPassword(content: Uint8Array<ArrayBuffer>): Promise<string> {
    const { privateKey } = this.#options.serverKey;
    return preparePassword(await openEnvelope(readText(content), privateKey));
  }

  #key(client: ClassicClient, account: AccountRecord): State {
    return {
      name: "key",
      reads: keyForm,
      silenceTimeoutMs: silenceBeforeSignInTimeoutMs,
      take: (content) => this.#takeKey(client, account, content),
    };
  }

  async #takeKey(
    client: ClassicClient,
    account: AccountRecord,
    content: Uint8Array<ArrayBuffer>,
  ): Promise<State | null> {
    const { chat, members, operations, nowMs } = this.#options;
    const key = await readPublicKey(readText(content)).catch(nullForClientErrors);
    if (key === null) {
      // The wire has no answer to a key, so this one cannot be told.
      client.logger.info("Refused a public key that the course project's client sent.", {
        address: client.address,
      });
      return null;
    }
    const { name, nameKey, passwordGeneration } = account;
    const user = { name, nameKey, account: true, passwordGeneration };
    const member = new Member(chat, { client, user, key, nowMs });
    members.add(member);
    client.signedIn(member);
    await chat.join(member.session, lobbyName);
    client.logger.debug("{name} signed in.", { name: user.name, address: client.address });
    return operations.operation(member);
  }
}

/**
 * Tries again while the server is busy with other passwords. A class that comes in together would otherwise be turned
 * away by a short queue, and a classic client has no way to come back by itself.
 */
async function patiently<T>(client: ClassicClient, work: () => Promise<T>): Promise<T> {
  for (let triesLeft = busyTries;; triesLeft--) {
    try {
      return await work();
    } catch (error) {
      const isBusy = error instanceof ChatError && error.code === "slow_down";
      if (!isBusy || triesLeft === 0 || client.closed) throw error;
      await client.pause(error.retryAfterMs ?? busyPauseMs);
    }
  }
}

function notCreated(reason: string): string {
  return `Your account was not created: ${safeText(reason)} Start again with another password.`;
}

function passwordState(name: string, take: State["take"]): State {
  return { name, reads: passwordForm, silenceTimeoutMs: classicPasswordTimeoutMs, take };
}

function nullForClientErrors(error: unknown): null {
  if (error instanceof ChatError) return null;
  throw error;
}
