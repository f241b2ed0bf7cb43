/**
 * Whose keys are trusted: pinned on first use, verified by a person, and never changed without being asked.
 *
 * @module
 */
import type { Identity } from "../../../protocol/e2e/identity.ts";
import { type PublicKeys, sameKeys } from "../../../protocol/e2e/key_record.ts";
import { earlierKeysMax } from "../../../protocol/wire/limits.ts";
import type { ReplyOf } from "../../../protocol/wire/requests.ts";
import { foldPeerName } from "../../../protocol/names/guest_names.ts";
import { safetyNumber } from "../../../protocol/e2e/safety_number.ts";
import {
  fitVault,
  isSmallEnough,
  type KnownPeer,
  type PinnedKeys,
  type Vault,
} from "../../../protocol/e2e/vault.ts";
import { ClientError, type Remark } from "../link/client_error.ts";
import type { Requester } from "../link/server_link.ts";
import { changeOf, type KeyChange, type OfferedKeys, readOffer } from "./key_offer.ts";
import type { VaultKeeper } from "./vault_keeper.ts";

/** What is known about a peer's keys. `name` is the name as shown, `nameKey` the folded one. */
export type PeerStatus =
  & { readonly name: string; readonly nameKey: string }
  & (
    /** Its keys are the ones that were pinned. */
    | { readonly kind: "trusted"; readonly keys: OfferedKeys; readonly verified: boolean }
    /** It has never had keys. `agreed`: the person accepts that the server can read what is sent to it. */
    | { readonly kind: "none"; readonly agreed: boolean }
    /** It has others than those that were pinned, or, with null, none any more. */
    | {
      readonly kind: "changed";
      readonly offered: OfferedKeys | null;
      readonly change: KeyChange;
    }
  );

/** How a conversation is protected, for interfaces. */
export type Protection = "verified" | "encrypted" | "readable" | "changed";

/** What is made with. */
export interface PeerKeysOptions {
  readonly own: Identity;
  readonly vault: VaultKeeper;
  readonly request: Requester;
  /** Tells the person something in the conversation with a peer. */
  readonly notice: (peer: string, remark: Remark) => void;
  /** A clock that only goes forward, in milliseconds. */
  readonly nowMs: () => number;
}

/** For how long a message to a peer need not wait for an answer about its keys. */
const latelyMs = 60_000;
/** For how long the server is not asked again at all. */
const justNowMs = 5_000;
/** Peers for which it is remembered when the server was asked; the oldest go first. */
const askedMax = 1_000;

/** When the server was asked for a peer's keys last, and what it gave: the peer's name as shown, and the keys. */
interface Asked {
  readonly name: string;
  readonly keys: OfferedKeys;
  readonly atMs: number;
}

const unknownPeer: KnownPeer = {
  keys: null,
  earlier: [],
  verified: false,
  plain: false,
  contacted: false,
};

/** The keys of peers, as one account trusts them. */
export class PeerKeys {
  readonly #options: PeerKeysOptions;
  /** What the person was told already: each change is told once. */
  readonly #told = new Set<string>();
  /** The changed key that the person was told of last, by the peer's folded name. */
  readonly #lastTold = new Map<string, string>();
  /** Peers whose keys the server gave as they are pinned, by folded name. */
  readonly #asked = new Map<string, Asked>();

  /** @param options See {@linkcode PeerKeysOptions}. */
  constructor(options: PeerKeysOptions) {
    this.#options = options;
  }

  /** What is remembered about a peer, by its folded name. */
  known(nameKey: string): KnownPeer | undefined {
    return this.#options.vault.contents.get(nameKey);
  }

