/**
 * The connection to the server over time: one link after the other, with a way to ask that outlives them.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import type { ReplyOf, RequestInputOf, RequestType } from "../../../protocol/wire/requests.ts";
import type { Link } from "./link.ts";
import type { ChannelBinding } from "./transport.ts";

/** Makes a request over the connection that is there. Rejected with a {@linkcode ChatError}. */
export type Requester = <T extends RequestType>(
  type: T,
  content: RequestInputOf<T>,
) => Promise<ReplyOf<T>>;

/** A signed-in link, until the next one takes its place. */
export class ServerLink {
  #link: Link;
  #channelBinding: ChannelBinding;
  #next = nextLink();

  /**
   * @param link The first link.
   * @param channelBinding The data of `tls-server-end-point` for it (RFC 5929), or null.
   */
  constructor(link: Link, channelBinding: ChannelBinding) {
    this.#link = link;
    this.#channelBinding = channelBinding;
  }

  /** The present link. */
  get link(): Link {
    return this.#link;
  }

  /** What a proof must be bound to on the present link. */
  get channelBinding(): ChannelBinding {
    return this.#channelBinding;
  }

  /** See {@linkcode Requester}. */
  readonly request: Requester = (type, content) => this.#link.request(type, content);

  /** Puts a new link in the place of one that was lost. */
  replace(link: Link, channelBinding: ChannelBinding): void {
    this.#link = link;
    this.#channelBinding = channelBinding;
    this.#next.resolve();
    this.#next = nextLink();
  }

  /** There will be no further link. */
  end(error: ChatError): void {
    this.#next.reject(error);
  }

  /**
   * Does something that makes requests, again and again until no lost connection comes between.
   *
   * @param action What to do. It may be done in part before it is done again.
   * @return What the action gave.
   * @throws {ChatError} What the server answered, or why there is no connection any more.
   */
  async surely<T>(action: () => Promise<T>): Promise<T> {
    for (;;) {
      const link = this.#link;
      try {
        return await action();
      } catch (error) {
        if (!isLost(error)) throw error;
        if (this.#link === link) await this.#next.promise;
      }
    }
  }
}

/** Whether an error means that no answer came. */
export function isLost(error: unknown): boolean {
  return error instanceof ChatError && (error.code === "disconnected" || error.code === "timeout");
}

function nextLink(): PromiseWithResolvers<void> {
  const next = Promise.withResolvers<void>();
  // Nobody has to wait for it.
  next.promise.catch(() => {});
  return next;
}
