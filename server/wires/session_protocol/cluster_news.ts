/**
 * What chat clients of a cluster are told that those of a single server need not know: where the other servers are, and, all the
 * time, that this one is still there.
 *
 * @module
 */
import { aliveIntervalMs } from "../../../protocol/wire/limits.ts";
import type { ClusterView } from "../../storage/cluster_view.ts";
import { encodeEvent } from "./encoding.ts";
import type { ProtocolConnection } from "./protocol_connection.ts";

/** Signs of life are given to some of the connections at a time: to all at once would keep everyone waiting. */
const stepsPerInterval = 10;

const alive = encodeEvent("alive", {});

/** Tells it until it is stopped. */
export class ClusterNews {
  readonly #connections: ReadonlySet<ProtocolConnection>;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #unwatch: () => void;
  #round: IterableIterator<ProtocolConnection>;
  /** How many connections are to be told next, times the steps: where there are few, one in some steps. */
  #due = 0;

  /**
   * Begins.
   *
   * @param cluster The cluster.
   * @param connections Those who are told, as they are at each moment.
   */
  constructor(cluster: ClusterView, connections: ReadonlySet<ProtocolConnection>) {
    this.#connections = connections;
    this.#round = connections.values();
    this.#unwatch = cluster.watch((addresses) => this.#tellAddresses(addresses));
    this.#timer = setInterval(() => this.#step(), aliveIntervalMs / stepsPerInterval);
  }

  /** Tells nothing more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#unwatch();
  }

  #tellAddresses(addresses: readonly string[]): void {
    const frame = encodeEvent("servers", { servers: [...addresses] });
    for (const connection of this.#connections) {
      if (isThere(connection)) connection.outbox.push(frame);
    }
  }

  /** Goes on through the connections, so that each has its turn once in an interval. */
  #step(): void {
    this.#due += this.#connections.size;
    for (; this.#due >= stepsPerInterval; this.#due -= stepsPerInterval) {
      const connection = this.#next();
      // What is on its way is a sign of life already.
      if (connection !== undefined && isThere(connection) && connection.outbox.isIdle) {
        connection.outbox.push(alive);
      }
    }
  }

  #next(): ProtocolConnection | undefined {
    const next = this.#round.next();
    if (next.done !== true) return next.value;
    this.#round = this.#connections.values();
    return this.#round.next().value;
  }
}

function isThere({ session }: ProtocolConnection): boolean {
  return session?.ended === false;
}
