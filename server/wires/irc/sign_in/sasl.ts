/**
 * Signing in by SASL (IRCv3 sasl-3.2): PLAIN, SCRAM-SHA-256 and its PLUS form.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { passwordBytesMax } from "../../../../protocol/wire/limits.ts";
import { parseUserName } from "../../../../protocol/names/names.ts";
import { preparePassword } from "../../../../protocol/text/password.ts";
import { type ScramServer, startScram } from "../../../../protocol/scram/scram.ts";
import type { StoredCredentials } from "../../../accounts/accounts.ts";
import { siteOf } from "../../../common/address.ts";
import type { User } from "../../../heart/session.ts";
import type { Ticket } from "../../../accounts/sign_in_guard.ts";
import type { AccountRecord } from "../../../storage/storage.ts";
import type { IrcClient } from "../network/client.ts";
import type { Network } from "../network/network.ts";
import type { SaslExchange, SaslStep } from "../network/sasl_exchange.ts";
import { logRefusedSignIn } from "../../connection/connection_end.ts";

/** Characters of one AUTHENTICATE line; a message of exactly so many is continued. */
export const chunkCharacters = 400;
/** Characters of base64 of one message: a name and a password of the largest size, and some more. */
const messageCharactersMax = Math.ceil((passwordBytesMax + 1024) * 4 / 3);

/** What an exchange needs. */
interface Desk {
  readonly network: Network;
  readonly client: IrcClient;
}

/** Ways to sign in, by name. */
export const mechanisms: Readonly<Record<string, (desk: Desk) => SaslExchange>> = {
  "PLAIN": (desk) => ({ pending: "", step: (message) => plain(desk, message) }),
  "SCRAM-SHA-256": (desk) => new ScramExchange(desk, "none"),
  "SCRAM-SHA-256-PLUS": (desk) => new ScramExchange(desk, "required"),
};

/**
 * Takes the parameter of an AUTHENTICATE line.
 *
 * @return The message if it is complete, "more" if not, "too_long" or "bad" if it cannot be one.
 */
export function takeChunk(
  exchange: SaslExchange,
  chunk: string,
): Uint8Array<ArrayBuffer> | "more" | "too_long" | "bad" {
  if (chunk.length > chunkCharacters) return "too_long";
  if (chunk !== "+") exchange.pending += chunk;
  if (exchange.pending.length > messageCharactersMax) return "too_long";
  if (chunk.length === chunkCharacters) return "more";
  const text = exchange.pending;
  exchange.pending = "";
  try {
    return decodeBase64(text);
  } catch {
    return "bad";
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(message: Uint8Array): string {
  try {
    return decoder.decode(message);
  } catch (cause) {
    throw new ChatError("bad_message", "This is not UTF-8.", { cause });
  }
}

async function plain({ network, client }: Desk, message: Uint8Array): Promise<SaslStep> {
  const [authorization, name, password, ...rest] = decoded(message).split("\0");
  if (name === undefined || password === undefined || rest.length > 0) {
    throw new ChatError("bad_message", "This is not a message of SASL PLAIN (RFC 4616).");
  }
  if (authorization !== "" && authorization !== name) {
    throw new ChatError("sign_in_refused", "You cannot sign in on behalf of someone else.");
  }
  const user = await checkPassword(network, client.address, name, password);
  return user === null ? { type: "refused" } : { type: "signed_in", user };
}

/**
 * Checks a name and a password, and slows wrong ones down.
 *
 * @return The account, or null where either is wrong.
 * @throws {ChatError} `forbidden` for an account whose password costs too much to check, `slow_down`, `storage_failed`.
 */
export async function checkPassword(
  network: Network,
  address: string,
  name: string,
  password: string,
): Promise<User | null> {
  const { accounts, guard, logger } = network.options;
  const attempt = readAttempt(name, password);
  if (attempt === null) return null;
  const ticket = await guard.admit({ accountKey: attempt.nameKey, address });
  const weigh = (checks: number) => ticket.weighs(checks);
  const record = await accounts.checkPassword(name, attempt.password, siteOf(address), weigh)
    .catch((error: unknown) => {
      // Nothing was tried: the server was busy or could not read its accounts.
      if (error instanceof ChatError && error.code !== "forbidden") ticket.succeeded();
      throw error;
    });
  if (record === null) {
    logRefusedSignIn(logger, name, "wrong name or password", address);
    await delay(ticket.failed());
    return null;
  }
  ticket.succeeded();
  return userOf(record);
}

/** A name or a password that cannot exist is wrong, like any other wrong one. */
function readAttempt(name: string, password: string): { nameKey: string; password: string } | null {
  try {
    return { nameKey: parseUserName(name).nameKey, password: preparePassword(password) };
  } catch (error) {
    if (error instanceof ChatError) return null;
    throw error;
  }
}

/** The user of an account. */
export function userOf(record: AccountRecord): User {
  const { name, nameKey, passwordGeneration } = record;
  return { name, nameKey, account: true, passwordGeneration };
}

class ScramExchange implements SaslExchange {
  pending = "";
  readonly #desk: Desk;
  readonly #bindings: "required" | "none";
  #begun: { scram: ScramServer; credentials: StoredCredentials; ticket: Ticket } | null = null;
  /** Set when the proof was right and only the client's empty answer is missing. */
  #user: User | null = null;

  constructor(desk: Desk, bindings: "required" | "none") {
    this.#desk = desk;
    this.#bindings = bindings;
  }

  async step(message: Uint8Array): Promise<SaslStep> {
    if (this.#user !== null) return { type: "signed_in", user: this.#user };
    const text = decoded(message);
    return this.#begun === null ? await this.#begin(text) : await this.#finish(text);
  }

  async #begin(text: string): Promise<SaslStep> {
    const { network, client } = this.#desk;
    const { accounts, guard, channelBinding } = network.options;
    const scram = startScram(text, { bindings: this.#bindings, channelBinding });
    const { nameKey } = parseUserName(scram.userName);
    const ticket = await guard.admit({ accountKey: nameKey, address: client.address });
    const credentials = await accounts.credentials(scram.userName, siteOf(client.address));
    this.#begun = { scram, credentials, ticket };
    const data = scram.serverFirst(credentials.salt, credentials.iterations);
    return { type: "challenge", data };
  }

  async #finish(text: string): Promise<SaslStep> {
    const { scram, credentials, ticket } = this.#begun!;
    const outcome = await scram.finish(text, credentials).catch(async (error: unknown) => {
      await delay(ticket.failed());
      throw error;
    });
    if (!outcome.ok || credentials.record === null) {
      const { network, client } = this.#desk;
      const reason = credentials.record === null ? "no such account" : "wrong password";
      logRefusedSignIn(network.options.logger, scram.userName, reason, client.address);
      await delay(ticket.failed());
      return { type: "refused" };
    }
    ticket.succeeded();
    this.#user = userOf(credentials.record);
    return { type: "challenge", data: outcome.serverFinal };
  }
}

/** A challenge as AUTHENTICATE parameters. */
export function chunksOf(data: string): string[] {
  const text = encodeBase64(data);
  const chunks: string[] = [];
  for (let at = 0; at < text.length; at += chunkCharacters) {
    chunks.push(text.slice(at, at + chunkCharacters));
  }
  if (text.length % chunkCharacters === 0) chunks.push("+");
  return chunks;
}
