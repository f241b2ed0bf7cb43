/**
 * People's keys, as the server sees them: signed records that it gives to whoever asks, and sealed bytes that it keeps
 * for their owners and cannot open. It checks their form, so that nothing else can be kept in their place.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import {
  type SealedIdentity,
  sealedKeysBytes,
  wrappedKeyBytes,
} from "../../protocol/e2e/identity.ts";
import type { Bytes } from "../../protocol/e2e/byte_fields.ts";
import { readKeyRecord } from "../../protocol/e2e/key_record.ts";
import { readKeySupplement } from "../../protocol/e2e/key_supplement.ts";
import type { Allowances, Doer } from "../common/allowances.ts";
import { checkPasswordKeys } from "./accounts.ts";
import type { CommandLog } from "../storage/command_log.ts";
import type {
  IdentityStorage,
  StoredIdentity,
  StoredPasswordChange,
  VaultRecord,
} from "../storage/identity_storage.ts";
import { translated } from "../storage/store_errors.ts";

/**
 * Checks what a client wants kept as its keys.
 *
 * @param nameKey The account's folded name.
 * @param identity The sealed keys.
 * @throws {ChatError} `bad_message` for a wrong form, `bad_proof` where the record is not signed for this name.
 */
export async function checkIdentity(nameKey: string, identity: SealedIdentity): Promise<void> {
  const { record, sealedKeys, wrappedKey } = identity;
  if (sealedKeys.length !== sealedKeysBytes || wrappedKey.length !== wrappedKeyBytes) {
    throw new ChatError("bad_message", "The sealed keys have another length than they must.");
  }
  await readKeyRecord(record, nameKey);
}

/** What the keys need of the store. */
export type IdentitySources = IdentityStorage & Pick<CommandLog, "submit">;

/** A new password, as a session asks for it. */
export interface AskedPassword {
  /** The stored key of the password that it replaces. */
  readonly storedKey: Uint8Array<ArrayBuffer>;
  readonly change: StoredPasswordChange;
  /** Whether the account's other sessions stay. */
  readonly keepSessions: boolean;
}

/** The keys of one server's accounts. */
export class Identities {
  readonly #storage: IdentitySources;
  readonly #allowances: Pick<Allowances, "takeChange">;

  /**
   * @param storage Where they are kept.
   * @param allowances What waits for the disk counts as a post does.
   */
  constructor(storage: IdentitySources, allowances: Pick<Allowances, "takeChange">) {
    this.#storage = storage;
    this.#allowances = allowances;
  }

  /**
   * The account's sealed keys, for its owner; null where it has none.
   *
   * @throws {ChatError} `storage_failed`.
   */
  async of(nameKey: string): Promise<StoredIdentity | null> {
    return await translated(this.#storage.findIdentity(nameKey));
  }

  /**
   * Gives an account its first keys.
   *
   * @return Those that it has then: what was given, or what another session of it gave before.
   * @throws {ChatError} `bad_message`, `bad_proof`, `no_such_user`, `storage_failed`.
   */
  async add(nameKey: string, identity: SealedIdentity): Promise<StoredIdentity> {
    await checkIdentity(nameKey, identity);
    const command = { type: "identity", version: 1, nameKey, identity } as const;
    const { refused } = await translated(this.#storage.submit(command));
    const kept = refused === "has_keys"
      ? await this.of(nameKey)
      : { ...identity, supplement: null };
    if (refused === "no_such_account" || kept === null) {
      throw new ChatError("no_such_user", "This account no longer exists.");
    }
    return kept;
  }

  /**
   * Gives the key record of an account its supplement.
   *
   * @return The one that it has then: what was given, or what another session of it gave before.
   * @throws {ChatError} `not_found` where the account has no keys, `bad_message`, `bad_proof`, `conflict` where its keys are
   * others by now, `storage_failed`.
   */
  async supplement(nameKey: string, supplement: Bytes): Promise<Bytes> {
    const stored = await this.of(nameKey);
    if (stored === null) throw new ChatError("not_found", "This account has no keys yet.");
    if (stored.supplement !== null) return stored.supplement;
    const { record } = stored;
    const { signing } = await readKeyRecord(record, nameKey);
    await readKeySupplement(supplement, record, signing);
    const command = { type: "supplement", version: 1, nameKey, record, supplement } as const;
    const { refused } = await translated(this.#storage.submit(command));
    const kept = refused === null ? supplement : (await this.of(nameKey))?.supplement ?? null;
    if (refused !== "other_keys" && kept !== null) return kept;
    throw new ChatError("conflict", "The keys of this account have just been made anew.");
  }

  /**
   * Changes a password, if it still is the one of `storedKey`. What proves the right to it was checked before.
   *
   * @param doer A session of the account.
   * @return The new `AccountRecord.passwordGeneration`.
   * @throws {ChatError} `bad_message`, `conflict` where the password was changed meanwhile, `slow_down`, `storage_failed`.
   */
  async changePassword(
    doer: Doer & { readonly id: number },
    asked: AskedPassword,
  ): Promise<number> {
    this.#allowances.takeChange(doer);
    checkPasswordKeys(asked.change);
    if (asked.change.wrappedKey.length !== wrappedKeyBytes) {
      throw new ChatError("bad_message", "The wrapped key has another length than it must.");
    }
    const { nameKey } = doer.user;
    const command = { type: "password", version: 1, nameKey, ...asked } as const;
    const outcome = await translated(this.#storage.submit(command, doer.id));
    if (outcome.refused === null) return outcome.generation;
    throw new ChatError("conflict", "The password has just been changed on another machine.");
  }

  /**
   * The account's vault, or null.
   *
   * @throws {ChatError} `storage_failed`.
   */
  async vault(nameKey: string): Promise<VaultRecord | null> {
    return await translated(this.#storage.findVault(nameKey));
  }

  /**
   * The version of the account's vault; 0 where it has none.
   *
   * @throws {ChatError} `storage_failed`.
   */
  async vaultVersion(nameKey: string): Promise<number> {
    return await translated(this.#storage.vaultVersion(nameKey));
  }

  /**
   * Stores a vault.
   *
   * @param doer A session of the account.
   * @throws {ChatError} `conflict` where its version does not follow the stored one (`isNextVersion`), `slow_down`,
   * `storage_failed`.
   */
  async saveVault(doer: Doer, vault: VaultRecord): Promise<void> {
    this.#allowances.takeChange(doer);
    const { nameKey } = doer.user;
    const command = { type: "vault", version: 1, nameKey, vault } as const;
    const { refused } = await translated(this.#storage.submit(command));
    if (refused === null) return;
    throw new ChatError("conflict", "Another vault is stored: get it first.");
  }
}
