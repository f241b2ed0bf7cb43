/**
 * This account's own keys: opened from what the server kept, or made where there are none yet.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { createIdentity, type Identity, openIdentity } from "../../../protocol/e2e/identity.ts";
import { ClientError } from "../link/client_error.ts";
import type { Credentials } from "../link/credentials.ts";
import {
  decodeIdentity,
  encodeIdentity,
  type IdentityContent,
} from "../../../protocol/e2e/identity_content.ts";
import type { Requester } from "../link/server_link.ts";
import type { PrivateState } from "./private_state.ts";

/** What opening needs. */
export interface OwnIdentityOptions {
  readonly credentials: Credentials;
  /** What the server gave at sign-in. */
  readonly given: IdentityContent | null;
  readonly request: Requester;
  readonly state: PrivateState;
  /** Whether the person has agreed to keys that this machine has not seen before. */
  readonly acceptOthers: boolean;
}

/**
 * Opens the account's keys; makes them for an account that was made over a wire that has none.
 *
 * @param options See {@linkcode OwnIdentityOptions}.
 * @throws {ChatError} `key_changed` where they are not those that this machine has seen before; `cannot_open` where they are
 * damaged; all of `set_keys`.
 */
export async function openOwnIdentity(options: OwnIdentityOptions): Promise<Identity> {
  const { credentials, state } = options;
  checkSame(options);
  const wrapKey = await credentials.wrapKey();
  const sealed = options.given === null ? await setFirst(options, wrapKey) : options.given;
  try {
    const identity = await openIdentity(credentials.nameKey, decodeIdentity(sealed), wrapKey);
    await state.unseal(identity);
    return identity;
  } catch (cause) {
    if (!(cause instanceof ChatError)) throw cause;
    throw new ClientError("cannot_open", { kind: "own_keys_closed" }, { cause });
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
): Promise<IdentityContent> {
  const made = encodeIdentity(await createIdentity(credentials.nameKey, wrapKey));
  // Another session of this account may have been quicker: then its keys count.
  return (await request("set_keys", { identity: made })).identity;
}
