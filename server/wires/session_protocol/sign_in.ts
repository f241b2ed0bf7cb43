/**
 * Signing in over the native wire: SCRAM-SHA-256-PLUS, and nothing weaker.
 *
 * @module
 */
import { decodeBase64 } from "@std/encoding/base64";
import { delay } from "@std/async/delay";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { listPageMax } from "../../../protocol/wire/limits.ts";
import type { ReplyOf, RequestOf } from "../../../protocol/wire/messages.ts";
import { parseUserName } from "../../../protocol/names/names.ts";
import { startScram } from "../../../protocol/scram/scram.ts";
import type { Accounts } from "../../accounts/accounts.ts";
import { siteOf } from "../../common/address.ts";
import type { Chat } from "../../heart/chat.ts";
import { checkIdentity, type Identities } from "../../accounts/key_directory.ts";
import type { Rate } from "../../common/rate.ts";
import type { SessionEvent, User } from "../../heart/session.ts";
import type { SignInGuard } from "../../accounts/sign_in_guard.ts";
import { encodeReply, encodeSessionEvent } from "./encoding.ts";
import { decodeIdentity, encodeIdentity } from "../../../protocol/e2e/identity_content.ts";
import type { SessionCarrier } from "./session_carrier.ts";
import { logRefusedSignIn } from "../connection/connection_end.ts";

/** What the desk is made with. */
export interface SignInDeskOptions {
  readonly chat: Chat;
  readonly accounts: Accounts;
  readonly identities: Identities;
  readonly guard: SignInGuard;
  /** How fast accounts may be made from one network: no one fills the store. */
  readonly registrationRate: Rate;
  /** The data of `tls-server-end-point` (RFC 5929). */
  readonly channelBinding: Uint8Array<ArrayBuffer>;
}

/** Where native connections register and sign in. */
export class SignInDesk {
  readonly #options: SignInDeskOptions;

  /** @param options See {@linkcode SignInDeskOptions}. */
  constructor(options: SignInDeskOptions) {
    this.#options = options;
  }

  /**
   * Whether an account of that name exists.
   *
   * @throws {ChatError} `bad_name`, `storage_failed`.
   */
  async lookup({ address }: SessionCarrier, name: string): Promise<{ known: boolean }> {
    return await this.#options.accounts.lookup(name, siteOf(address));
  }

  /**
   * Makes an account.
   *
   * @throws {ChatError} `bad_name`, `bad_message`, `name_taken`, `registration_closed`, `slow_down`, `storage_failed`.
   */
  async register(connection: SessionCarrier, content: RequestOf<"register">): Promise<void> {
    const { name, salt, iterations, storedKey, serverKey } = content;
    this.#options.registrationRate.take(siteOf(connection.address));
    const identity = decodeIdentity(content.identity);
    await checkIdentity(parseUserName(name).nameKey, identity);
    await this.#options.accounts.register({
      name,
      salt: decodeBase64(salt),
      iterations,
      storedKey: decodeBase64(storedKey),
      serverKey: decodeBase64(serverKey),
      identity,
    });
    // What was said before someone came is history, nothing that was missed.
    this.#options.chat.markReadUpToNow(parseUserName(name).nameKey);
    connection.logger.info("Registered {name}.", { name, address: connection.address });
  }

  /**
   * Takes SCRAM's first message.
   *
   * @throws {ChatError} `bad_message`, `bad_proof`, `bad_name`, `no_such_user` (only where registration is open),
   * `slow_down`, `storage_failed`.
   */
  async begin(
    connection: SessionCarrier,
    { data, device }: RequestOf<"sign_in">,
  ): Promise<ReplyOf<"sign_in">> {
    const { accounts, guard, channelBinding } = this.#options;
    connection.signIn = null;
    const scram = startScram(data, { bindings: "required", channelBinding });
    const { nameKey } = parseUserName(scram.userName);
    if (!(await accounts.lookup(scram.userName, siteOf(connection.address))).known) {
      throw new ChatError("no_such_user", "There is no user with that name. Register it first.");
    }
    const credentials = await accounts.credentials(scram.userName, siteOf(connection.address));
    const ticket = await guard.admit({
      accountKey: nameKey,
      address: connection.address,
      passwordGeneration: credentials.record?.passwordGeneration,
      ...(device === undefined ? {} : { deviceToken: device }),
    });
    connection.signIn = { scram, credentials, ticket };
    return { data: scram.serverFirst(credentials.salt, credentials.iterations) };
  }

  /**
   * Takes SCRAM's final message; where the proof is right, the connection is signed in and answered.
   *
   * @throws {ChatError} `bad_message`, `bad_proof`, `sign_in_refused`, `too_many`, `storage_failed`.
   */
  async finish(
    connection: SessionCarrier,
    { data }: RequestOf<"sign_in_proof">,
    id: number,
  ): Promise<void> {
    const { signIn } = connection;
    connection.signIn = null;
    if (signIn === null) throw new ChatError("bad_message", "Begin with sign_in.");
    const { scram, credentials, ticket } = signIn;
    const outcome = await scram.finish(data, credentials).catch(async (error: unknown) => {
      await delay(ticket.failed());
      throw error;
    });
    const { record } = credentials;
    if (!outcome.ok || record === null) {
      const reason = record === null ? "no such account" : "wrong password";
      logRefusedSignIn(connection.logger, scram.userName, reason, connection.address);
      await delay(ticket.failed());
      throw new ChatError("sign_in_refused", "Wrong name or password.");
    }
    ticket.succeeded();
    const { name, nameKey, passwordGeneration } = record;
    const user = { name, nameKey, account: true, passwordGeneration };
    await this.#welcome(connection, user, id, outcome.serverFinal);
  }

  async #welcome(
    connection: SessionCarrier,
    user: User,
    id: number,
    data: string,
  ): Promise<void> {
    const { chat, guard, identities } = this.#options;
    const readSequence = await chat.readPosition(user.nameKey);
    const device = await guard.issueDeviceToken(user.nameKey, user.passwordGeneration);
    const identity = await identities.of(user.nameKey);
    // From here on nothing waits: the session sees every post after `lastSequence`, and the reply leaves before them.
    const session = chat.connect(user, {
      followsAccount: true,
      secure: true,
      opensSealed: true,
      connection,
      deliver: (event: SessionEvent) => connection.outbox.push(encodeSessionEvent(event)),
    });
    connection.signedIn(session);
    connection.outbox.push(encodeReply("sign_in_proof", id, {
      data,
      name: user.name,
      device,
      readSequence: Math.min(readSequence, chat.lastSequence),
      lastSequence: chat.lastSequence,
      rooms: chat.roomsOf(user).slice(0, listPageMax).map(({ name, topic }) => ({ name, topic })),
      identity: identity === null ? null : encodeIdentity(identity),
    }));
    connection.logger.debug("{name} signed in.", { name: user.name, address: connection.address });
  }
}
