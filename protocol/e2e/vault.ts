/**
 * The vault: what a person's programs remember about peers' keys. It is sealed under the master key and kept by the
 * server, so that it follows the person to the next machine.
 *
 * @module
 */
import * as v from "valibot";
import { type Bytes, concatenate, decodeText, joinFields } from "./byte_fields.ts";
import { ChatError } from "../wire/errors.ts";
import type { Identity } from "./identity.ts";
import { publicKeyBytes, type PublicKeys, sameKeys } from "./key_record.ts";
import {
  earlierKeysMax,
  vaultBytesMax,
  vaultVersionLast,
  vaultVersionStepMax,
} from "../wire/limits.ts";
import { deriveSealingKey, openBox, sealBox } from "./sealed_box.ts";

/** Keys that are trusted. */
export interface PinnedKeys extends PublicKeys {
  /** SHA-256 of the key of ML-KEM-768; null where none was seen yet. The key itself is too long for a vault. */
  readonly encapsulationDigest: Bytes | null;
}

/** What is remembered about one peer. */
export interface KnownPeer {
  /** The keys that are trusted; null for a peer that never had any. */
  readonly keys: PinnedKeys | null;
  /** Keys that were trusted before, the newest first: for reading what was sealed with them. */
  readonly earlier: readonly PublicKeys[];
  /** Whether the person has compared the safety number. */
  readonly verified: boolean;
  /** Whether the person has agreed that the server may read what is sent to this peer, as long as it has no keys. */
  readonly plain: boolean;
  /** Whether something was sent to this peer; those who only wrote are forgotten first where space is short. */
  readonly contacted: boolean;
}

/** The contents: by folded name, those that were added first come first. */
export type Vault = ReadonlyMap<string, KnownPeer>;

/** A vault that was opened. */
export interface OpenedVault {
  /** What is in it. */
  readonly contents: Vault;
  /** Whether a program has written it that knows nothing of keys of ML-KEM-768, and so has left out their digests. */
  readonly fromOlderProgram: boolean;
}

const label = "chat vault v1";
/** The size is a multiple of this: it tells little about how many peers there are. */
const sizeStepBytes = 1_024;

const key = v.pipe(
  v.string(),
  v.maxLength(44),
  v.base64(),
  v.transform((text) => Uint8Array.fromBase64(text)),
  v.check((bytes) => bytes.length === publicKeyBytes),
);
const keys = v.tuple([key, key]);
const pinnedKeys = v.union([v.tuple([key, key, key]), keys]);
const content = v.object({
  peers: v.array(v.object({
    name: v.pipe(v.string(), v.maxLength(256)),
    keys: v.nullable(pinnedKeys),
    earlier: v.optional(v.pipe(v.array(keys), v.maxLength(earlierKeysMax)), []),
    verified: v.optional(v.boolean(), false),
    plain: v.optional(v.boolean(), false),
    contacted: v.optional(v.boolean(), false),
  })),
  /** Older programs leave it out when they write the vault again. */
  supplements: v.optional(v.boolean(), false),
});

/**
 * What the version of a stored vault counts as: itself, or 0 where it is above `vaultVersionLast`, which only a mistake makes.
 *
 * @param version The version; 0 where nothing is stored.
 */
export function countedVersion(version: number): number {
  return version > vaultVersionLast ? 0 : version;
}

/**
 * Whether a server stores a vault.
 *
 * @param version The version of what is to be stored.
 * @param stored The version of what is stored; 0 where nothing is.
 */
export function isNextVersion(version: number, stored: number): boolean {
  const step = version - countedVersion(stored);
  return step > 0 && step <= vaultVersionStepMax;
}

/**
 * Seals a vault.
 *
 * @param vault The contents.
 * @param version Which state of the vault this is, 1 or more; it is bound to it.
 * @param identity Whose vault it is.
 * @return The sealed vault.
 * @throws {ChatError} `too_many` where it would have more than `vaultBytesMax` bytes.
 */
export async function sealVault(vault: Vault, version: number, identity: Identity): Promise<Bytes> {
  const bytes = encode(vault);
  if (bytes.length > vaultBytesMax) {
    throw new ChatError("too_many", "There are too many people's keys to remember.");
  }
  return await sealBox(await vaultKey(identity), bytes, contextOf(version, identity));
}

/**
 * Opens a vault.
 *
 * @param sealed What {@linkcode sealVault} made.
 * @param version The version that the server says it is.
 * @param identity Whose vault it is.
 * @return See {@linkcode OpenedVault}.
 * @throws {ChatError} `cannot_open` where it is damaged, or another account's, or of another version; `bad_message` where
 * a newer program wrote it in another form.
 */
