/**
 * Opens single private messages with the keys that are trusted.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import type { PublicKeys } from "../../../protocol/e2e/key_record.ts";
import type { Post } from "../../../protocol/wire/fields.ts";
import { readUserName } from "../../../protocol/names/written_names.ts";
import type { Address } from "../../../protocol/e2e/private.ts";
import type { PrivateBody } from "../../../protocol/e2e/private_body.ts";
import { ClientError, type Remark } from "../link/client_error.ts";
import type { ConversationCipher } from "./conversation_cipher.ts";
import type { PeerKeys, PeerStatus } from "./peer_keys.ts";

/** An opened message. */
export interface OpenedMessage extends PrivateBody {
  /** The sender's folded name. */
  readonly from: string;
  /** Whether the person has verified the key of the other end. */
  readonly verified: boolean;
  /** What the person must be told with it, or null. */
  readonly warning: Remark | null;
}

/** What an opener is made with. */
export interface MessageOpenerOptions {
  /** The account's folded name. */
  readonly nameKey: string;
  readonly cipher: ConversationCipher;
  /** Whose keys are trusted. */
  readonly peers: PeerKeys;
}

/** Opens messages for one account. */
export class MessageOpener {
  /** The account's folded name. */
  readonly nameKey: string;
  readonly #cipher: ConversationCipher;
  readonly #peers: PeerKeys;
  /** Questions to the server that are under way: a page of history asks but once. */
  readonly #asked = new Map<string, Promise<PeerStatus>>();

  /** @param options See {@linkcode MessageOpenerOptions}. */
  constructor({ nameKey, cipher, peers }: MessageOpenerOptions) {
    this.nameKey = nameKey;
    this.#cipher = cipher;
    this.#peers = peers;
  }

  /**
   * Opens a message.
   *
   * @param post A sealed private message.
   * @throws {ChatError} Why it cannot be opened.
   */
  async open(post: Post): Promise<OpenedMessage> {
    const address: Address = {
      from: readUserName(post.from).nameKey,
      to: readUserName(post.to).nameKey,
      id: post.id,
    };
    if (address.from === this.nameKey) return await this.#openOwn(post, address);
    if (address.to === this.nameKey) return await this.#openFrom(post, address);
    throw new ClientError("cannot_open", { kind: "message_of_others" });
  }

  async #openOwn(post: Post, address: Address): Promise<OpenedMessage> {
    const body = await this.#cipher.openOwn(post.body, address);
    const verified = address.to === address.from || this.#isVerified(address.to);
    return { ...body, from: address.from, verified, warning: null };
  }

  async #openFrom(post: Post, address: Address): Promise<OpenedMessage> {
    let pinned = this.#peers.known(address.from)?.keys ?? null;
    if (pinned !== null) {
      const body = await this.#tryKeys(post, address, pinned);
      if (body !== null) return this.#trusted(address, body);
    }
    const status = await this.#statusOf(post.from, address.from);
    if (status.kind === "trusted") pinned = status.keys;
    else if (status.kind === "none") {
      throw new ClientError("cannot_open", { kind: "unchecked", name: post.from });
    }
    const body = pinned === null ? null : await this.#tryKeys(post, address, pinned);
    if (body !== null) return this.#trusted(address, body);
    for (const keys of this.#peers.known(address.from)?.earlier ?? []) {
      const body = await this.#tryKeys(post, address, keys);
      const warning = { kind: "earlier_key", name: post.from } as const;
      if (body !== null) return { ...body, from: address.from, verified: false, warning };
    }
    if (status.kind !== "changed") throw new ClientError("cannot_open", { kind: "damaged" });
    throw new ClientError("key_changed", { kind: "unaccepted_key", name: post.from });
  }

  #statusOf(name: string, nameKey: string): Promise<PeerStatus> {
    const asked = this.#asked.get(nameKey) ??
      this.#peers.status(name).finally(() => this.#asked.delete(nameKey));
    this.#asked.set(nameKey, asked);
    return asked;
  }

  #trusted(address: Address, body: PrivateBody): OpenedMessage {
    const verified = this.#isVerified(address.from);
    return { ...body, from: address.from, verified, warning: null };
  }

  #isVerified(nameKey: string): boolean {
    return this.#peers.known(nameKey)?.verified ?? false;
  }

  /** Null where it was not sealed with these keys. Everything else that is wrong is thrown. */
  async #tryKeys(post: Post, address: Address, keys: PublicKeys): Promise<PrivateBody | null> {
    try {
      return await this.#cipher.openFrom(post.body, address, keys);
    } catch (error) {
      if (error instanceof ChatError && error.code === "cannot_open") return null;
      throw error;
    }
  }
}
