/**
 * A new password for an account: proof of the old one, SCRAM's new keys and the master key wrapped anew, in one step.
 *
 * @module
 */
import { decodeCanonicalBase64 } from "../protocol/byte_fields.ts";
import { ChatError } from "../protocol/errors.ts";
import { rewrapMasterKey } from "../protocol/identity.ts";
import { preparePassword } from "../protocol/password.ts";
import { ScramClient } from "../protocol/scram.ts";
import { Credentials } from "./credentials.ts";
import type { Line } from "./line.ts";

/**
 * Changes the password of the account that is signed in. Its other sessions stay signed in.
 *
 * @param line The connection.
 * @param credentials What the account signs in with; they try the new password too from now on.
 * @param passwords The old and the new password, as they were typed.
 * @throws {ChatError} `bad_text` where the new one cannot be a password; `sign_in_refused` where the old one is wrong;
 * `slow_down`, `conflict`; `disconnected` or `timeout`, after which it is not known which of the two holds.
 */
export async function changePassword(
  line: Line,
  credentials: Credentials,
  passwords: { readonly old: string; readonly new: string },
): Promise<void> {
  const { name, nameKey } = credentials;
  const fresh = new Credentials(name, passwords.new);
  const old = oldCredentials(name, passwords.old);
  const content = await fresh.passwordContent();
  const scram = new ScramClient({
    userName: name,
    keysFor: (salt, iterations) => old.keysFor(salt, iterations),
    binding: line.channelBinding,
  });
  const { link } = line;
  const first = await link.request("begin_password", { data: scram.first });
  const data = await scram.respond(first.data);
  const keys = { from: await old.wrapKey(), to: await fresh.wrapKey() };
  const wrappedKey = decodeCanonicalBase64(first.wrappedKey, first.wrappedKey.length);
  const rewrapped = await rewrapMasterKey(nameKey, { wrappedKey }, keys).catch(asWrongPassword);
  // Whether or not the answer arrives: the next sign-in finds out which of the two it is.
  credentials.alsoTry(fresh);
  const changed = { data, ...content, wrappedKey: rewrapped.toBase64() };
  const last = await link.request("change_password", changed);
  scram.verify(last.data);
}

/**
 * Checks what was typed as the old password, as far as that can be done without the server.
 *
 * @throws {ChatError} `sign_in_refused` where it cannot be a password at all.
 */
export function checkOldPassword(text: string): void {
  try {
    preparePassword(text);
  } catch (error) {
    asWrongPassword(error);
  }
}

/**
 * Checks what was typed as the new password, before it is asked for once more.
 *
 * @throws {ChatError} `bad_text` where it cannot be a password; the message names the rule.
 */
export function checkNewPassword(text: string): void {
  try {
    preparePassword(text);
  } catch (cause) {
    if (!(cause instanceof ChatError)) throw cause;
    throw new ChatError(cause.code, `${cause.message} Your password was not changed.`, { cause });
  }
}

function oldCredentials(name: string, password: string): Credentials {
  try {
    return new Credentials(name, password);
  } catch (error) {
    return asWrongPassword(error);
  }
}

/** A text that cannot be a password is a wrong one, and so is one that does not open the master key. */
function asWrongPassword(cause: unknown): never {
  if (!(cause instanceof ChatError)) throw cause;
  throw new ChatError("sign_in_refused", "The old password is wrong. Nothing was changed.", {
    cause,
  });
}