export async function openVault(
  sealed: Bytes,
  version: number,
  identity: Identity,
): Promise<OpenedVault> {
  const bytes = await openBox(await vaultKey(identity), sealed, contextOf(version, identity));
  const parsed = v.safeParse(content, JSON.parse(decodeText(bytes)));
  if (!parsed.success) {
    throw new ChatError("bad_message", "The vault has a form that this version does not know.");
  }
  const { peers, supplements } = parsed.output;
  const contents = new Map(peers.map(({ name, ...peer }) => [name, {
    ...peer,
    keys: peer.keys === null ? null : toPinned(peer.keys),
    earlier: peer.earlier.map(([agreement, signing]) => ({ agreement, signing })),
  }]));
  return { contents, fromOlderProgram: !supplements };
}

/**
 * Puts digests back that an older program has left out: of those peers whose other keys are the same.
 *
 * @param before What was known before.
 * @param contents What that program has written.
 * @return The same, where there is nothing to be put back.
 */
export function keepDigests(before: Vault, contents: Vault): Vault {
  let kept: Map<string, KnownPeer> | null = null;
  for (const [name, peer] of contents) {
    const { keys } = before.get(name) ?? { keys: null };
    if (keys === null || keys.encapsulationDigest === null || peer.keys === null) continue;
    if (peer.keys.encapsulationDigest !== null || !sameKeys(keys, peer.keys)) continue;
    const { encapsulationDigest } = keys;
    kept = (kept ?? new Map(contents)).set(name, {
      ...peer,
      keys: { ...peer.keys, encapsulationDigest },
    });
  }
  return kept ?? contents;
}

/** Whether a vault is small enough to be sealed. */
export function isSmallEnough(vault: Vault): boolean {
  return encode(vault).length <= vaultBytesMax;
}

/**
 * Makes a vault small enough to be sealed: forgets those peers that only wrote and were never verified, the oldest first; where
 * that is not enough, the digests of keys of ML-KEM-768, in the same order.
 *
 * @param vault The contents.
 * @param keep The folded name of a peer that must stay as it is.
 * @return The same, or with less; still too large where nothing may be forgotten.
 */
export function fitVault(vault: Vault, keep: string): Vault {
  if (isSmallEnough(vault)) return vault;
  const fewer = new Map(vault);
  for (const [name, { verified, contacted, plain }] of vault) {
    if (verified || contacted || plain || name === keep) continue;
    fewer.delete(name);
    if (isSmallEnough(fewer)) return fewer;
  }
  for (const [name, peer] of fewer) {
    if (name === keep || peer.keys === null || peer.keys.encapsulationDigest === null) continue;
    fewer.set(name, { ...peer, keys: { ...peer.keys, encapsulationDigest: null } });
    if (isSmallEnough(fewer)) return fewer;
  }
  return fewer;
}

function encode(vault: Vault): Bytes {
  const peers = Array.from(vault, ([name, { keys, earlier, ...flags }]) => ({
    name,
    keys: keys === null ? null : fromPinned(keys),
    // What is empty or false is left out: more peers fit in.
    ...(earlier.length === 0 ? {} : { earlier: earlier.slice(0, earlierKeysMax).map(fromKeys) }),
    ...Object.fromEntries(Object.entries(flags).filter(([, isSet]) => isSet)),
  }));
  const bytes = new TextEncoder().encode(JSON.stringify({ peers, supplements: true }));
  const missing = (sizeStepBytes - bytes.length % sizeStepBytes) % sizeStepBytes;
  // White space after JSON means nothing.
  return concatenate(bytes, new Uint8Array(missing).fill(0x20));
}

function toPinned([agreement, signing, digest]: [Bytes, Bytes, Bytes?]): PinnedKeys {
  return { agreement, signing, encapsulationDigest: digest ?? null };
}

function fromPinned({ encapsulationDigest, ...keys }: PinnedKeys): string[] {
  const digest = encapsulationDigest === null ? [] : [encapsulationDigest.toBase64()];
  return [...fromKeys(keys), ...digest];
}

function fromKeys({ agreement, signing }: PublicKeys): [string, string] {
  return [agreement.toBase64(), signing.toBase64()];
}

function vaultKey({ masterKey }: Identity): Promise<CryptoKey> {
  return deriveSealingKey(masterKey, label);
}

function contextOf(version: number, { nameKey }: Identity): Bytes {
  return joinFields(label, nameKey, String(version));
}
