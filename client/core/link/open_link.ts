/**
 * A link before anybody is signed in: its events wait for whoever takes them over.
 *
 * @module
 */
import type { ChatError } from "../../../protocol/wire/errors.ts";
import type { EventOf, ServerEvent } from "../../../protocol/wire/events.ts";
import { Link, type LinkOptions } from "./link.ts";
import type { ChannelBinding, ServerConnection, Transport } from "./transport.ts";

/** What takes over a link. */
export type Adopter = Required<
  Pick<LinkOptions, "onEvent" | "onBatch" | "onClosed" | "waitingBytes">
>;

/** Makes a connection to a server that is trusted: the one that was given, or another one of its cluster, as `host:port`. */
export type Connect = (signal: AbortSignal, server?: string) => Promise<ServerConnection>;

/** Makes a further connection to a server that is trusted already, for the bytes of a file. */
export type ConnectBulk = (signal: AbortSignal, server?: string) => Promise<Transport>;

/** A link with a memory for what came before somebody took it over. */
export class OpenLink {
  /** The link itself. */
  readonly link: Link;
  /** What a proof must be bound to on it. */
  readonly channelBinding: ChannelBinding;
  #early: { readonly event: ServerEvent; readonly bytes: number }[] = [];
  #earlyBytes = 0;
  #closed: ChatError | null = null;
  #adopter: Adopter = {
    onEvent: (event, bytes) => {
      this.#early.push({ event, bytes });
      this.#earlyBytes += bytes;
    },
    onBatch: () => {},
    onClosed: (error) => this.#closed = error,
    waitingBytes: () => this.#earlyBytes,
  };

  /**
   * Begins to read.
   *
   * @param connection The connection.
   * @param replyTimeoutMs How long a reply may take, in milliseconds.
   */
  constructor({ transport, channelBinding }: ServerConnection, replyTimeoutMs?: number) {
    this.channelBinding = channelBinding;
    this.link = new Link(transport, {
      onEvent: (event, bytes) => this.#adopter.onEvent(event, bytes),
      onBatch: () => this.#adopter.onBatch(),
      onClosed: (error) => this.#adopter.onClosed(error),
      waitingBytes: () => this.#adopter.waitingBytes(),
      ...(replyTimeoutMs === undefined ? {} : { replyTimeoutMs }),
    });
  }

  /** What the server has said of itself; null where nothing came yet. It comes before every reply. */
  get hello(): EventOf<"hello"> | null {
    for (const { event } of this.#early) if (event.event === "hello") return event.content;
    return null;
  }

  /** Takes the events over, those first that came already, and the end, also where it came already. */
  adopt(adopter: Adopter): void {
    this.#adopter = adopter;
    for (const { event, bytes } of this.#early.splice(0)) adopter.onEvent(event, bytes);
    if (this.#closed !== null) adopter.onClosed(this.#closed);
  }
}
