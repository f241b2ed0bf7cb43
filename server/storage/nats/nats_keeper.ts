/**
 * NATS as the keeper of the log: the connection, made and kept, the stream and its readers.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import {
  type Consumer,
  type ConsumerMessages,
  jetstream,
  type JetStreamClient,
  type JetStreamManager,
  jetstreamManager,
} from "@nats-io/jetstream";
import {
  AuthorizationError,
  connect,
  credsAuthenticator,
  type NatsConnection,
  type NodeConnectionOptions,
} from "@nats-io/transport-node";
import { StorageError } from "../storage_error.ts";
import type { ClusterOptions } from "./cluster_options.ts";
import {
  answerMs,
  type LogKeeper,
  type LogMessage,
  type LogReading,
  type ToldSubject,
} from "./log_keeper.ts";
import {
  endCompression,
  findLog,
  type FoundLog,
  type LogNames,
  logNames,
  makeLog,
} from "./log_stream.ts";

/** How long a start tries to reach NATS. */
export const firstConnectionMs = 30_000;

const againMs = 500;

/** How often a NATS server is asked for a sign of life; two that are missing end the connection. */
const pingMs = 2_000;

/** How many messages are asked for at once, and how long such a question stands. A fetch ends by itself: nothing hangs for good. */
const fetchMessages = 200;
const fetchMs = 5_000;

/** The server says that it is still there so often; two that are missing end the fetch. */
const heartbeatMs = 250;

/** What NATS must take as one message, in bytes: a batch of commands may come near it. It is what NATS takes where nothing is configured. */
const payloadBytesMin = 1024 * 1024;

/** A consumer that nobody asks is forgotten by the server after this time, in nanoseconds. */
const forgottenNs = 30 * 1e9;

/** The connection, and what JetStream is reached by. */
export class NatsKeeper implements LogKeeper {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  /** The cluster's names there. */
  readonly names: LogNames;
  readonly #client: JetStreamClient;
  readonly #options: ClusterOptions;
  readonly #watching: Promise<void>;
  /** See `LogKeeper.isConnected`. */
  isConnected = true;
  /** Called when the connection is lost. */
  readonly #waiting = new Set<(error: Error) => void>();
  /** See `LogKeeper.onConnection`. */
  onConnection: () => void = () => {};

  private constructor(
    options: ClusterOptions,
    parts: { connection: NatsConnection; manager: JetStreamManager },
  ) {
    this.#options = options;
    this.names = logNames(options.name);
    this.connection = parts.connection;
    this.manager = parts.manager;
    this.#client = jetstream(parts.connection, { timeout: answerMs });
    this.#watching = this.#watch();
  }

  /**
   * Connects.
   *
   * @param options Where to, and how.
   * @throws {StorageError} where no server can be reached within half a minute, or none lets this one in.
   */
  static async open(options: ClusterOptions): Promise<NatsKeeper> {
    const endMs = performance.now() + firstConnectionMs;
    for (;;) {
      let connection: NatsConnection | undefined;
      try {
        connection = await connect(connectionOptions(options));
        requirePayload(connection);
        const manager = await jetstreamManager(connection, { timeout: answerMs });
        await endCompression(manager, logNames(options.name));
        return new NatsKeeper(options, { connection, manager });
      } catch (error) {
        await connection?.close();
        if (error instanceof StorageError) throw error;
        if (isFinal(error) || performance.now() > endMs) throw unreachable(options, error);
        await delay(againMs);
      }
    }
  }

  /** See `LogKeeper.publish`. */
  async publish(data: Uint8Array, id: string, waitMs: number): Promise<void> {
    const options = { msgID: id, timeout: waitMs };
    await this.#within(waitMs, this.#client.publish(this.names.subject, data, options));
  }

  /** See `LogKeeper.find`. */
  async find(waitMs: number): Promise<FoundLog | null> {
    return await this.#within(waitMs, findLog(this.manager, this.names));
  }

