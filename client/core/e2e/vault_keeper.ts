/**
 * The account's vault (protocol/e2e/vault.ts): fetched, changed, stored again, and watched for a server that gives an old one.
 *
 * @module
 */
import { decodeCanonicalBase64 } from "../../../protocol/e2e/byte_fields.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import type { Identity } from "../../../protocol/e2e/identity.ts";
import {
  sealedVaultCharactersMax,
  vaultVersionLast,
  vaultVersionStepMax,
} from "../../../protocol/wire/limits.ts";
import {
  countedVersion,
  keepDigests,
  openVault,
  sealVault,
  type Vault,
} from "../../../protocol/e2e/vault.ts";
import type { Remark } from "../link/client_error.ts";
import type { Requester } from "../link/server_link.ts";
import type { PrivateState, SealedVault } from "./private_state.ts";

/** What a keeper is made with. */
export interface VaultKeeperOptions {
  readonly identity: Identity;
  readonly request: Requester;
  /** Where this machine keeps the newest vault that it has seen. */
  readonly state: PrivateState;
  /** Tells the person something about the server. */
  readonly warn: (remark: Remark) => void;
}

/** In how many steps a vault is put above what the server has: more changes than these nobody makes. */
const stepsMax = 100;
/** How often a change is tried again because another session of the account was quicker. */
const triesMax = 20;

/** The vault of an account, as one session sees it. */
export class VaultKeeper {
  readonly #options: VaultKeeperOptions;
  #vault: Vault = new Map();
  #newest: SealedVault = { version: 0, sealed: "" };
  /** A newer program wrote it in a form that this one must not overwrite. */
  #readOnly = false;
  /** What the person was told already. */
  readonly #warned = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: VaultKeeperOptions) {
    this.#options = options;
  }

  /**
   * Fetches the vault.
   *
   * @throws {ChatError} All of `vault` and `save_vault`.
   */
  static async open(options: VaultKeeperOptions): Promise<VaultKeeper> {
    const keeper = new VaultKeeper(options);
    const kept = options.state.vault;
    if (kept !== null) await keeper.#open(kept).catch(() => {});
    await keeper.refresh();
    return keeper;
  }

  /** The contents, as far as this session knows. */
  get contents(): Vault {
    return this.#vault;
  }

  /** Fetches the vault again. @throws {ChatError} All of `vault` and `save_vault`. */
  refresh(): Promise<void> {
    return this.#exclusive(() => this.#refresh());
  }

  /** Fetches the vault, unless it is of this version. @throws {ChatError} All of `vault` and `save_vault`. */
  async catchUpTo(version: number): Promise<void> {
    await this.#exclusive(async () => {
      if (version !== this.#newest.version) await this.#refresh();
    });
  }

  /**
   * Changes the vault.
   *
   * @param change Gives the new contents, or the same where nothing is to be changed. Called again where another session
   * of the account has stored something meanwhile.
   * @throws {ChatError} All of `vault` and `save_vault`; `too_many` where it would become too large.
   */
  update(change: (vault: Vault) => Vault): Promise<void> {
    return this.#exclusive(() => this.#update(change));
  }

  async #update(change: (vault: Vault) => Vault): Promise<void> {
    for (let tries = 1;; tries++) {
      const changed = change(this.#vault);
      if (changed === this.#vault) return;
      if (this.#readOnly) {
        this.#vault = changed;
        return;
      }
      try {
        return await this.#store(changed, countedVersion(this.#newest.version) + 1);
      } catch (error) {
        const conflict = error instanceof ChatError && error.code === "conflict";
        if (!conflict || tries === triesMax) throw error;
        await this.#refresh();
      }
    }
  }

  async #store(vault: Vault, version: number): Promise<void> {
    const { identity, request, state } = this.#options;
    const sealed = (await sealVault(vault, version, identity)).toBase64();
    await request("save_vault", { version, sealed });
    this.#vault = vault;
    this.#newest = { version, sealed };
    await state.saveVault(this.#newest);
  }

  async #refresh(): Promise<void> {
    const { vault } = await this.#options.request("vault", {});
    const given = vault ?? { version: 0, sealed: "" };
    const { version, sealed } = this.#newest;
    if (given.version === version && given.sealed === sealed) return;
    if (given.version > vaultVersionLast) return await this.#renumber(given);
    if (given.version > countedVersion(version)) await this.#adopt(given);
    else await this.#rolledBack(given.version);
  }

  async #adopt(given: SealedVault): Promise<void> {
    let hasMore: boolean;
    try {
      hasMore = await this.#open(given);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (error.code === "bad_message") return this.#freeze(given);
      this.#warnOnce({ kind: "vault_damaged" });
      return await this.#restore(given.version);
    }
    if (hasMore) await this.#storeMore();
    else await this.#options.state.saveVault(given);
  }

  /** What an older program has left out goes back to the server; until that is done, this machine's copy has it. */
  async #storeMore(): Promise<void> {
    try {
      await this.#store(this.#vault, countedVersion(this.#newest.version) + 1);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
    }
  }

  /**
   * A version that nobody reaches, once stored by mistake, would leave no room for changes: what it holds, where the account's
   * own key has sealed it, goes on under the version that would have been the next one.
   */
  async #renumber(given: SealedVault): Promise<void> {
    const before = this.#newest;
    await this.#adopt(given);
    if (this.#newest !== given || this.#readOnly) return;
    this.#newest = { ...given, version: countedVersion(before.version) };
    await this.#restore(given.version);
  }

  #freeze(given: SealedVault): void {
    if (!this.#readOnly) this.#warnOnce({ kind: "vault_newer" });
    this.#readOnly = true;
    this.#newest = given;
  }

  async #rolledBack(version: number): Promise<void> {
    this.#warnOnce({ kind: "vault_old", version, seenVersion: this.#newest.version });
    await this.#restore(version);
  }

  #warnOnce(remark: Remark): void {
    const what = JSON.stringify(remark);
    if (this.#warned.has(what)) return;
    this.#warned.add(what);
    this.#options.warn(remark);
  }

  /**
   * Puts what is known above what the server has, in steps that it takes. Whether it takes them is its own affair: the person
   * was told.
   */
  async #restore(version: number): Promise<void> {
    const { identity, request } = this.#options;
    const stored = countedVersion(version);
    const above = Math.max(stored, countedVersion(this.#newest.version)) + 1;
    if (above - stored > stepsMax * vaultVersionStepMax) return;
    try {
      for (let at = stored + vaultVersionStepMax; at < above; at += vaultVersionStepMax) {
        const sealed = (await sealVault(this.#vault, at, identity)).toBase64();
        await request("save_vault", { version: at, sealed });
      }
      await this.#store(this.#vault, above);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
    }
  }

  /** Opens a vault. @return Whether this session knows more than is in it. */
  async #open(given: SealedVault): Promise<boolean> {
    const bytes = decodeCanonicalBase64(given.sealed, sealedVaultCharactersMax);
    const opened = await openVault(bytes, given.version, this.#options.identity);
    const { contents, fromOlderProgram } = opened;
    this.#vault = fromOlderProgram ? keepDigests(this.#vault, contents) : contents;
    this.#newest = given;
    return this.#vault !== contents;
  }

  /** One change at a time, in the order in which they were asked for. */
  #exclusive<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(action);
    this.#turn = result.catch(() => {});
    return result;
  }
}
