/**
 * The client's end of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677).
 *
 * @module
 */
import { ChatError } from "../wire/errors.ts";
import { iterationsMax, iterationsMin, saltBytes, saltBytesMax } from "../wire/limits.ts";
import type { ScramKeys } from "./scram_keys.ts";
import { sameBytes, sign, xor } from "./scram_keys.ts";
import {
  AttributeReader,
  channelBindingInput,
  channelBindingType,
  checkNonce,
  escapeName,
  makeNonce,
  malformed,
  parseBase64,
} from "./scram_messages.ts";

/** What a client needs for one exchange. */
export interface ScramClientOptions {
  /** The name to sign in with. */
  readonly userName: string;
  /**
   * Gives the keys for a salt and iterations, which are within the caps. It may keep them: as long as both stay the same,
   * a reconnecting client needs no PBKDF2.
   */
  readonly keysFor: (salt: Uint8Array<ArrayBuffer>, iterations: number) => Promise<ScramKeys>;
  /**
   * The channel's data (protocol/certificate/fingerprint.ts), which makes it the PLUS form; or why there is none: the server
   * does not offer PLUS, or this client cannot bind.
   */
  readonly binding: Uint8Array | "not_offered" | "not_supported";
  /** The client's nonce: printable ASCII without commas. Random by default. */
  readonly nonce?: string;
  /** The least iterations to accept; below the default only for the vectors of the RFC. */
  readonly iterationsMin?: number;
}

/** One exchange, once: send `first`, give the answer to `respond()`, send its result, give the answer to `verify()`. */
export class ScramClient {
  /** The client's first message. */
  readonly first: string;

  readonly #options: ScramClientOptions;
  readonly #nonce: string;
  readonly #header: string;
  readonly #bare: string;
  #state: "new" | "responding" | "responded" | "over" = "new";
  #serverSignature: Uint8Array<ArrayBuffer> | null = null;

  /**
   * Prepares the exchange and its first message.
   *
   * @param options Who signs in, how, and with which keys.
   */
  constructor(options: ScramClientOptions) {
    this.#options = options;
    this.#nonce = checkNonce(options.nonce ?? makeNonce());
    this.#header = `${bindingFlag(options.binding)},,`;
    this.#bare = `n=${escapeName(options.userName)},r=${this.#nonce}`;
    this.first = this.#header + this.#bare;
  }

  /**
   * Answers the server's first message.
   *
   * @param serverFirst The server's first message.
   * @return The client's final message.
   * @throws {ChatError} `bad_message` where the message breaks the grammar or comes twice; `bad_proof` where the nonce does
   * not extend the client's own, or the salt or the iterations are too few or too many: the server is not to be trusted.
   */
  async respond(serverFirst: string): Promise<string> {
    if (this.#state !== "new") throw malformed("it comes too late");
    this.#state = "responding";
    const { nonce, salt, iterations } = this.#parseServerFirst(serverFirst);
    const keys = await this.#options.keysFor(salt, iterations);
    const bound = this.#options.binding instanceof Uint8Array ? this.#options.binding : null;
    const binding = channelBindingInput(this.#header, bound).toBase64();
    const withoutProof = `c=${binding},r=${nonce}`;
    const authMessage = `${this.#bare},${serverFirst},${withoutProof}`;
    const proof = xor(keys.clientKey, await sign(keys.storedKey, authMessage));
    this.#serverSignature = await sign(keys.serverKey, authMessage);
    this.#state = "responded";
    return `${withoutProof},p=${proof.toBase64()}`;
  }

  /**
   * Checks the server's final message: only after this returns has the server shown that it knows the account.
   *
   * @param serverFinal The server's final message.
   * @throws {ChatError} `sign_in_refused` where the server refuses; `bad_proof` where its signature is wrong, or it sees
   * another channel; `bad_message` where the message breaks the grammar or comes at the wrong time.
   */
  verify(serverFinal: string): void {
    const expected = this.#serverSignature;
    if (this.#state !== "responded" || expected === null) throw malformed("it comes unasked");
    this.#state = "over";
    const reader = new AttributeReader(serverFinal);
    if (serverFinal.startsWith("e=")) throw refusal(reader.take("e"));
    if (!sameBytes(parseBase64(reader.take("v")), expected)) {
      throw new ChatError(
        "bad_proof",
        "The server could not prove that it knows this account. Do not trust it: ask the person who runs it.",
      );
    }
  }

  #parseServerFirst(serverFirst: string) {
    const reader = new AttributeReader(serverFirst);
    const nonce = checkNonce(reader.take("r"));
    const salt = parseBase64(reader.take("s"));
    const iterations = parseIterations(reader.take("i"));
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      throw distrust("its nonce does not extend ours");
    }
    if (salt.length < saltBytes || salt.length > saltBytesMax) {
      throw distrust(`its salt has ${salt.length} bytes, not ${saltBytes} to ${saltBytesMax}`);
    }
    const least = this.#options.iterationsMin ?? iterationsMin;
    if (iterations < least || iterations > iterationsMax) {
      throw distrust(`it asks for ${iterations} iterations, not ${least} to ${iterationsMax}`);
    }
    return { nonce, salt, iterations };
  }
}

function bindingFlag(binding: ScramClientOptions["binding"]): string {
  if (binding === "not_offered") return "y";
  return binding === "not_supported" ? "n" : `p=${channelBindingType}`;
}

function parseIterations(text: string): number {
  if (!/^[1-9][0-9]{0,9}$/.test(text)) throw malformed("its iterations are not a number");
  return Number(text);
}

function distrust(what: string): ChatError {
  const advice = "The password was not used. Do not trust this server: ask the person who runs it.";
  return new ChatError(
    "bad_proof",
    `The server's part of the sign-in is wrong: ${what}. ${advice}`,
  );
}

/** What the server's `e=` (RFC 5802, section 7) means for a person; a value that is not known is not shown. */
function refusal(value: string): ChatError {
  if (value === "channel-bindings-dont-match" || value.startsWith("server-does-support-channel")) {
    return new ChatError(
      "bad_proof",
      "The server sees a different connection from this one: someone may be in the middle. " +
        "Ask the person who runs the server for its fingerprint, and compare it.",
    );
  }
  if (value === "invalid-proof" || value === "unknown-user") {
    return new ChatError("sign_in_refused", "Wrong name or password. Check both and try again.");
  }
  return new ChatError("sign_in_refused", "The server ended the sign-in. Try again.");
}
