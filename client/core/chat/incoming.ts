/**
 * The way in: what the server tells is put in order with what was missed, opened where it is sealed, and told.
 *
 * @module
 */
import type { ServerEvent } from "../../../protocol/wire/events.ts";
import type { Post } from "../../../protocol/wire/fields.ts";
import type { AccountKeys } from "../e2e/account_keys.ts";
import { isPrivate, readable, type ShownPost } from "../e2e/message_view.ts";
import type { Requester } from "../link/server_link.ts";
import { CatchUp } from "./catch_up.ts";
import type { ClientEvent } from "./client_types.ts";
import { EventPipe } from "./event_pipe.ts";

/** What the way in is made with. */
export interface IncomingOptions {
  /** The last post that counts as shown. */
  readonly lastSequence: number;
  /** What private messages are opened with. */
  readonly keys: AccountKeys;
  /** Takes each event, in order. Must not throw. */
  readonly onEvent: (event: ClientEvent) => void;
  /** Until then events wait. */
  readonly ready?: Promise<void> | undefined;
}

/** Posts that are fetched at once. */
const pageLimit = 100;

/** The way in of one client: catch up, open, tell. */
export class Incoming {
  readonly #keys: AccountKeys;
  readonly #pipe: EventPipe<ClientEvent>;
  readonly #catchUp: CatchUp;

  /** @param options See {@linkcode IncomingOptions}. */
  constructor({ keys, lastSequence, onEvent, ready }: IncomingOptions) {
    this.#keys = keys;
    this.#pipe = new EventPipe(onEvent, ready);
    this.#catchUp = new CatchUp(lastSequence, (...shown) => this.#show(...shown));
    this.#catchUp.finish();
  }

  /** The last post that was delivered. */
  get sequence(): number {
    return this.#catchUp.sequence;
  }

  /** How much waits. */
  get waitingBytes(): number {
    return this.#pipe.waitingBytes + this.#catchUp.waitingBytes;
  }

  /**
   * Takes what the server tells; what is only about the connection is passed over.
   *
   * @param event What it is.
   * @param bytes What it counts while it waits.
   */
  take(event: ServerEvent, bytes: number): void {
    switch (event.event) {
      case "post":
        return this.#catchUp.take(event.content.post, bytes);
      case "presence":
      case "members":
      case "topic":
      case "ruled":
      case "joined":
      case "left":
      case "invited":
      case "read":
      case "draft":
        return this.#pipe.push({ type: event.event, ...event.content } as ClientEvent, bytes);
      default:
    }
  }

  /** Tells something of the client itself, in its place among what came. */
  tell(event: ClientEvent): void {
    this.#pipe.push(event, 0);
  }

  /** The connection was lost: live posts wait from now on. */
  begin(): void {
    this.#catchUp.begin();
  }

  /**
   * Fetches what was missed. Live posts go on waiting until {@linkcode Incoming.finish}.
   *
   * @param request Makes a request.
   * @param lastSequence The newest post on the server.
   * @throws {ChatError} All of `history`.
   */
  async fetchMissed(request: Requester, lastSequence: number): Promise<void> {
    let more = this.sequence < lastSequence;
    while (more) {
      const after = this.sequence;
      const page = await request("history", { after, limit: pageLimit });
      for (const post of page.posts) this.#catchUp.takeMissed(post);
      await this.#pipe.drained();
      more = page.more && this.sequence > after;
    }
  }

  /** Everything that was missed was fetched: what waited comes, and then what is live. */
  finish(): void {
    this.#catchUp.finish();
  }

  /** Resolves when everything that came so far was told. */
  drained(): Promise<void> {
    return this.#pipe.drained();
  }

  #show(post: Post, missed: boolean, bytes: number): void {
    const shown = (shown: ShownPost): ClientEvent => ({ type: "post", post: shown, missed });
    if (!isPrivate(post)) return this.#pipe.push(shown(readable(post)), bytes);
    this.#pipe.pushLater(async () => shown(await this.#keys.live(post)), bytes);
  }
}