  /** Waits for an answer. None comes over a connection that was lost. */
  async #within<Answer>(waitMs: number, answer: Promise<Answer>): Promise<Answer> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error("No answer came.")), waitMs);
    this.#waiting.add(late.reject);
    try {
      return await Promise.race([answer, late.promise]);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(late.reject);
    }
  }

  /** See `LogKeeper.make`. */
  async make(cluster: string, beganEmpty: boolean): Promise<void> {
    await makeLog(this.manager, cluster, { ...this.#options, beganEmpty });
  }

  /** See `LogKeeper.readAfter`. */
  async readAfter(sequence: number, waitMs: number): Promise<LogReading> {
    const adding = this.manager.consumers.add(this.names.stream, {
      deliver_policy: "by_start_sequence",
      opt_start_seq: sequence + 1,
      ack_policy: "none",
      inactive_threshold: forgottenNs,
      mem_storage: true,
      num_replicas: 1,
    });
    const info = await this.#within(waitMs, adding);
    return new NatsReading(this.#client.consumers.getConsumerFromInfo(info));
  }

  /** See `LogKeeper.get`. */
  async get(sequence: number, waitMs: number): Promise<LogMessage | null> {
    const getting = this.manager.streams.getMessage(this.names.stream, { seq: sequence });
    const found = await this.#within(waitMs, getting);
    return found === null ? null : { sequence: found.seq, data: found.data };
  }

  /** See `LogKeeper.tell`. */
  tell(subject: ToldSubject, text: string): void {
    try {
      this.connection.publish(this.names[subject], text);
    } catch {
      // The connection is closed, or its next server takes less than the first one did: what is told is not kept anyway.
    }
  }

  /** See `LogKeeper.hear`. */
  hear(subject: ToldSubject, listener: (data: Uint8Array) => void): () => void {
    const subscription = this.connection.subscribe(this.names[subject], {
      callback: (error, { data }) => {
        if (error === null) listener(data);
      },
    });
    return () => subscription.unsubscribe();
  }

  /** See `LogKeeper.close`. */
  async close(): Promise<void> {
    await this.connection.close();
    await this.#watching;
  }

  #lose(): void {
    for (const reject of this.#waiting) reject(new Error("The connection was lost."));
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type !== "disconnect" && type !== "reconnect") continue;
      this.isConnected = type === "reconnect";
      if (!this.isConnected) this.#lose();
      this.onConnection();
    }
  }
}

/** A consumer of the stream. */
class NatsReading implements LogReading {
  readonly #consumer: Consumer;
  #messages: ConsumerMessages | undefined;
  #stopped = false;

  constructor(consumer: Consumer) {
    this.#consumer = consumer;
  }

  async *next(): AsyncGenerator<LogMessage> {
    const messages = this.#messages = await this.#consumer.fetch({
      max_messages: fetchMessages,
      expires: fetchMs,
      idle_heartbeat: heartbeatMs,
    });
    if (this.#stopped) messages.stop();
    for await (const { seq, data } of messages) yield { sequence: seq, data };
  }

  stop(): void {
    this.#stopped = true;
    this.#messages?.stop();
  }
}

/** How a connection to NATS is made. */
export function connectionOptions(options: ClusterOptions): NodeConnectionOptions {
  return {
    servers: [...options.servers],
    name: `chat ${options.node}`,
    noRandomize: true,
    ignoreClusterUpdates: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    pingInterval: pingMs,
    maxPingOut: 2,
    timeout: answerMs,
    ...(options.encrypted
      ? { tls: options.authorities === undefined ? {} : { ca: options.authorities } }
      : {}),
    ...credentials(options.credentials),
  };
}

/** A user and a password in two lines, or what NATS itself writes for a user. */
function credentials(
  text: string | undefined,
): Pick<NodeConnectionOptions, "user" | "pass" | "authenticator"> {
  if (text === undefined) return {};
  if (text.includes("BEGIN NATS USER JWT")) {
    return { authenticator: credsAuthenticator(new TextEncoder().encode(text)) };
  }
  const [user = "", pass = ""] = text.split(/\r?\n/);
  return { user, pass };
}

/** @throws {StorageError} where a message may be too long for NATS. */
function requirePayload({ info }: NatsConnection): void {
  const bytes = info?.max_payload ?? payloadBytesMin;
  if (bytes >= payloadBytesMin) return;
  throw new StorageError(
    "failed",
    `The NATS servers take messages of at most ${bytes} bytes, and ${payloadBytesMin} are needed. ` +
      "Remove max_payload from their configuration, or set it to 1MB or more.",
  );
}

/** Whether trying again does not help: NATS does not let this server in, or is not whom it should be. */
function isFinal(error: unknown): boolean {
  return error instanceof AuthorizationError ||
    (error instanceof Error && /certificate|self.signed/i.test(`${error.message} ${error.cause}`));
}

/** The error where NATS cannot be used. */
export function unreachable({ servers }: ClusterOptions, cause: unknown): StorageError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StorageError(
    "failed",
    `The NATS servers (${
      servers.join(", ")
    }) cannot be used: ${reason}. Start them, with JetStream, or check --cluster.`,
    { cause },
  );
}