  /**
   * Asks the server for a peer's keys and compares them with what is pinned. Keys of a peer that is not known are pinned.
   *
   * @param name The peer's name.
   * @param contacted Whether something is about to be sent to it.
   * @throws {ChatError} `bad_name`, `no_such_user`; `bad_proof` where the server gave something that the peer did not sign.
   */
  async status(name: string, contacted = false): Promise<PeerStatus> {
    const { own, vault, request } = this.#options;
    const nameKey = foldPeerName(name);
    if (nameKey === own.nameKey) {
      const { encapsulationKey: encapsulation } = own.decapsulation;
      const keys = { ...own.publicKeys, encapsulation, encapsulationDigest: null };
      return { kind: "trusted", name, nameKey, keys, verified: true };
    }
    const atMs = this.#options.nowMs();
    try {
      const reply = await request("keys", { name });
      const offered = await this.#readOffer(nameKey, reply);
      await vault.catchUpTo(reply.vaultVersion);
      const status = await this.#compare({ name: reply.name, nameKey }, offered, contacted);
      this.#asked.delete(nameKey);
      if (reply.onPage === true) {
        this.#tellOnce(`on page ${nameKey}`, { kind: "on_page", name: status.name });
      }
      if (status.kind === "trusted") {
        this.#noteAsked(nameKey, { name: status.name, keys: status.keys, atMs });
      }
      return status;
    } catch (error) {
      this.#asked.delete(nameKey);
      throw error;
    }
  }

  #noteAsked(nameKey: string, asked: Asked): void {
    this.#asked.set(nameKey, asked);
    if (this.#asked.size > askedMax) this.#asked.delete(this.#asked.keys().next().value!);
  }

  /** A new connection may lead to another server: what was asked on the one before is asked again. */
  forgetAsked(): void {
    this.#asked.clear();
  }

