/**
 * Whispers between the servers of a cluster, over NATS without its stream: what is not heard is gone.
 *
 * @module
 */
import * as v from "valibot";
import type { NatsConnection, Subscription } from "@nats-io/transport-node";
import { LocalWhispers, type Whisper, type Whispers } from "../whispers.ts";

/** What another server has told; anything else, as from a newer program, is passed over. */
const schema = v.object({
  run: v.string(),
  whisper: v.variant("type", [
    v.object({
      type: v.literal("read"),
      nameKey: v.string(),
      sequence: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    }),
  ]),
});

/** Far more than any whisper is long. */
const whisperBytesMax = 64 * 1024;

/** Whispers to and from the other servers. */
export class NatsWhispers implements Whispers {
  readonly #local = new LocalWhispers();
  readonly #connection: NatsConnection;
  readonly #subject: string;
  readonly #run = crypto.randomUUID();
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
    this.#connection.publish(this.#subject, JSON.stringify({ run: this.#run, whisper }));
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
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder().decode(data));
    } catch {
      return;
    }
    const parsed = v.safeParse(schema, value);
    if (!parsed.success || parsed.output.run === this.#run) return;
    this.#local.tell(parsed.output.whisper);
  }
}
