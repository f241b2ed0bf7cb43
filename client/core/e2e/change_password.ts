/**
 * A new password for an account: proof of the old one, SCRAM's new keys and the master key wrapped anew, in one step.
 *
 * @module
 */
import { type Bytes, decodeCanonicalBase64 } from "../../../protocol/e2e/byte_fields.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { rewrapMasterKey } from "../../../protocol/e2e/identity.ts";
import { ScramClient } from "../../../protocol/scram/scram.ts";
import { ClientError } from "../link/client_error.ts";
import { Credentials } from "../link/credentials.ts";
import type { TextStore } from "../link/text_store.ts";
import type { ServerLink } from "../link/server_link.ts";
import type { Link } from "../link/link.ts";

/** How a password is changed. */
export interface PasswordChangeOptions {
  /** Whether the account's other sessions stay. */
  readonly keepSessions?: boolean;
}

/** What became of a change. */
export interface PasswordChanged {
  /** What tells the server from now on that this machine has signed in; undefined where the one from before still does. */
  readonly device: string | undefined;
  /** How many other sessions were ended; undefined where the server is older and ends none. */
  readonly ended: number | undefined;
}

/** Puts a new password in the place of the old one, which was right. See {@linkcode beginPasswordChange}. */
export type PasswordChange = (
  fresh: string,
  options?: PasswordChangeOptions,
) => Promise<PasswordChanged>;

/** A change that has begun: what the server said, and what is needed to answer it. */
interface Begun {
  readonly scram: ScramClient;
  readonly data: string;
  readonly wrappedKey: Bytes;
  readonly wrapKey: CryptoKey;
  readonly link: Link;
}

/** What is changed beside the server. */
export interface PasswordOwner {
  /** What the account signs in with; they try the new password too from now on. */
  readonly credentials: Credentials;
  /** Keeps what tells the server that this machine signed in before. */
  readonly devices?: TextStore;
}

/**
 * Begins to change the password of the account that is signed in, and checks the old one.
 *
 * @param line The connection.
 * @param owner See {@linkcode PasswordOwner}.
 * @param oldPassword The old password, as it was typed.
 * @return What changes it. It throws {@linkcode ChatError}: `bad_text` where the new one cannot be a password; `slow_down`,
 * `conflict`; `disconnected` or `timeout`, after which it is not known which of the two holds.
 * @throws {ChatError} `sign_in_refused` where the old one is wrong; `slow_down`; `disconnected` or `timeout`.
 */
export async function beginPasswordChange(
  line: ServerLink,
  { credentials, devices }: PasswordOwner,
  oldPassword: string,
): Promise<PasswordChange> {
  const old = oldCredentials(credentials.name, oldPassword);
  const begun = await begin(line, old);
  return async (freshPassword, { keepSessions = false } = {}) => {
    const fresh = new Credentials(credentials.name, freshPassword);
    // A new connection knows nothing of what was begun on the one before.
    const current = begun.link === line.link ? begun : await begin(line, old);
    const changed = await finish(current, credentials, { fresh, keepSessions });
    if (changed.device !== undefined) await devices?.save(changed.device);
    return changed;
  };
}

/** Only the right password opens the master key: a wrong one is known before the new one is asked for. */
async function begin(line: ServerLink, old: Credentials): Promise<Begun> {
  const { link, channelBinding } = line;
  const scram = new ScramClient({
    userName: old.name,
    keysFor: (salt, iterations) => old.keysFor(salt, iterations),
    binding: channelBinding ?? "not_supported",
  });
  const first = await link.request("begin_password", { data: scram.first });
  const data = await scram.respond(first.data);
  const wrappedKey = decodeCanonicalBase64(first.wrappedKey, first.wrappedKey.length);
  const wrapKey = await old.wrapKey();
  // Wrapped for the same password again: only to see whether it opens.
  const keys = { from: wrapKey, to: wrapKey };
  await rewrapMasterKey(old.nameKey, { wrappedKey }, keys).catch(asWrongPassword);
  return { scram, data, wrappedKey, wrapKey, link };
}

async function finish(
  begun: Begun,
  credentials: Credentials,
  { fresh, keepSessions }: { fresh: Credentials; keepSessions: boolean },
): Promise<PasswordChanged> {
  const { scram, data, wrappedKey, wrapKey, link } = begun;
  const content = await fresh.passwordContent();
  const keys = { from: wrapKey, to: await fresh.wrapKey() };
  const rewrapped = await rewrapMasterKey(credentials.nameKey, { wrappedKey }, keys);
  // Whether or not the answer arrives: the next sign-in finds out which of the two it is.
  credentials.alsoTry(fresh);
  const changed = { data, ...content, wrappedKey: rewrapped.toBase64(), keepSessions };
  const last = await link.request("change_password", changed);
  scram.verify(last.data);
  return { device: last.device, ended: last.ended };
}

/**
 * Checks what was typed as the old password, as far as that can be done without the server.
 *
 * @param name The account's.
 * @throws {ChatError} `sign_in_refused` where it cannot be a password at all.
 */
export function oldCredentials(name: string, password: string): Credentials {
  try {
    return new Credentials(name, password);
  } catch (error) {
    return asWrongPassword(error);
  }
}

/** A text that cannot be a password is a wrong one, and so is one that does not open the master key. */
function asWrongPassword(cause: unknown): never {
  if (!(cause instanceof ChatError)) throw cause;
  throw new ClientError("sign_in_refused", { kind: "old_password_wrong" }, { cause });
}
