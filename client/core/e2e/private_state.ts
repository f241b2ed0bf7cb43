/**
 * What this machine itself remembers of an account's keys, so that a server cannot take it back: the account's own
 * public keys, the newest vault, and how far this machine's chains of private messages went.
 *
 * @module
 */
import * as v from "valibot";
import {
  type Bytes,
  decodeCanonicalBase64,
  decodeText,
  joinFields,
} from "../../../protocol/e2e/byte_fields.ts";
import type { Identity } from "../../../protocol/e2e/identity.ts";
import { keyRecordBytesMax, sealedVaultCharactersMax } from "../../../protocol/wire/limits.ts";
import type { ChainPlace } from "../../../protocol/e2e/private_body.ts";
import { deriveSealingKey, openBox, sealBox } from "../../../protocol/e2e/sealed_box.ts";
import type { TextStore } from "../link/text_store.ts";

/** A vault as the server keeps it. */
export interface SealedVault {
  readonly version: number;
  readonly sealed: string;
}

/** Characters that are kept at the most: a vault, sealed once more, and the chains. */
export const privateStateCharactersMax = 4 * sealedVaultCharactersMax;
/** Chains that are remembered; the oldest go first. */
const chainsMax = 1_000;
/** How long changes are collected before they are written. */
const saveDelayMs = 500;
const label = "chat local state v1";

const outer = v.object({
  record: v.pipe(v.string(), v.maxLength(2 * keyRecordBytesMax)),
  sealed: v.pipe(v.string(), v.maxLength(privateStateCharactersMax)),
});
const inner = v.object({
  vault: v.nullable(v.object({ version: v.number(), sealed: v.string() })),
  sent: v.record(
    v.string(),
    v.object({ chain: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)), number: v.number() }),
  ),
});

/** The memory of one machine for one account. */
export class PrivateState {
  readonly #store: TextStore | undefined;
  #record: Bytes | null = null;
  #sealed = "";
  #identity: Identity | null = null;
  #vault: SealedVault | null = null;
  #sent = new Map<string, ChainPlace>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #saving: Promise<void> = Promise.resolve();

  private constructor(store: TextStore | undefined) {
    this.#store = store;
  }

  /**
   * Reads what was kept. A file that cannot be read counts as none: it only helps to notice a hostile server.
   *
   * @param store Where it is kept; nowhere if not given.
   */
  static async open(store: TextStore | undefined): Promise<PrivateState> {
    const state = new PrivateState(store);
    try {
      const found = v.parse(outer, JSON.parse(await store?.load() ?? ""));
      state.#record = decodeCanonicalBase64(found.record, 2 * keyRecordBytesMax);
      state.#sealed = found.sealed;
    } catch {
      // As on a new machine.
    }
    return state;
  }

  /** The record of the account's own keys as this machine has seen it, or null. */
  get record(): Bytes | null {
    return this.#record;
  }

  /** The newest vault that this machine has seen, or null. */
  get vault(): SealedVault | null {
    return this.#vault;
  }

  /** Opens the sealed part with the account's keys, and takes their record for the account's own. */
  async unseal(identity: Identity): Promise<void> {
    this.#identity = identity;
    try {
      const box = decodeCanonicalBase64(this.#sealed, privateStateCharactersMax);
      const text = decodeText(await openBox(await stateKey(identity), box, contextOf(identity)));
      const { vault, sent } = v.parse(inner, JSON.parse(text));
      this.#vault = vault;
      this.#sent = new Map(Object.entries(sent));
    } catch {
      // Of another identity, or none yet.
    }
    if (this.#record?.toHex() === identity.record.toHex()) return;
    this.#record = identity.record;
    await this.#write();
  }

  /** Keeps the newest vault; on the disk when this resolves. */
  async saveVault(vault: SealedVault): Promise<void> {
    this.#vault = vault;
    await this.#write();
  }

  /** The last place in a chain toward someone, by folded name. */
  lastSent(nameKey: string): ChainPlace | null {
    return this.#sent.get(nameKey) ?? null;
  }

  /** Remembers the last place in a chain toward someone; written within half a second. */
  noteSent(nameKey: string, place: ChainPlace): void {
    this.#sent.delete(nameKey);
    this.#sent.set(nameKey, place);
    if (this.#sent.size > chainsMax) this.#sent.delete(this.#sent.keys().next().value!);
    this.#timer ??= setTimeout(() => this.#write(), saveDelayMs);
  }

  /** Writes what was not written yet. */
  async close(): Promise<void> {
    if (this.#timer !== null) await this.#write();
    await this.#saving;
  }

  #write(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    return this.#saving = this.#saving.then(() => this.#writeNow());
  }

  async #writeNow(): Promise<void> {
    const identity = this.#identity;
    if (this.#store === undefined || identity === null) return;
    const content = { vault: this.#vault, sent: Object.fromEntries(this.#sent) };
    const bytes = new TextEncoder().encode(JSON.stringify(content));
    const sealed = await sealBox(await stateKey(identity), bytes, contextOf(identity));
    const text = JSON.stringify({ record: identity.record.toBase64(), sealed: sealed.toBase64() });
    // A full or read-only disk must not keep anyone from talking; it only takes a memory away.
    await this.#store.save(text).catch(() => {});
  }
}

function stateKey({ masterKey }: Identity): Promise<CryptoKey> {
  return deriveSealingKey(masterKey, label);
}

function contextOf({ nameKey }: Identity): Bytes {
  return joinFields(label, nameKey);
}
