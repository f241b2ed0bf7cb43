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
import { publicKeyBytes, type PublicKeys } from "./key_record.ts";
import {
  earlierKeysMax,
  vaultBytesMax,
  vaultVersionLast,
  vaultVersionStepMax,
} from "../wire/limits.ts";
import { deriveSealingKey, openBox, sealBox } from "./sealed_box.ts";

/** What is remembered about one peer. */
export interface KnownPeer {
  /** The keys that are trusted; null for a peer that never had any. */
  readonly keys: PublicKeys | null;
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
const content = v.object({
  peers: v.array(v.object({
    name: v.pipe(v.string(), v.maxLength(256)),
    keys: v.nullable(keys),
    earlier: v.optional(v.pipe(v.array(keys), v.maxLength(earlierKeysMax)), []),
    verified: v.optional(v.boolean(), false),
    plain: v.optional(v.boolean(), false),
    contacted: v.optional(v.boolean(), false),
  })),
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
 * @return The contents.
 * @throws {ChatError} `cannot_open` where it is damaged, or another account's, or of another version; `bad_message` where
 * a newer program wrote it in another form.
 */
export async function openVault(
  sealed: Bytes,
  version: number,
  identity: Identity,
): Promise<Vault> {
  const bytes = await openBox(await vaultKey(identity), sealed, contextOf(version, identity));
  const parsed = v.safeParse(content, JSON.parse(decodeText(bytes)));
  if (!parsed.success) {
    throw new ChatError("bad_message", "The vault has a form that this version does not know.");
  }
  return new Map(parsed.output.peers.map(({ name, ...peer }) => [name, {
    ...peer,
    keys: peer.keys === null ? null : toKeys(peer.keys),
    earlier: peer.earlier.map(toKeys),
  }]));
}

/**
 * Makes a vault small enough to be sealed: forgets those peers that only wrote and were never verified, the oldest first.
 *
 * @param vault The contents.
 * @param keep The folded name of a peer that must stay.
 * @return The same, or with fewer peers; still too large where nobody may be forgotten.
 */
export function fitVault(vault: Vault, keep: string): Vault {
  if (encode(vault).length <= vaultBytesMax) return vault;
  const fewer = new Map(vault);
  for (const [name, { verified, contacted, plain }] of vault) {
    if (verified || contacted || plain || name === keep) continue;
    fewer.delete(name);
    if (encode(fewer).length <= vaultBytesMax) break;
  }
  return fewer;
}

function encode(vault: Vault): Bytes {
  const peers = Array.from(vault, ([name, { keys, earlier, ...flags }]) => ({
    name,
    keys: keys === null ? null : fromKeys(keys),
    // What is empty or false is left out: more peers fit in.
    ...(earlier.length === 0 ? {} : { earlier: earlier.slice(0, earlierKeysMax).map(fromKeys) }),
    ...Object.fromEntries(Object.entries(flags).filter(([, isSet]) => isSet)),
  }));
  const bytes = new TextEncoder().encode(JSON.stringify({ peers }));
  const missing = (sizeStepBytes - bytes.length % sizeStepBytes) % sizeStepBytes;
  // White space after JSON means nothing.
  return concatenate(bytes, new Uint8Array(missing).fill(0x20));
}

function toKeys([agreement, signing]: [Bytes, Bytes]): PublicKeys {
  return { agreement, signing };
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
