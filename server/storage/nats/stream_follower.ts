/**
 * Follows the stream, whatever happens to the servers of NATS: a consumer that falls silent is left, and another one is made.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import type { ConsumerMessages, JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { ClusterLog, LogMessage } from "./cluster_log.ts";

/** How many messages are asked for at once, and how long such a question stands. A fetch ends by itself: nothing hangs for good. */
const fetchMessages = 200;
const fetchMs = 5_000;

/** The server says that it is still there so often; two that are missing end the fetch. */
const heartbeatMs = 500;

/** A pause before another consumer is made. */
const againMs = 200;

/** A consumer that nobody asks is forgotten by the server after this time, in nanoseconds. */
const forgottenNs = 30 * 1e9;

/** What is applied in one transaction at the most, in bytes of messages. */
const applyBytesMax = 1024 * 1024;

/** Follows a stream into a log. */
export class StreamFollower {
  readonly #manager: JetStreamManager;
  readonly #client: JetStreamClient;
  readonly #stream: string;
  readonly #log: ClusterLog;
  #arrived: LogMessage[] = [];
  #applying: Promise<void> | undefined;
  #messages: ConsumerMessages | undefined;
  #running: Promise<void> | undefined;
  #ended = false;
  #restarted = false;

  /** @param parts The ways to JetStream, the stream's name, and what takes its messages. */
  constructor(
    { manager, client, stream, log }: {
      manager: JetStreamManager;
      client: JetStreamClient;
      stream: string;
      log: ClusterLog;
    },
  ) {
    this.#manager = manager;
    this.#client = client;
    this.#stream = stream;
    this.#log = log;
  }

  /** Begins. */
  start(): void {
    this.#running = this.#follow();
  }

  /** The connection was lost, or is there again: the consumer may be gone. */
  restart(): void {
    this.#restarted = true;
    this.#messages?.stop();
  }

  /** Ends. */
  async stop(): Promise<void> {
    this.#ended = true;
    this.restart();
    await this.#running;
    await this.#applying;
  }

  async #follow(): Promise<void> {
    while (!this.#ended) {
      try {
        await this.#withConsumer();
      } catch {
        // No leader now, no server now, or the consumer went with its server: the next one begins where this one ended.
      }
      // What has arrived must be applied before the next place is known.
      await this.#applying;
      if (!this.#ended) await delay(againMs);
    }
  }

  async #withConsumer(): Promise<void> {
    const { name } = await this.#manager.consumers.add(this.#stream, {
      deliver_policy: "by_start_sequence",
      opt_start_seq: this.#log.place.applied + 1,
      ack_policy: "none",
      inactive_threshold: forgottenNs,
      mem_storage: true,
      num_replicas: 1,
    });
    const consumer = await this.#client.consumers.get(this.#stream, name);
    this.#restarted = false;
    while (!this.#ended && !this.#restarted) {
      const messages = this.#messages = await consumer.fetch({
        max_messages: fetchMessages,
        expires: fetchMs,
        idle_heartbeat: heartbeatMs,
      });
      for await (const { seq, data } of messages) this.#arrive({ sequence: seq, data });
      await this.#applying;
    }
  }

  #arrive(message: LogMessage): void {
    this.#arrived.push(message);
    this.#applying ??= this.#applyAll();
  }

  async #applyAll(): Promise<void> {
    try {
      while (this.#arrived.length > 0) await this.#log.take(this.#next());
    } catch {
      // The log has told its server.
      this.#ended = true;
      this.#messages?.stop();
    } finally {
      this.#arrived = [];
      this.#applying = undefined;
    }
  }

  #next(): LogMessage[] {
    let bytes = 0;
    let count = 0;
    for (const { data } of this.#arrived) {
      bytes += data.length;
      if (count > 0 && bytes > applyBytesMax) break;
      count++;
    }
    return this.#arrived.splice(0, count);
  }
}
