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
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { PasswordAttempt, SignIn } from "../../accounts/sign_in.ts";
import type { Chat } from "../../heart/chat.ts";
import { lobbyName } from "../../storage/room_storage.ts";
import { userOf } from "../../heart/session.ts";
import type { AccountRecord } from "../../storage/account_storage.ts";
import { openEnvelope, readPublicKey } from "./envelope.ts";
import type { FieldForm } from "./fields.ts";
import { Member, type Members } from "./member.ts";
import type { Operations } from "./operations.ts";
import { phrases } from "./phrases.ts";
import type { ServerKey } from "./server_key.ts";
import { type ClassicClient, readText, type State, tellRefusal } from "./state.ts";

/** What the desk is made with. */
export interface ClassicSignInOptions {
  readonly chat: Chat;
  readonly signIn: SignIn;
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
    const { signIn, serverKey } = this.#options;
    client.tell("key", serverKey.publicKey.text);
    try {
      const { name } = parseUserName(readText(content));
      const { known } = await signIn.lookup(name, client.address);
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
        const attempt = this.#attempt(client, name, content);
        const account = await this.#options.signIn.registerWithPassword(attempt);
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

  #typePassword(client: ClassicClient, name: string): State {
    const state = passwordState("type password", async (content) => {
      try {
        const attempt = this.#attempt(client, name, content);
        const account = await this.#options.signIn.checkPassword(attempt);
        client.tell("Confirmation", account === null ? phrases.wrongPassword : phrases.signedIn);
        return account === null ? state : this.#key(client, account);
      } catch (error) {
        tellRefusal(client, "", error);
        return state;
      }
    });
    return state;
  }

  /** A password is opened after the try was counted: that costs more than to send it, and nobody is to learn of the key by many tries. */
  #attempt(
    client: ClassicClient,
    name: string,
    content: Uint8Array<ArrayBuffer>,
  ): PasswordAttempt {
    const { privateKey } = this.#options.serverKey;
    const read = () => openEnvelope(readText(content), privateKey);
    return { name, address: client.address, read, waiting: client };
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
    const user = userOf(account);
    const member = new Member(chat, { client, user, key, nowMs });
    members.add(member);
    client.signedIn(member);
    await chat.join(member.session, lobbyName);
    client.logger.debug("{name} signed in.", { name: user.name, address: client.address });
    return operations.operation(member);
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
