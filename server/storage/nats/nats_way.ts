/**
 * The connection to NATS: made, kept, and known to be of use or not.
 *
 * @module
 */
import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import {
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
import type { LogWay } from "./cluster_log.ts";
import type { ClusterOptions } from "./cluster_options.ts";
import { logNames } from "./log_stream.ts";

/** How long a start tries to reach NATS. */
const firstConnectionMs = 30_000;

/** How long any answer of NATS is waited for. */
const answerMs = 2_000;

/** How often it is looked whether there is a quorum, where nothing else shows it. */
const probeIntervalMs = 2_000;

/** From when on without an answer this server counts as cut off. An election takes four to nine seconds. */
const cutOffAfterMs = 10_000;

const againMs = 500;

/** The connection, and what JetStream is reached by. */
export class NatsWay implements LogWay {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly client: JetStreamClient;
  readonly #options: ClusterOptions;
  readonly #probing: ReturnType<typeof setInterval>;
  readonly #watching: Promise<void>;
  /** Since when the last thing that was tried does not succeed; null where it has. */
  #publishFailsSince: number | null = null;
  #probeFailsSince: number | null = null;
  #wasReachable = true;
  /** Called when the log cannot be reached any more, and when it can be again. */
  onReachable: (isReachable: boolean) => void = () => {};
  /** Called when the connection was lost, or is there again. */
  onConnection: () => void = () => {};
  /** Called before the connection is closed. */
  onClose: () => Promise<void> = () => Promise.resolve();

  private constructor(
    options: ClusterOptions,
    parts: { connection: NatsConnection; manager: JetStreamManager },
  ) {
    this.#options = options;
    this.connection = parts.connection;
    this.manager = parts.manager;
    this.client = jetstream(parts.connection, { timeout: answerMs });
    this.#probing = setInterval(() => void this.#probe(), probeIntervalMs);
    this.#watching = this.#watch();
  }

  /**
   * Connects.
   *
   * @param options Where to, and how.
   * @throws {StorageError} where no server can be reached within half a minute, or none lets this one in.
   */
  static async open(options: ClusterOptions): Promise<NatsWay> {
    const endMs = performance.now() + firstConnectionMs;
    for (;;) {
      let connection: NatsConnection | undefined;
      try {
        connection = await connect(connectionOptions(options));
        const manager = await jetstreamManager(connection, { timeout: answerMs });
        return new NatsWay(options, { connection, manager });
      } catch (error) {
        await connection?.close();
        if (isFinal(error) || performance.now() > endMs) throw unreachable(options, error);
        await delay(againMs);
      }
    }
  }

  /** See `LogWay.publish`. */
  async publish(data: Uint8Array, id: string): Promise<void> {
    try {
      await this.client.publish(logNames(this.#options.name).subject, data, {
        msgID: id,
        timeout: answerMs,
      });
      this.seen();
    } catch (error) {
      this.#publishFailsSince ??= performance.now();
      this.#judge();
      throw error;
    }
  }

  /** See `LogWay.seen`. */
  seen(): void {
    this.#publishFailsSince = null;
    this.#probeFailsSince = null;
    this.#judge();
  }

  /** See `LogWay.isReachable`. */
  isReachable(): boolean {
    const nowMs = performance.now();
    return [this.#publishFailsSince, this.#probeFailsSince].every((sinceMs) =>
      sinceMs === null || nowMs - sinceMs < cutOffAfterMs
    );
  }

  /** See `LogWay.close`. */
  async close(): Promise<void> {
    clearInterval(this.#probing);
    await this.onClose();
    await this.connection.close();
    await this.#watching;
  }

  /** A stream that has no leader gives no answer. */
  async #probe(): Promise<void> {
    try {
      await deadline(this.manager.streams.info(logNames(this.#options.name).stream), answerMs);
      this.#probeFailsSince = null;
    } catch {
      if (!this.connection.isClosed()) this.#probeFailsSince ??= performance.now();
    }
    this.#judge();
  }

  #judge(): void {
    const isReachable = this.isReachable();
    if (isReachable === this.#wasReachable) return;
    this.#wasReachable = isReachable;
    this.onReachable(isReachable);
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === "disconnect" || type === "reconnect") this.onConnection();
    }
  }
}

function connectionOptions(options: ClusterOptions): NodeConnectionOptions {
  return {
    servers: [...options.servers],
    name: `chat ${options.node}`,
    noRandomize: true,
    ignoreClusterUpdates: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    pingInterval: 5_000,
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

/** Whether trying again does not help: NATS does not let this server in, or is not whom it should be. */
function isFinal(error: unknown): boolean {
  return error instanceof AuthorizationError ||
    (error instanceof Error && /certificate|self.signed/i.test(`${error.message} ${error.cause}`));
}

function unreachable({ servers }: ClusterOptions, cause: unknown): StorageError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StorageError(
    "failed",
    `The NATS servers (${
      servers.join(", ")
    }) cannot be used: ${reason}. Start them, with JetStream, or check --cluster.`,
    { cause },
  );
}
