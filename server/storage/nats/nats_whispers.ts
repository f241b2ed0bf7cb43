/**
 * Whispers between the servers of a cluster, over NATS without its stream: what is not heard is gone.
 *
 * @module
 */
import type { NatsConnection, Subscription } from "@nats-io/transport-node";
import { encodeWhisper, readWhisper } from "./whisper_text.ts";
import { LocalWhispers, type Whisper, type Whispers } from "../whispers.ts";

/** More than any whisper is long. */
const whisperBytesMax = 512 * 1024;

/** Whispers to and from the other servers. */
export class NatsWhispers implements Whispers {
  readonly #local = new LocalWhispers();
  readonly #connection: NatsConnection;
  readonly #subject: string;
  /** Told with each whisper: what comes back is not heard again. */
  readonly #sender = crypto.randomUUID();
  readonly #subscription: Subscription;

  /**
   * @param connection The connection.
   * @param subject Where the servers of one cluster whisper.
   */
  constructor(connection: NatsConnection, subject: string) {
    this.#connection = connection;
    this.#subject = subject;
    this.#subscription = connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) this.#heard(message.data);
      },
    });
  }

  /** See `Whispers.tell`. */
  tell(whisper: Whisper): void {
    this.#local.tell(whisper);
    if (this.#connection.isClosed()) return;
    this.#connection.publish(this.#subject, encodeWhisper(this.#sender, whisper));
  }

  /** See `Whispers.hear`. */
  hear(listener: (whisper: Whisper) => void): () => void {
    return this.#local.hear(listener);
  }

  /** Ends it. */
  close(): void {
    this.#subscription.unsubscribe();
  }

  #heard(data: Uint8Array): void {
    if (data.length > whisperBytesMax) return;
    const heard = readWhisper(data);
    if (heard !== null && heard.sender !== this.#sender) this.#local.tell(heard.whisper);
  }
}
