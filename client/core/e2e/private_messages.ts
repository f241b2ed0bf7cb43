/**
 * Private messages of a signed-in client: sealed on their way out, opened on their way in, and everything about keys.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { type Identity, importAgreementKey } from "../../../protocol/e2e/identity.ts";
import { chainIdBytes } from "../../../protocol/wire/limits.ts";
import type { Post, RequestInputOf } from "../../../protocol/wire/messages.ts";
import { foldPeerName } from "../../../protocol/names/guest_names.ts";
import { sealPrivate } from "../../../protocol/e2e/private.ts";
import { type ChainPlace, encodeBody } from "../../../protocol/e2e/private_body.ts";
import { checkText } from "../../../protocol/text/text_rules.ts";
import type { Credentials } from "../link/credentials.ts";
import type { ServerLink } from "../link/server_link.ts";
import { MessageOpener } from "./message_opener.ts";
import {
  closedView,
  isPrivate,
  type MessageView,
  readableView,
  type ShownPost,
} from "./message_view.ts";
import type { IdentityContent } from "../../../protocol/e2e/identity_content.ts";
import { openOwnIdentity } from "./own_identity.ts";
import { PeerKeys } from "./peer_keys.ts";
import type { PrivateState } from "./private_state.ts";
import type { Sent } from "../link/sendable.ts";
import { StreamReader } from "./stream_reader.ts";
import { VaultKeeper } from "./vault_keeper.ts";

/** What private messages are made with. */
export interface PrivateMessagesOptions {
  readonly credentials: Credentials;
  readonly line: ServerLink;
  readonly state: PrivateState;
  /** Sends a private message and resolves when it is stored. */
  readonly transmit: (content: RequestInputOf<"private">) => Promise<Sent>;
  /** Tells the person something, in the conversation with a peer or, with null, about the account. */
  readonly notice: (peer: string | null, text: string) => void;
  /** A clock that only goes forward, in milliseconds. */
  readonly nowMs: () => number;
}

/** All that needs the account's own keys. */
interface Open {
  readonly identity: Identity;
  readonly vault: VaultKeeper;
  readonly peers: PeerKeys;
  readonly reader: StreamReader;
}

/** The private messages of one client. */
export class PrivateMessages {
  readonly #options: PrivateMessagesOptions;
  #open: Open | null = null;
  /** Why there are no keys. */
  #problem: ChatError | null = null;
  /** What the server gave at the last sign-in. */
  #given: IdentityContent | null;
  /** For each recipient the message before, or the attempt at it: one after the other, so that places have no gaps. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #chains = new Map<string, ChainPlace>();
  #waiting = 0;

  private constructor(options: PrivateMessagesOptions, given: IdentityContent | null) {
    this.#options = options;
    this.#given = given;
  }

  /**
   * Opens the account's keys and its vault. Where the server gave keys that cannot be right, the person is told, and only
   * private messages do not work.
   *
   * @param options See {@linkcode PrivateMessagesOptions}.
   * @param given What the server gave at sign-in.
   * @throws {ChatError} `storage_failed`, `disconnected` and others where the server does not answer as it should.
   */
  static async open(
    options: PrivateMessagesOptions,
    given: IdentityContent | null,
  ): Promise<PrivateMessages> {
    const messages = new PrivateMessages(options, given);
    await messages.#openKeys(false);
    return messages;
  }

  async #openKeys(acceptOthers: boolean): Promise<void> {
    const { credentials, line: { request }, state, notice, nowMs } = this.#options;
    try {
      const own = { credentials, given: this.#given, request, state, acceptOthers };
      const identity = await openOwnIdentity(own);
      const warn = (text: string) => notice(null, text);
      const vault = await VaultKeeper.open({ identity, request, state, warn });
      const peers = new PeerKeys({ own: identity, vault, request, notice, nowMs });
      const opener = new MessageOpener(identity, peers);
      const reader = new StreamReader({ opener, request, notice });
      this.#open = { identity, vault, peers, reader };
      this.#problem = null;
    } catch (error) {
      const serious = error instanceof ChatError &&
        ["key_changed", "cannot_open"].includes(error.code);
      if (!serious) throw error;
      this.#problem = error;
      notice(null, error.message);
    }
  }

