/**
 * Seals private messages on their way out, each in its place of the chain toward its recipient.
 *
 * @module
 */
import { chainIdBytes } from "../../../protocol/wire/limits.ts";
import type { RequestInputOf } from "../../../protocol/wire/requests.ts";
import { foldPeerName } from "../../../protocol/names/guest_names.ts";
import type { ChainPlace } from "../../../protocol/e2e/private_body.ts";
import { type Content, fallbackText } from "../../../protocol/content.ts";
import { ClientError } from "../link/client_error.ts";
import type { Sent } from "../link/sendable.ts";
import type { ServerLink } from "../link/server_link.ts";
import type { AccountKeys } from "./account_keys.ts";
import type { RecipientKeys } from "./conversation_cipher.ts";
import type { PrivateState } from "./private_state.ts";

/** What a sealer is made with. */
export interface SealerOptions {
  readonly keys: AccountKeys;
  readonly line: ServerLink;
  readonly state: PrivateState;
  /** The account's name as it is shown. */
  readonly ownName: string;
  /** Takes what is sealed, and resolves when it is stored. */
  readonly next: (content: RequestInputOf<"private">) => Promise<Sent>;
}

/** What is to be sent, and what is to be done when it is stored. */
interface Prepared {
  readonly content: RequestInputOf<"private">;
  readonly stored: () => void;
}

/** Seals the private messages of one client. */
export class Sealer {
  readonly #options: SealerOptions;
  /** For each recipient the message before, or the attempt at it: one after the other, so that places have no gaps. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #chains = new Map<string, ChainPlace>();
  #size = 0;

  /** @param options See {@linkcode SealerOptions}. */
  constructor(options: SealerOptions) {
    this.#options = options;
  }

  /** Messages that are not sealed yet. */
  get size(): number {
    return this.#size;
  }

  /**
   * Sends a private message. Messages to one recipient are sealed and stored one after the other. A recipient whose programs may not
   * know what is more than a text gets a text in its place.
   *
   * @param to The recipient's name.
   * @param content What is said; whoever calls has checked its text.
   * @param id The message's id.
   * @return When it is stored.
   * @throws {ChatError} `bad_text`, `bad_name`, `no_such_user`, `key_changed`, `not_encrypted`, `cannot_open` where the account
   * has no keys; what the server answered, or why the client has ended.
   */
  async send(to: string, content: Content, id: string): Promise<Sent> {
    const turn = foldPeerName(to);
    const before = this.#turns.get(turn) ?? Promise.resolve();
    this.#size++;
    const sent = before.then(() => this.#sendNow(to, content, id));
    const done = sent.then(() => {}, () => {});
    this.#turns.set(turn, done);
    try {
      return await sent;
    } finally {
      if (this.#turns.get(turn) === done) this.#turns.delete(turn);
    }
  }

  /**
   * Sees that a file can be sent to somebody, before all of it goes to the server in vain.
   *
   * @throws {ChatError} As `send`, and `unsupported`.
   */
  async checkFiles(to: string): Promise<void> {
    const { keys: { peers }, line } = this.#options;
    const { name, keys } = await line.surely(() => peers.forSending(to));
    requireFiles(name, keys);
  }

  /** Resolves when nothing is being sent. */
  async drained(): Promise<void> {
    while (this.#turns.size > 0) await Promise.all(this.#turns.values());
  }

  async #sendNow(to: string, said: Content, postId: string): Promise<Sent> {
    const { content, stored } = await this.#prepare(to, said, postId).finally(() => this.#size--);
    const sent = await this.#options.next(content);
    stored();
    return sent;
  }

  async #prepare(to: string, said: Content, postId: string): Promise<Prepared> {
    const { keys: { peers }, line, ownName } = this.#options;
    const { name, nameKey, keys } = await line.surely(() => peers.forSending(to));
    if (said.kind === "file") requireFiles(name, keys);
    if (keys === null) {
      const body = fallbackText(said, ownName);
      return { content: { to: name, postId, kind: "text", body }, stored: () => {} };
    }
    const { keys: { identity, cipher }, state } = this.#options;
    // Every program that gives the second key knows all kinds.
    const content: Content = keys.encapsulation === null
      ? { kind: "text", text: fallbackText(said, ownName), about: null }
      : said;
    const last = this.#chains.get(nameKey) ?? { chain: newChain(), number: 0 };
    const place = { chain: last.chain, number: last.number + 1 };
    const after = place.number === 1 ? state.lastSent(nameKey) : null;
    const address = { from: identity.nameKey, to: nameKey, id: postId };
    const body = await cipher.seal({ place, after, ...content }, address, keys);
    const stored = () => {
      this.#chains.set(nameKey, place);
      state.noteSent(nameKey, place);
    };
    return { content: { to: name, postId, kind: "sealed", body }, stored };
  }
}

/** Every program that gives the second key knows files. */
function requireFiles(name: string, keys: RecipientKeys | null): void {
  if ((keys?.encapsulation ?? null) !== null) return;
  throw new ClientError("unsupported", { kind: "no_files_for", name });
}

function newChain(): string {
  return crypto.getRandomValues(new Uint8Array(chainIdBytes)).toHex();
}
