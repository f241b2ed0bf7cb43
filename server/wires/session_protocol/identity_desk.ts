/**
 * Requests about keys: those of others, one's own, the vault, and a new password.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { decodeCanonicalBase64 } from "../../../protocol/e2e/byte_fields.ts";
import { decodeIdentity, encodeKeptIdentity } from "../../../protocol/e2e/identity_content.ts";
import type { ReplyOf, RequestOf } from "../../../protocol/wire/requests.ts";
import type { Chat } from "../../heart/chat.ts";
import type { Identities } from "../../accounts/key_directory.ts";
import type { Session } from "../../heart/session.ts";
import type { SignIn } from "../../accounts/sign_in.ts";
import type { SessionCarrier } from "./session_carrier.ts";

/** What these requests work on. */
export interface IdentityDeskOptions {
  readonly chat: Chat;
  readonly signIn: SignIn;
  readonly identities: Identities;
}

/** Where sessions ask for keys and change their passwords. */
export class IdentityDesk {
  readonly #options: IdentityDeskOptions;

  /** @param options See {@linkcode IdentityDeskOptions}. */
  constructor(options: IdentityDeskOptions) {
    this.#options = options;
  }

  /**
   * The keys of a user, and which vault the asker should know of.
   *
   * @throws {ChatError} `bad_name`, `no_such_user`, `storage_failed`.
   */
  async keys(session: Session, { name }: RequestOf<"keys">): Promise<ReplyOf<"keys">> {
    const { chat, identities } = this.#options;
    const user = await chat.user(name);
    const identity = await identities.of(user.nameKey);
    const vaultVersion = await identities.vaultVersion(session.user.nameKey);
    const kept = identity === null ? null : encodeKeptIdentity(identity);
    const { record = null, supplement = null } = kept ?? {};
    const onPage = chat.presence.isOnPage(user.nameKey) || undefined;
    return { name: user.name, record, supplement, vaultVersion, onPage };
  }

  /**
   * Gives the session's account its first keys.
   *
   * @throws {ChatError} `bad_message`, `bad_proof`, `storage_failed`.
   */
  async setKeys(
    session: Session,
    { identity }: RequestOf<"set_keys">,
  ): Promise<ReplyOf<"set_keys">> {
    const kept = await this.#options.identities.add(session.user.nameKey, decodeIdentity(identity));
    return { identity: encodeKeptIdentity(kept) };
  }

  /**
   * Gives the key record of the session's account its supplement.
   *
   * @throws {ChatError} `not_found`, `bad_message`, `bad_proof`, `conflict`, `storage_failed`.
   */
  async setSupplement(
    session: Session,
    { supplement }: RequestOf<"set_supplement">,
  ): Promise<ReplyOf<"set_supplement">> {
    const given = decodeCanonicalBase64(supplement, supplement.length);
    const kept = await this.#options.identities.supplement(session.user.nameKey, given);
    return { supplement: encodeBase64(kept) };
  }

  /** @throws {ChatError} `storage_failed`. */
  async vault(session: Session): Promise<ReplyOf<"vault">> {
    const vault = await this.#options.identities.vault(session.user.nameKey);
    if (vault === null) return { vault: null };
    return { vault: { version: vault.version, sealed: encodeBase64(vault.sealed) } };
  }

  /** @throws {ChatError} `conflict`, `slow_down`, `storage_failed`. */
  async saveVault(
    session: Session,
    { version, sealed }: RequestOf<"save_vault">,
  ): Promise<ReplyOf<"save_vault">> {
    const vault = { version, sealed: decodeBase64(sealed) };
    await this.#options.identities.saveVault(session, vault);
    return {};
  }

  /**
   * Begins a change of the password: who sits at an open session must still show that they know the old one.
   *
   * @throws {ChatError} `bad_message`, `bad_proof`, `forbidden` for another's name, `not_found` without keys, `slow_down`,
   * `storage_failed`.
   */
  async beginPassword(
    connection: SessionCarrier,
    session: Session,
    { data }: RequestOf<"begin_password">,
  ): Promise<ReplyOf<"begin_password">> {
    const { signIn, identities } = this.#options;
    connection.proof = null;
    const { nameKey } = session.user;
    const identity = await identities.of(nameKey);
    if (identity === null) throw new ChatError("not_found", "This account has no keys yet.");
    const { address, bindings } = connection;
    const proof = await signIn.beginChange(nameKey, { data, address, bindings });
    connection.proof = proof;
    return { data: proof.data, wrappedKey: encodeBase64(identity.wrappedKey) };
  }

  /**
   * Changes the password, if the proof is right, and ends the account's other sessions.
   *
   * @throws {ChatError} `bad_message`, `bad_proof`, `sign_in_refused`, `conflict`, `slow_down`, `storage_failed`.
   */
  async changePassword(
    connection: SessionCarrier,
    session: Session,
    content: RequestOf<"change_password">,
  ): Promise<ReplyOf<"change_password">> {
    const { proof } = connection;
    connection.proof = null;
    if (proof === null) throw new ChatError("bad_message", "Begin with begin_password.");
    const proven = await proof.finish(content.data);
    if (proven === null) throw new ChatError("sign_in_refused", "The old password is wrong.");
    const { chat, signIn, identities } = this.#options;
    const { name, nameKey } = session.user;
    const others = chat.accountSessions.others(session);
    const change = {
      salt: decodeBase64(content.salt),
      iterations: content.iterations,
      storedKey: decodeBase64(content.storedKey),
      serverKey: decodeBase64(content.serverKey),
      wrappedKey: decodeBase64(content.wrappedKey),
    };
    const { storedKey } = proven.account;
    const { keepSessions } = content;
    const asked = { storedKey, change, keepSessions };
    const generation = await identities.changePassword(session, asked);
    const ended = others.filter(({ revoked }) => revoked).length;
    connection.logger.info("{name} changed the password.", { name, address: connection.address });
    const device = await signIn.issueDeviceToken(nameKey, generation);
    return { data: proven.data, device, ended };
  }
}
