/**
 * Signing in by SASL (IRCv3 sasl-3.2): PLAIN, SCRAM-SHA-256 and its PLUS form.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { passwordBytesMax } from "../../../../protocol/wire/limits.ts";
import { parseUserName } from "../../../../protocol/names/names.ts";
import type { PasswordProof, ProofAttempt } from "../../../accounts/sign_in.ts";
import { type User, userOf } from "../../../heart/session.ts";
import type { IrcClient } from "../network/client.ts";
import type { Network } from "../network/network.ts";
import type { SaslExchange, SaslStep } from "../network/sasl_exchange.ts";

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
  if (!canBeName(name)) return null;
  const { signIn } = network.options;
  const account = await signIn.checkPassword({ name, address, read: () => password });
  return account === null ? null : userOf(account);
}

/** A name that cannot exist is wrong, like any other wrong one. */
function canBeName(name: string): boolean {
  try {
    parseUserName(name);
    return true;
  } catch (error) {
    if (error instanceof ChatError) return false;
    throw error;
  }
}

class ScramExchange implements SaslExchange {
  pending = "";
  readonly #desk: Desk;
  readonly #bindings: ProofAttempt["bindings"];
  #proof: PasswordProof | null = null;
  /** Set when the proof was right and only the client's empty answer is missing. */
  #user: User | null = null;

  constructor(desk: Desk, bindings: ProofAttempt["bindings"]) {
    this.#desk = desk;
    this.#bindings = bindings;
  }

  async step(message: Uint8Array): Promise<SaslStep> {
    if (this.#user !== null) return { type: "signed_in", user: this.#user };
    const text = decoded(message);
    if (this.#proof === null) {
      this.#proof = await this.#begin(text);
      return { type: "challenge", data: this.#proof.data };
    }
    const proven = await this.#proof.finish(text);
    if (proven === null) return { type: "refused" };
    this.#user = userOf(proven.account);
    return { type: "challenge", data: proven.data };
  }

  async #begin(data: string): Promise<PasswordProof> {
    const { network, client } = this.#desk;
    const { address } = client;
    return await network.options.signIn.begin({ data, address, bindings: this.#bindings });
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
