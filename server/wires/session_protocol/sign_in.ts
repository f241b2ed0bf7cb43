/**
 * Signing in over the session protocol: SCRAM-SHA-256-PLUS, and nothing weaker but for pages, which cannot see the certificate.
 *
 * @module
 */
import { decodeBase64 } from "@std/encoding/base64";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { aliveIntervalMs, listPageMax, placeTimeoutMs } from "../../../protocol/wire/limits.ts";
import type { ReplyOf, RequestOf } from "../../../protocol/wire/requests.ts";
import type { Chat } from "../../heart/chat.ts";
import type { Identities } from "../../accounts/key_directory.ts";
import { refusesPagesText } from "../../heart/account_sessions.ts";
import { type SessionEvent, type User, userOf } from "../../heart/session.ts";
import type { SignIn } from "../../accounts/sign_in.ts";
import type { ClusterView } from "../../storage/cluster_view.ts";
import { type EncodeReply, encodeSessionEvent, replyEncoder } from "./encoding.ts";
import { decodeIdentity, encodeKeptIdentity } from "../../../protocol/e2e/identity_content.ts";
import type { SessionCarrier } from "./session_carrier.ts";

/** What the desk is made with. */
export interface SignInDeskOptions {
  readonly chat: Chat;
  readonly signIn: SignIn;
  readonly identities: Identities;
  /** The cluster that the server is one of; left out where it is alone. */
  readonly cluster?: ClusterView | undefined;
}

/** Where connections register and sign in. */
export class SignInDesk {
  readonly #options: SignInDeskOptions;
  readonly #encodeReply: EncodeReply;

  /** @param options See {@linkcode SignInDeskOptions}. */
  constructor(options: SignInDeskOptions) {
    this.#options = options;
    this.#encodeReply = replyEncoder(options.cluster);
  }

  /**
   * Whether an account of that name exists.
   *
   * @throws {ChatError} `bad_name`, `storage_failed`.
   */
  async lookup({ address }: SessionCarrier, name: string): Promise<{ known: boolean }> {
    return await this.#options.signIn.lookup(name, address);
  }

  /**
   * Makes an account.
   *
   * @throws {ChatError} `bad_name`, `bad_message`, `name_taken`, `registration_closed`, `slow_down`, `storage_failed`.
   */
  async register({ address }: SessionCarrier, content: RequestOf<"register">): Promise<void> {
    const { name, salt, iterations, storedKey, serverKey, identity } = content;
    await this.#options.signIn.register({
      name,
      salt: decodeBase64(salt),
      iterations,
      storedKey: decodeBase64(storedKey),
      serverKey: decodeBase64(serverKey),
      identity: decodeIdentity(identity),
    }, address);
  }

  /**
   * Takes SCRAM's first message. Who has seen more on another server of the cluster waits until this one has it, too: the account, its
   * password, and all that is asked for afterwards.
   *
   * @throws {ChatError} `bad_message`, `bad_proof`, `bad_name`, `no_such_user` (only where registration is open),
   * `slow_down`, `storage_failed`.
   */
  async begin(
    connection: SessionCarrier,
    { data, device, place = 0 }: RequestOf<"sign_in">,
  ): Promise<ReplyOf<"sign_in">> {
    connection.proof = null;
    const { address } = connection;
    const { cluster, signIn } = this.#options;
    // Where it takes longer, what is here is still better than nothing.
    if (cluster !== undefined) await cluster.reached(place, placeTimeoutMs);
    connection.proof = await signIn.begin({
      data,
      address,
      bindings: connection.bindings,
      deviceToken: device,
      tellsUnknown: true,
    });
    return { data: connection.proof.data };
  }

  /**
   * Takes SCRAM's final message; where the proof is right, the connection is signed in and answered.
   *
   * @throws {ChatError} `bad_message`, `bad_proof`, `sign_in_refused`, `too_many`, `storage_failed`; `forbidden` to a page, for an account
   * that refuses pages.
   */
  async finish(
    connection: SessionCarrier,
    { data, contentVersion }: RequestOf<"sign_in_proof">,
    id: number,
  ): Promise<void> {
    const { proof } = connection;
    connection.proof = null;
    if (proof === null) throw new ChatError("bad_message", "Begin with sign_in.");
    const proven = await proof.finish(data);
    if (proven === null) throw new ChatError("sign_in_refused", "Wrong name or password.");
    if (connection.isPage && proven.account.refusesPages === true) {
      throw new ChatError("forbidden", refusesPagesText);
    }
    await this.#welcome(connection, { user: userOf(proven.account), contentVersion }, {
      id,
      data: proven.data,
    });
  }

  async #welcome(
    connection: SessionCarrier,
    { user, contentVersion }: { user: User; contentVersion: number },
    { id, data }: { id: number; data: string },
  ): Promise<void> {
    const { chat, signIn, identities, cluster } = this.#options;
    const [readSequence, device, identity] = await Promise.all([
      chat.readPosition(user.nameKey),
      signIn.issueDeviceToken(user.nameKey, user.passwordGeneration),
      identities.of(user.nameKey),
    ]);
    // It may have been said after the account was read.
    if (connection.isPage) chat.accountSessions.checkPage(user);
    // From here on nothing waits: the session sees every post after `lastSequence`, and the reply leaves before them.
    const session = chat.connect(user, {
      followsAccount: true,
      secure: true,
      opensSealed: true,
      contentVersion,
      connection,
      deliver: (event: SessionEvent) => {
        const reader = { version: contentVersion, sessionId: connection.session?.id ?? null };
        connection.outbox.push(encodeSessionEvent(event, reader, cluster?.place));
      },
    });
    connection.signedIn(session);
    connection.outbox.push(this.#encodeReply("sign_in_proof", id, {
      data,
      name: user.name,
      device,
      readSequence: Math.min(readSequence, chat.lastSequence),
      lastSequence: chat.lastSequence,
      rooms: [...session.rooms].slice(0, listPageMax).map(({ name, topic }) => ({ name, topic })),
      lobby: chat.lobby.name,
      identity: identity === null ? null : encodeKeptIdentity(identity),
      ...(cluster === undefined
        ? {}
        : { servers: [...cluster.addresses], aliveMs: aliveIntervalMs }),
    }));
    connection.logger.debug("{name} signed in.", { name: user.name, address: connection.address });
  }
}