  /** Messages that were not transmitted yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Sends a private message. Messages to one recipient are sealed and stored one after the other.
   *
   * @return When it is stored.
   * @throws {ChatError} `bad_text`, `bad_name`, `no_such_user`, `key_changed`, `not_encrypted`, `cannot_open` where the account
   * has no keys; what the server answered, or why the client has ended.
   */
  async send(to: string, text: string, id: string): Promise<Sent> {
    const checked = checkText(text);
    const turn = foldPeerName(to);
    const before = this.#turns.get(turn) ?? Promise.resolve();
    this.#waiting++;
    const sent = before.then(() => this.#sendNow(to, checked, id));
    const done = sent.then(() => {}, () => {});
    this.#turns.set(turn, done);
    try {
      return await sent;
    } finally {
      if (this.#turns.get(turn) === done) this.#turns.delete(turn);
    }
  }

  /** Resolves when nothing is being sent. */
  async drained(): Promise<void> {
    while (this.#turns.size > 0) await Promise.all(this.#turns.values());
  }

  async #sendNow(to: string, text: string, postId: string): Promise<Sent> {
    const prepared = this.#prepare(to, text, postId).finally(() => this.#waiting--);
    const { content, sent } = await prepared;
    const result = await this.#options.transmit(content);
    sent();
    return result;
  }

  /** What is to be transmitted, and what is to be done when it is stored. */
  async #prepare(
    to: string,
    text: string,
    postId: string,
  ): Promise<{ content: RequestInputOf<"private">; sent: () => void }> {
    const { identity, peers } = this.#needKeys();
    const { line, state } = this.#options;
    const { name, nameKey, keys } = await line.surely(() => peers.forSending(to));
    if (keys === null) {
      return { content: { to: name, postId, kind: "text", body: text }, sent: () => {} };
    }
    const last = this.#chains.get(nameKey) ?? { chain: newChain(), number: 0 };
    const place = { chain: last.chain, number: last.number + 1 };
    const after = place.number === 1 ? state.lastSent(nameKey) : null;
    const body = await sealPrivate(
      encodeBody({ place, after, text }),
      { from: identity.nameKey, to: nameKey, id: postId },
      { sender: identity.agreement, recipient: await importAgreementKey(keys.agreement) },
    );
    const sent = () => {
      this.#chains.set(nameKey, place);
      state.noteSent(nameKey, place);
    };
    return { content: { to: name, postId, kind: "sealed", body }, sent };
  }

  /** The view of a live post. Never rejects. */
  async live(post: Post): Promise<MessageView> {
    if (this.#open !== null) return await this.#open.reader.live(post);
    return this.#closed(post);
  }

  /** The views of a page of history; see {@linkcode StreamReader.page}. */
  async page(
    posts: readonly Post[],
    more: boolean,
    query: RequestInputOf<"history">,
  ): Promise<ShownPost[]> {
    if (this.#open !== null) return await this.#open.reader.page(posts, more, query);
    return posts.map((post) => ({ ...post, message: this.#closed(post) }));
  }

  /** A new link is signed in: the server must know the same keys and the same vault as before. */
  async resumed(given: IdentityContent | null): Promise<void> {
    if (given?.record !== this.#open?.identity.record.toBase64() && this.#open !== null) {
      const text =
        "The server now gives out different keys for your account: messages to you may be sealed for someone " +
        "else. Ask the person who runs the server.";
      this.#options.notice(null, text);
    }
    this.#given = given;
    this.#open?.peers.forgetAsked();
    await this.#open?.vault.refresh();
  }

  /** Whose keys are trusted. @throws {ChatError} Why there are no keys. */
  get peers(): PeerKeys {
    return this.#needKeys().peers;
  }

  /**
   * Accepts the keys that the server gives out for a peer, or for the account itself where it was made anew.
   *
   * @return Whether they were others than before.
   * @throws {ChatError} See `PeerKeys.trust`.
   */
  async trust(name: string): Promise<boolean> {
    const own = this.#open === null &&
      foldPeerName(name) === this.#options.credentials.nameKey;
    if (!own) return await this.peers.trust(name);
    await this.#openKeys(true);
    if (this.#problem !== null) throw this.#problem;
    return true;
  }

  #needKeys(): Open {
    if (this.#open !== null) return this.#open;
    throw this.#problem ?? new Error("Broken assumption: without keys there is a reason.");
  }

  #closed(post: Post): MessageView {
    if (!isPrivate(post) || post.kind !== "sealed") return readableView(post);
    return closedView("This message cannot be opened: your keys are missing.");
  }
}

function newChain(): string {
  return crypto.getRandomValues(new Uint8Array(chainIdBytes)).toHex();
}
