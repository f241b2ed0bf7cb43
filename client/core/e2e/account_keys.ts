/**
 * Everything about keys of a signed-in client: the account's own, those that it trusts, and what they open.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import type { Identity } from "../../../protocol/e2e/identity.ts";
import type { Post } from "../../../protocol/wire/fields.ts";
import type { RequestInputOf } from "../../../protocol/wire/requests.ts";
import { foldPeerName } from "../../../protocol/names/guest_names.ts";
import { ClientError, type Remark } from "../link/client_error.ts";
import type { Credentials } from "../link/credentials.ts";
import type { Requester } from "../link/server_link.ts";
import { type ConversationCipher, EnvelopeCipher } from "./conversation_cipher.ts";
import { MessageOpener } from "./message_opener.ts";
import { closed, readable, type ShownPage, type ShownPost } from "./message_view.ts";
import type { KeptIdentityContent } from "../../../protocol/e2e/identity_content.ts";
import { giveSupplement, openOwnIdentity } from "./own_identity.ts";
import { PeerKeys } from "./peer_keys.ts";
import type { PrivateState } from "./private_state.ts";
import { isSealed, StreamReader } from "./stream_reader.ts";
import { VaultKeeper } from "./vault_keeper.ts";

/** What keys are opened with. */
export interface AccountKeysOptions {
  readonly credentials: Credentials;
  readonly request: Requester;
  readonly state: PrivateState;
  /** Tells the person something, in the conversation with a peer or, with null, about the account. */
  readonly notice: (peer: string | null, remark: Remark) => void;
  /** A clock that only goes forward, in milliseconds. */
  readonly nowMs: () => number;
}

/** All that needs the account's own keys. */
interface Open {
  readonly identity: Identity;
  readonly cipher: ConversationCipher;
  readonly vault: VaultKeeper;
  readonly peers: PeerKeys;
  readonly reader: StreamReader;
}

/** The keys of one client. */
export class AccountKeys {
  readonly #options: AccountKeysOptions;
  #open: Open | null = null;
  /** Why there are no keys. */
  #problem: ChatError | null = null;
  /** What the server gave at the last sign-in. */
  #given: KeptIdentityContent | null;

  private constructor(options: AccountKeysOptions, given: KeptIdentityContent | null) {
    this.#options = options;
    this.#given = given;
  }

  /**
   * Opens the account's keys and its vault. Where the server gave keys that cannot be right, the person is told, and only
   * private messages do not work.
   *
   * @param options See {@linkcode AccountKeysOptions}.
   * @param given What the server gave at sign-in.
   * @throws {ChatError} `storage_failed`, `disconnected` and others where the server does not answer as it should.
   */
  static async open(
    options: AccountKeysOptions,
    given: KeptIdentityContent | null,
  ): Promise<AccountKeys> {
    const keys = new AccountKeys(options, given);
    await keys.#openKeys(false);
    return keys;
  }

  async #openKeys(acceptOthers: boolean): Promise<void> {
    const { credentials, request, state, notice, nowMs } = this.#options;
    try {
      const own = { credentials, given: this.#given, request, state, acceptOthers };
      const { identity, kept } = await openOwnIdentity(own);
      await this.#giveSupplement(identity, kept);
      const warn = (remark: Remark) => notice(null, remark);
      const vault = await VaultKeeper.open({ identity, request, state, warn });
      const peers = new PeerKeys({ own: identity, vault, request, notice, nowMs });
      const cipher = new EnvelopeCipher(identity);
      const opener = new MessageOpener({ nameKey: identity.nameKey, cipher, peers });
      const reader = new StreamReader({ opener, request, notice });
      this.#open = { identity, cipher, vault, peers, reader };
      this.#problem = null;
    } catch (error) {
      const serious = error instanceof ClientError &&
        ["key_changed", "cannot_open"].includes(error.code);
      if (!serious) throw error;
      this.#problem = error;
      notice(null, error.remark);
    }
  }

  /** The account's own keys. @throws {ChatError} Why there are none. */
  get identity(): Identity {
    return this.#needKeys().identity;
  }

  /** What seals and opens. @throws {ChatError} Why there are no keys. */
  get cipher(): ConversationCipher {
    return this.#needKeys().cipher;
  }

  /** Whose keys are trusted. @throws {ChatError} Why there are no keys. */
  get peers(): PeerKeys {
    return this.#needKeys().peers;
  }

  /** A live post as it is shown. Never rejects. */
  async live(post: Post): Promise<ShownPost> {
    if (this.#open !== null) return await this.#open.reader.live(post);
    return withoutKeys(post);
  }

  /** A page of history as it is shown; see {@linkcode StreamReader.page}. */
  async page(
    posts: readonly Post[],
    more: boolean,
    query: RequestInputOf<"history">,
  ): Promise<Omit<ShownPage, "more">> {
    if (this.#open !== null) return await this.#open.reader.page(posts, more, query);
    return { posts: posts.map(withoutKeys), annotations: [] };
  }

  async #giveSupplement(identity: Identity, kept: KeptIdentityContent): Promise<void> {
    const { request, notice } = this.#options;
    const isOwn = await giveSupplement(identity, kept, request);
    if (!isOwn) notice(null, { kind: "own_keys_replaced" });
  }

  /** A new link is signed in: the server must know the same keys and the same vault as before. */
  async resumed(given: KeptIdentityContent | null): Promise<void> {
    if (this.#open !== null) {
      const { identity } = this.#open;
      if (given?.record === identity.record.toBase64()) await this.#giveSupplement(identity, given);
      else this.#options.notice(null, { kind: "own_keys_replaced" });
    }
    this.#given = given;
    this.#open?.peers.forgetAsked();
    await this.#open?.vault.refresh();
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
}

function withoutKeys(post: Post): ShownPost {
  return isSealed(post) ? closed(post, { kind: "own_keys_missing" }) : readable(post);
}
