/**
 * This account's own keys: opened from what the server kept, or made where there are none yet; and what the server lacks of
 * them.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { decodeCanonicalBase64 } from "../../../protocol/e2e/byte_fields.ts";
import { createIdentity, type Identity, openIdentity } from "../../../protocol/e2e/identity.ts";
import { encapsulationKeyBytes } from "../../../protocol/e2e/ml_kem.ts";
import { ClientError } from "../link/client_error.ts";
import type { Credentials } from "../link/credentials.ts";
import {
  decodeIdentity,
  encodeIdentity,
  type KeptIdentityContent,
} from "../../../protocol/e2e/identity_content.ts";
import type { Requester } from "../link/server_link.ts";
import type { PrivateState } from "./private_state.ts";

/** What opening needs. */
export interface OwnIdentityOptions {
  readonly credentials: Credentials;
  /** What the server gave at sign-in. */
  readonly given: KeptIdentityContent | null;
  readonly request: Requester;
  readonly state: PrivateState;
  /** Whether the person has agreed to keys that this machine has not seen before. */
  readonly acceptOthers: boolean;
}

/** The account's keys, and what the server has of them. */
export interface OwnIdentity {
  readonly identity: Identity;
  readonly kept: KeptIdentityContent;
}

/**
 * Opens the account's keys; makes them for an account that was made over a wire that has none.
 *
 * @param options See {@linkcode OwnIdentityOptions}.
 * @throws {ChatError} `key_changed` where they are not those that this machine has seen before; `cannot_open` where they are
 * damaged; all of `set_keys`.
 */
export async function openOwnIdentity(options: OwnIdentityOptions): Promise<OwnIdentity> {
  const { credentials, state } = options;
  checkSame(options);
  const wrapKey = await credentials.wrapKey();
  const sealed = options.given === null ? await setFirst(options, wrapKey) : options.given;
  try {
    const identity = await openIdentity(credentials.nameKey, decodeIdentity(sealed), wrapKey);
    await state.unseal(identity);
    return { identity, kept: sealed };
  } catch (cause) {
    if (!(cause instanceof ChatError)) throw cause;
    throw new ClientError("cannot_open", { kind: "own_keys_closed" }, { cause });
  }
}

/**
 * Gives the server what the account's key record has grown by, where it has none yet. An older server, which knows nothing of
 * that, and one that cannot store it now, go without until the next sign-in.
 *
 * @param identity The account's keys.
 * @param given What the server gave of them at sign-in.
 * @param request Asks the server.
 * @return Whether what the server gives out is this account's own.
 */
export async function giveSupplement(
  identity: Identity,
  given: KeptIdentityContent,
  request: Requester,
): Promise<boolean> {
  if (given.supplement === undefined) return true;
  try {
    const { supplement } = given.supplement !== null
      ? given
      : await request("set_supplement", { supplement: identity.supplement.toBase64() });
    const kept = decodeCanonicalBase64(supplement!, supplement!.length);
    const own = identity.decapsulation.encapsulationKey;
    return kept.slice(0, encapsulationKeyBytes).toHex() === own.toHex();
  } catch (error) {
    if (error instanceof ChatError) return true;
    throw error;
  }
}

/** A server that says that there are no keys, or gives others, would make its user start anew and be readable. */
function checkSame({ credentials, given, state, acceptOthers }: OwnIdentityOptions): void {
  const seen = state.record?.toBase64();
  if (seen === undefined || acceptOthers || given?.record === seen) return;
  if (given !== null && given.record === credentials.registeredRecord) return;
  const { name } = credentials;
  throw new ClientError("key_changed", { kind: "own_keys_changed", name, given: given !== null });
}

async function setFirst(
  { credentials, request }: OwnIdentityOptions,
  wrapKey: CryptoKey,
): Promise<KeptIdentityContent> {
  const made = encodeIdentity(await createIdentity(credentials.nameKey, wrapKey));
  // Another session of this account may have been quicker: then its keys count.
  return (await request("set_keys", { identity: made })).identity;
}