  /**
   * The status of a peer whose keys the server gave lately, just as they are pinned; else null. Nothing is ever sealed to
   * other keys than those: where they have changed since, the answer to the question that goes beside the message tells.
   */
  #lately(name: string): PeerStatus | null {
    const nameKey = foldPeerName(name);
    const asked = this.#asked.get(nameKey);
    const known = this.known(nameKey);
    if (asked === undefined || known === undefined || known.keys === null) return null;
    const { name: shown, keys } = asked;
    // Another session of the account may have accepted others meanwhile.
    if (changeOf(shown, known.keys, keys) !== null) return null;
    const agoMs = this.#options.nowMs() - asked.atMs;
    if (agoMs > latelyMs) return null;
    // Its failure is the next message's: that one asks first.
    if (agoMs > justNowMs) this.status(name).catch(() => {});
    return { kind: "trusted", name: shown, nameKey, keys, verified: known.verified };
  }

  async #readOffer(nameKey: string, reply: ReplyOf<"keys">): Promise<OfferedKeys | null> {
    if (foldPeerName(reply.name) !== nameKey) {
      throw new ClientError("bad_proof", { kind: "wrong_user" });
    }
    try {
      return await readOffer(nameKey, reply);
    } catch (cause) {
      const remark = { kind: "forged_key", name: reply.name } as const;
      this.#tellOnce(`forged ${reply.record} ${reply.supplement}`, remark);
      throw new ClientError("bad_proof", remark, { cause });
    }
  }

  async #compare(
    peer: { readonly name: string; readonly nameKey: string },
    offered: OfferedKeys | null,
    contacted: boolean,
  ): Promise<PeerStatus> {
    const known = this.known(peer.nameKey);
    const pinned = known?.keys ?? null;
    if (pinned !== null) return await this.#comparePinned(peer, pinned, offered);
    if (offered === null) return { ...peer, kind: "none", agreed: known?.plain ?? false };
    await this.#pin(peer.nameKey, offered, { contacted });
    if (known?.plain) {
      this.#options.notice(peer.name, { kind: "encrypted_now", name: peer.name });
    }
    return { ...peer, kind: "trusted", keys: offered, verified: false };
  }

  async #comparePinned(
    peer: { readonly name: string; readonly nameKey: string },
    pinned: PinnedKeys,
    offered: OfferedKeys | null,
  ): Promise<PeerStatus> {
    if (offered === null) {
      return this.#changed(peer, null, { kind: "key_withdrawn", name: peer.name });
    }
    const change = changeOf(peer.name, pinned, offered);
    if (change !== null) return this.#changed(peer, offered, change);
    if (pinned.encapsulationDigest === null) await this.#pinDigest(peer.nameKey, offered);
    const verified = this.known(peer.nameKey)?.verified ?? false;
    return { ...peer, kind: "trusted", keys: offered, verified };
  }

  #changed(
    peer: { readonly name: string; readonly nameKey: string },
    offered: OfferedKeys | null,
    change: KeyChange,
  ): PeerStatus {
    const keys = [offered?.agreement, offered?.signing, offered?.encapsulationDigest];
    const fingerprint = [peer.nameKey, ...keys.map((key) => key?.toHex())].join(" ");
    this.#tellOnce(fingerprint, change);
    this.#lastTold.set(peer.nameKey, fingerprint);
    return { ...peer, kind: "changed", offered, change };
  }

  /** A key of ML-KEM-768 that has come to trusted keys is trusted, too. It is forgotten again where there is no space for it. */
  async #pinDigest(nameKey: string, { encapsulationDigest, ...keys }: OfferedKeys): Promise<void> {
    if (encapsulationDigest === null) return;
    await this.#options.vault.update((vault: Vault) => {
      const peer = vault.get(nameKey);
      if (peer === undefined || peer.keys === null || !sameKeys(peer.keys, keys)) return vault;
      if (peer.keys.encapsulationDigest !== null) return vault;
      const pinned = { ...peer.keys, encapsulationDigest };
      const changed = new Map(vault).set(nameKey, { ...peer, keys: pinned });
      return isSmallEnough(changed) ? changed : vault;
    });
  }

  /**
   * What to seal a message to a peer with.
   *
   * @param name The peer's name.
   * @return The name as shown, and the keys; null where the person has agreed to do without.
   * @throws {ChatError} What {@linkcode PeerKeys.status} throws; `key_changed`; `not_encrypted` where the person must agree
   * first.
   */
  async forSending(
    name: string,
  ): Promise<{ name: string; nameKey: string; keys: OfferedKeys | null }> {
    const status = this.#lately(name) ?? await this.status(name, true);
    if (status.kind === "changed") throw new ClientError("key_changed", status.change);
    if (status.kind === "none" && !status.agreed) {
      throw new ClientError("not_encrypted", { kind: "not_encrypted", name: status.name });
    }
    const keys = status.kind === "trusted" ? status.keys : null;
    await this.#change(
      status.nameKey,
      (peer) => peer.contacted ? peer : { ...peer, contacted: true },
    );
    return { name: status.name, nameKey: status.nameKey, keys };
  }

  /**
   * How the conversation with a peer is protected.
   *
   * @param name The peer's name.
   * @throws {ChatError} What {@linkcode PeerKeys.status} throws.
   */
  async protection(name: string): Promise<Protection> {
    const status = await this.status(name);
    if (status.kind === "trusted") return status.verified ? "verified" : "encrypted";
    return status.kind === "none" ? "readable" : "changed";
  }

  /**
   * The number to compare with a peer, for the keys that the server gives out now.
   *
   * @throws {ChatError} What {@linkcode PeerKeys.status} throws; `not_found` where there are no keys; `bad_name` for oneself;
   * `key_changed` where only the key of ML-KEM-768 has changed, of which the number tells nothing.
   */
  async safetyNumber(name: string): Promise<{ name: string; number: string; verified: boolean }> {
    const { status, keys } = await this.#comparable(name);
    const verified = status.kind === "trusted" && status.verified;
    return { name: status.name, number: await this.#numberOf(status.nameKey, keys), verified };
  }

  /**
   * The person has compared the number: the keys are trusted and marked as verified.
   *
   * @param number What was compared.
   * @throws {ChatError} What {@linkcode PeerKeys.safetyNumber} throws; `key_changed` where it is another number by now.
   */
  async verify(name: string, number: string): Promise<void> {
    const { status, keys } = await this.#comparable(name);
    // The number of just these keys: the server may give others each time that it is asked.
    if (await this.#numberOf(status.nameKey, keys) !== number) {
      const remark = { kind: "key_changed_meanwhile", name: status.name } as const;
      throw new ClientError("key_changed", remark);
    }
    await this.#pin(status.nameKey, keys, { verified: true });
  }

  /**
   * The person accepts the keys that the server gives out now, without having compared them.
   *
   * @return Whether they were others than before.
   * @throws {ChatError} What {@linkcode PeerKeys.safetyNumber} throws; `key_changed` where they are others than those that the
   * person was told of.
   */
  async trust(name: string): Promise<boolean> {
    const told = this.#lastTold.get(foldPeerName(name));
    const { status, keys } = await this.#withKeys(name);
    if (status.kind === "trusted") return false;
    if (told !== undefined && told !== this.#lastTold.get(status.nameKey)) {
      const change = status.kind === "changed" ? status.change : null;
      throw new ClientError("key_changed", change ?? { kind: "key_changed", name: status.name });
    }
    await this.#pin(status.nameKey, keys);
    return true;
  }

  /**
   * The person agrees that the server can read what is sent to a peer without keys.
   *
   * @throws {ChatError} What {@linkcode PeerKeys.status} throws.
   */
  async allowReadable(name: string): Promise<void> {
    const { kind, nameKey } = await this.status(name);
    if (kind !== "none") return;
    await this.#change(nameKey, (peer) => peer.plain ? peer : { ...peer, plain: true });
  }

  #numberOf(nameKey: string, keys: OfferedKeys): Promise<string> {
    const { own } = this.#options;
    return safetyNumber({ nameKey: own.nameKey, keys: own.publicKeys }, { nameKey, keys });
  }

  async #comparable(name: string): Promise<{ status: PeerStatus; keys: OfferedKeys }> {
    const found = await this.#withKeys(name);
    const { status } = found;
    if (status.kind === "changed" && status.change.kind === "supplement_changed") {
      throw new ClientError("key_changed", status.change);
    }
    return found;
  }

  async #withKeys(name: string): Promise<{ status: PeerStatus; keys: OfferedKeys }> {
    const status = await this.status(name);
    if (status.nameKey === this.#options.own.nameKey) {
      throw new ClientError("bad_name", { kind: "own_key" });
    }
    const keys = status.kind === "trusted"
      ? status.keys
      : status.kind === "changed"
      ? status.offered
      : null;
    if (keys === null) {
      throw new ClientError("not_found", { kind: "no_key", name: status.name });
    }
    return { status, keys };
  }

  #pin(
    nameKey: string,
    offered: OfferedKeys,
    { verified = false, contacted = false }: { verified?: boolean; contacted?: boolean } = {},
  ): Promise<void> {
    const { encapsulationDigest } = offered;
    const keys = { ...publicKeysOf(offered), encapsulationDigest };
    return this.#change(nameKey, (peer) => {
      const same = peer.keys !== null && sameKeys(peer.keys, keys);
      const digest = peer.keys?.encapsulationDigest?.toHex();
      const sameDigest = digest === encapsulationDigest?.toHex();
      if (same && sameDigest && peer.verified === verified) return peer;
      const before = peer.keys === null || same
        ? peer.earlier
        : [publicKeysOf(peer.keys), ...peer.earlier];
      const earlier = before.filter((one) => !sameKeys(one, keys)).slice(0, earlierKeysMax);
      return { ...peer, keys, earlier, verified, contacted: contacted || peer.contacted };
    });
  }

  async #change(nameKey: string, change: (peer: KnownPeer) => KnownPeer): Promise<void> {
    await this.#options.vault.update((vault: Vault) => {
      const peer = vault.get(nameKey);
      const changed = change(peer ?? unknownPeer);
      if (changed === peer) return vault;
      return fitVault(new Map(vault).set(nameKey, changed), nameKey);
    });
  }

  #tellOnce(what: string, remark: Remark & { readonly name: string }): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.#options.notice(remark.name, remark);
  }
}

function publicKeysOf({ agreement, signing }: PublicKeys): PublicKeys {
  return { agreement, signing };
}
