/**
 * Whose keys are trusted: pinned on first use, verified by a person, and never changed without being asked.
 *
 * @module
 */
import { decodeCanonicalBase64 } from "../../../protocol/e2e/byte_fields.ts";
import type { Identity } from "../../../protocol/e2e/identity.ts";
import { type PublicKeys, readKeyRecord, sameKeys } from "../../../protocol/e2e/key_record.ts";
import { earlierKeysMax, keyRecordBytesMax } from "../../../protocol/wire/limits.ts";
import type { ReplyOf } from "../../../protocol/wire/requests.ts";
import { foldPeerName } from "../../../protocol/names/guest_names.ts";
import { safetyNumber } from "../../../protocol/e2e/safety_number.ts";
import { fitVault, type KnownPeer, type Vault } from "../../../protocol/e2e/vault.ts";
import { ClientError, type Remark } from "../link/client_error.ts";
import type { Requester } from "../link/server_link.ts";
import type { VaultKeeper } from "./vault_keeper.ts";

/** What is known about a peer's keys. `name` is the name as shown, `nameKey` the folded one. */
export type PeerStatus =
  & { readonly name: string; readonly nameKey: string }
  & (
    /** Its keys are the ones that were pinned. */
    | { readonly kind: "trusted"; readonly keys: PublicKeys; readonly verified: boolean }
    /** It has never had keys. `agreed`: the person accepts that the server can read what is sent to it. */
    | { readonly kind: "none"; readonly agreed: boolean }
    /** It has others than those that were pinned, or, with null, none any more. */
    | { readonly kind: "changed"; readonly offered: PublicKeys | null }
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
  /** Peers whose keys the server gave as they are pinned, by folded name: when it was asked last, and their name as shown. */
  readonly #asked = new Map<string, { readonly name: string; readonly atMs: number }>();

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
      return { kind: "trusted", name, nameKey, keys: own.publicKeys, verified: true };
    }
    const atMs = this.#options.nowMs();
    try {
      const reply = await request("keys", { name });
      const offered = await this.#readOffer(nameKey, reply);
      await vault.catchUpTo(reply.vaultVersion);
      const status = await this.#compare({ name: reply.name, nameKey }, offered, contacted);
      this.#asked.delete(nameKey);
      if (status.kind === "trusted") this.#noteAsked(nameKey, { name: status.name, atMs });
      return status;
    } catch (error) {
      this.#asked.delete(nameKey);
      throw error;
    }
  }

  #noteAsked(nameKey: string, asked: { readonly name: string; readonly atMs: number }): void {
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
    const agoMs = this.#options.nowMs() - asked.atMs;
    if (agoMs > latelyMs) return null;
    // Its failure is the next message's: that one asks first.
    if (agoMs > justNowMs) this.status(name).catch(() => {});
    const { keys, verified } = known;
    return { kind: "trusted", name: asked.name, nameKey, keys, verified };
  }

  async #readOffer(nameKey: string, reply: ReplyOf<"keys">): Promise<PublicKeys | null> {
    if (foldPeerName(reply.name) !== nameKey) {
      throw new ClientError("bad_proof", { kind: "wrong_user" });
    }
    if (reply.record === null) return null;
    try {
      const record = decodeCanonicalBase64(reply.record, 2 * keyRecordBytesMax);
      return await readKeyRecord(record, nameKey);
    } catch (cause) {
      const remark = { kind: "forged_key", name: reply.name } as const;
      this.#tellOnce(`forged ${reply.record}`, remark);
      throw new ClientError("bad_proof", remark, { cause });
    }
  }

  async #compare(
    peer: { readonly name: string; readonly nameKey: string },
    offered: PublicKeys | null,
    contacted: boolean,
  ): Promise<PeerStatus> {
    const known = this.known(peer.nameKey);
    const pinned = known?.keys ?? null;
    if (pinned === null && offered === null) {
      return { ...peer, kind: "none", agreed: known?.plain ?? false };
    }
    if (pinned === null && offered !== null) {
      await this.#pin(peer.nameKey, offered, { contacted });
      if (known?.plain) {
        this.#options.notice(peer.name, { kind: "encrypted_now", name: peer.name });
      }
      return { ...peer, kind: "trusted", keys: offered, verified: false };
    }
    if (offered !== null && pinned !== null && sameKeys(pinned, offered)) {
      return { ...peer, kind: "trusted", keys: pinned, verified: known?.verified ?? false };
    }
    const fingerprint = `${peer.nameKey} ${offered?.agreement.toHex()} ${offered?.signing.toHex()}`;
    this.#tellOnce(fingerprint, changeOf(peer.name, offered));
    this.#lastTold.set(peer.nameKey, fingerprint);
    return { ...peer, kind: "changed", offered };
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
  ): Promise<{ name: string; nameKey: string; keys: PublicKeys | null }> {
    const status = this.#lately(name) ?? await this.status(name, true);
    if (status.kind === "changed") {
      throw new ClientError("key_changed", changeOf(status.name, status.offered));
    }
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
   * @throws {ChatError} What {@linkcode PeerKeys.status} throws; `not_found` where there are no keys; `bad_name` for oneself.
   */
  async safetyNumber(name: string): Promise<{ name: string; number: string; verified: boolean }> {
    const { status, keys } = await this.#withKeys(name);
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
    const { status, keys } = await this.#withKeys(name);
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
      throw new ClientError("key_changed", changeOf(status.name, keys));
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

  #numberOf(nameKey: string, keys: PublicKeys): Promise<string> {
    const { own } = this.#options;
    return safetyNumber({ nameKey: own.nameKey, keys: own.publicKeys }, { nameKey, keys });
  }

  async #withKeys(name: string): Promise<{ status: PeerStatus; keys: PublicKeys }> {
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
    keys: PublicKeys,
    { verified = false, contacted = false }: { verified?: boolean; contacted?: boolean } = {},
  ): Promise<void> {
    return this.#change(nameKey, (peer) => {
      const same = peer.keys !== null && sameKeys(peer.keys, keys);
      if (same && peer.verified === verified) return peer;
      const before = peer.keys === null || same ? peer.earlier : [peer.keys, ...peer.earlier];
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

function changeOf(name: string, offered: PublicKeys | null) {
  return { kind: offered === null ? "key_withdrawn" : "key_changed", name } as const;
}
