/**
 * The server's end of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677).
 *
 * @module
 */
import { ChatError } from "../wire/errors.ts";
import type { ServerCredentials } from "./scram_keys.ts";
import { keyBytes, sameBytes, sha256, sign, xor } from "./scram_keys.ts";
import type { Gs2Header } from "./scram_messages.ts";
import {
  AttributeReader,
  channelBindingInput,
  checkNonce,
  makeNonce,
  malformed,
  parseBase64,
  parseGs2Header,
  unescapeName,
} from "./scram_messages.ts";

/** What a server allows in one exchange. */
export interface ScramServerOptions {
  /**
   * `required`: only the PLUS form; `offered`: PLUS, or a client that says that it cannot bind; `none`: this
   * connection has nothing to bind to.
   */
  readonly bindings: "required" | "offered" | "none";
  /** The channel's data (protocol/certificate/fingerprint.ts); needed unless `bindings` is `none`. */
  readonly channelBinding?: Uint8Array;
  /** The server's part of the nonce: printable ASCII without commas. Random by default. */
  readonly nonce?: string;
}

/** How an exchange ended. */
export interface ScramOutcome {
  /** Whether the client has shown that it knows the password. */
  readonly ok: boolean;
  /** What to send either way: the server's signature, or `e=invalid-proof`. */
  readonly serverFinal: string;
}

/**
 * Begins an exchange.
 *
 * @param clientFirst The client's first message.
 * @param options What is allowed.
 * @return The exchange, to be gone through once.
 * @throws {ChatError} `bad_message` where the message breaks the grammar or wants to act for another user; `bad_proof` where
 * it does not bind the channel as it must: a client that could have (`y`) was lied to by someone (section 6).
 */
export function startScram(clientFirst: string, options: ScramServerOptions): ScramServer {
  if (options.bindings !== "none" && options.channelBinding === undefined) {
    throw new Error("Broken assumption: a server that offers channel binding has its data.");
  }
  const header = parseGs2Header(clientFirst);
  const reader = new AttributeReader(header.bare);
  const userName = unescapeName(reader.take("n"));
  const clientNonce = checkNonce(reader.take("r"));
  checkBinding(header.binding, options.bindings);
  if (header.authorizationName !== null && header.authorizationName !== userName) {
    throw malformed("one user cannot act for another");
  }
  const nonce = clientNonce + checkNonce(options.nonce ?? makeNonce());
  const bound = header.binding === "bound";
  const channelBinding = bound ? options.channelBinding ?? null : null;
  return new ScramServer({ userName, bound, header, nonce, channelBinding });
}

function checkBinding(
  asked: Gs2Header["binding"],
  bindings: ScramServerOptions["bindings"],
): void {
  if (asked === "bound" && bindings === "none") {
    throw malformed("this connection has no channel binding");
  }
  if (asked === "not_offered" && bindings !== "none") {
    throw new ChatError(
      "bad_proof",
      "This server offers channel binding and the client was told otherwise: someone may be in the middle. " +
        "Check the server's fingerprint.",
    );
  }
  if (asked === "not_supported" && bindings === "required") {
    throw new ChatError(
      "bad_proof",
      "This server requires sign-ins with channel binding (SCRAM-SHA-256-PLUS). Use a client that has it.",
    );
  }
}

interface Exchange {
  readonly userName: string;
  readonly bound: boolean;
  readonly header: Gs2Header;
  readonly nonce: string;
  readonly channelBinding: Uint8Array | null;
}

/** One exchange: `serverFirst()`, then `finish()`, each once. Made by {@linkcode startScram}. */
export class ScramServer {
  /** The name that the client gave, as it was typed: not folded, not checked. */
  readonly userName: string;
  /** Whether the client bound the channel: the PLUS form. */
  readonly bound: boolean;

  readonly #exchange: Exchange;
  #serverFirst: string | null = null;
  #finished = false;

  /**
   * Holds what was settled at the beginning.
   *
   * @param exchange What the client's first message said.
   */
  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.userName = exchange.userName;
    this.bound = exchange.bound;
  }

  /**
   * Makes the server's first message.
   *
   * @param salt The account's salt; one made up for a name that no account has.
   * @param iterations The account's iterations.
   * @return The message.
   */
  serverFirst(salt: Uint8Array, iterations: number): string {
    if (this.#serverFirst !== null) throw new Error("Broken assumption: serverFirst() runs once.");
    this.#serverFirst = `r=${this.#exchange.nonce},s=${salt.toBase64()},i=${iterations}`;
    return this.#serverFirst;
  }

  /**
   * Judges the client's final message. Does the same work whether the proof is right or wrong, and so for made-up
   * credentials too.
   *
   * @param clientFinal The client's final message.
   * @param credentials The account's keys; ones that fit no password for a name that no account has.
   * @return Whether the proof is right, and what to send.
   * @throws {ChatError} `bad_message` where the message breaks the grammar or comes at the wrong time; `bad_proof` where it
   * has another nonce or binds another channel. Either ends the exchange, and says nothing about the password.
   */
  async finish(clientFinal: string, credentials: ServerCredentials): Promise<ScramOutcome> {
    if (this.#serverFirst === null || this.#finished) throw malformed("it comes unasked");
    this.#finished = true;
    const { proof, withoutProof } = this.#parseClientFinal(clientFinal);
    const authMessage = `${this.#exchange.header.bare},${this.#serverFirst},${withoutProof}`;
    const clientKey = xor(proof, await sign(credentials.storedKey, authMessage));
    const serverSignature = await sign(credentials.serverKey, authMessage);
    const ok = sameBytes(await sha256(clientKey), credentials.storedKey);
    return { ok, serverFinal: ok ? `v=${serverSignature.toBase64()}` : "e=invalid-proof" };
  }

  #parseClientFinal(clientFinal: string) {
    const reader = new AttributeReader(clientFinal);
    const binding = parseBase64(reader.take("c"));
    const nonce = checkNonce(reader.take("r"));
    const proof = parseBase64(reader.takeLast("p"));
    if (proof.length !== keyBytes) throw malformed("its proof has the wrong length");
    const { header, channelBinding } = this.#exchange;
    if (!sameBytes(binding, channelBindingInput(header.text, channelBinding))) {
      throw new ChatError(
        "bad_proof",
        "The client bound its sign-in to another connection: someone may be in the middle. " +
          "Check the server's fingerprint.",
      );
    }
    if (nonce !== this.#exchange.nonce) {
      throw new ChatError(
        "bad_proof",
        "The sign-in's nonce is not the one of this exchange. Start again.",
      );
    }
    return { proof, withoutProof: clientFinal.slice(0, clientFinal.lastIndexOf(",")) };
  }
}
