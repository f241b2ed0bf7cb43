/**
 * The one place where the content of private messages is sealed and opened. Another way to do it comes beside this one, behind
 * the same interface.
 *
 * @module
 */
import type { Bytes } from "../../../protocol/e2e/byte_fields.ts";
import type { Identity } from "../../../protocol/e2e/identity.ts";
import type { PublicKeys } from "../../../protocol/e2e/key_record.ts";
import { type Address, openPrivate, sealPrivate } from "../../../protocol/e2e/private.ts";
import { decodeBody, encodeBody, type PrivateBody } from "../../../protocol/e2e/private_body.ts";

/** The keys to which a message is sealed. */
export interface RecipientKeys extends PublicKeys {
  /** The key of ML-KEM-768; null where the recipient has none. */
  readonly encapsulation: Bytes | null;
}

/** Seals and opens what two people say to each other, for one of them. */
export interface ConversationCipher {
  /**
   * Seals a message of this account, for both ends.
   *
   * @param body What it says.
   * @param address Whom it is for, and its id.
   * @param recipient The keys that are trusted.
   * @return What the server is given.
   * @throws {ChatError} `bad_text` where it is too long; `bad_message`, `bad_proof` where nothing can be sealed to these keys.
   */
  seal(body: PrivateBody, address: Address, recipient: RecipientKeys): Promise<string>;
  /**
   * Opens a message that this account has sent.
   *
   * @param sealed What the server gave.
   * @param address What it must be bound to.
   * @throws {ChatError} `cannot_open`, `bad_message`; `unsupported` where a newer program has sealed it.
   */
  openOwn(sealed: string, address: Address): Promise<PrivateBody>;
  /**
   * Opens a message that somebody has sent to this account.
   *
   * @param sealed What the server gave.
   * @param address What it must be bound to.
   * @param sender Keys that are trusted for the sender.
   * @throws {ChatError} As `openOwn`; `cannot_open` also where it was sealed with other keys than these.
   */
  openFrom(sealed: string, address: Address, sender: PublicKeys): Promise<PrivateBody>;
}

/** Envelopes of protocol/e2e/private.ts: each message stands for itself. */
export class EnvelopeCipher implements ConversationCipher {
  readonly #own: Identity;

  /** @param own The account's keys. */
  constructor(own: Identity) {
    this.#own = own;
  }

  /** See {@linkcode ConversationCipher}: suite 2 for those who have a key of ML-KEM-768, suite 1 for others. */
  async seal(body: PrivateBody, address: Address, recipient: RecipientKeys): Promise<string> {
    return await sealPrivate(encodeBody(body), address, { sender: this.#own, recipient });
  }

  /** See {@linkcode ConversationCipher}. */
  async openOwn(sealed: string, address: Address): Promise<PrivateBody> {
    const { agreement } = this.#own.publicKeys;
    const keys = { as: "sender", own: this.#own, sender: agreement } as const;
    return decodeBody(await openPrivate(sealed, address, keys));
  }

  /** See {@linkcode ConversationCipher}. */
  async openFrom(sealed: string, address: Address, sender: PublicKeys): Promise<PrivateBody> {
    const keys = { as: "recipient", own: this.#own, sender: sender.agreement } as const;
    return decodeBody(await openPrivate(sealed, address, keys));
  }
}
