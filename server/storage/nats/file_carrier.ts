/**
 * What the servers of a cluster ask one another about files, over NATS: by a connection of its own, so that nothing that is said waits
 * behind a file.
 *
 * @module
 */
import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { ClusterPresence } from "../cluster_view.ts";
import type { FilePeers } from "../files/file_peers.ts";
import type { ClusterOptions } from "./cluster_options.ts";
import { logNames } from "./log_stream.ts";
import { connectionOptions, firstConnectionMs, unreachable } from "./nats_keeper.ts";
import { placeIntervalMs } from "./places.ts";

/** The own server as one of its cluster. */
export interface ClusterMember {
  readonly presence: Pick<ClusterPresence, "place" | "reached">;
  /** The cluster's id: whoever does not know it is no server of this cluster, and cannot ask for anything. */
  readonly cluster: string;
  /** This run of the server. */
  readonly run: string;
  /** The runs of the others, as they have told them. */
  readonly others: () => readonly string[];
}

/** After this time all others have been heard of, in milliseconds: see `FilePeers.settled`. */
const settledAfterMs = placeIntervalMs + 500;

/** What a run is called: nothing else is made a part of a subject. */
const runPattern = /^[0-9a-f-]{36}$/;

/** Carries questions and answers. */
export class FileCarrier implements FilePeers {
  readonly #connection: NatsConnection;
  readonly #member: ClusterMember;
  readonly #subject: string;
  readonly #closing = new AbortController();
  /** See {@linkcode FilePeers.settled}. */
  readonly settled: Promise<void>;

  private constructor(connection: NatsConnection, member: ClusterMember, subject: string) {
    this.#connection = connection;
    this.#member = member;
    this.#subject = subject;
    this.settled = delay(settledAfterMs, this.#closing).catch(() => {});
  }

  /**
   * Connects.
   *
   * @param options Where to, and how.
   * @param member The own server.
   * @throws {StorageError} where NATS cannot be reached within half a minute.
   */
  static async open(options: ClusterOptions, member: ClusterMember): Promise<FileCarrier> {
    const connecting = connect({ ...connectionOptions(options), waitOnFirstConnect: true });
    try {
      const connection = await deadline(connecting, firstConnectionMs);
      return new FileCarrier(
        connection,
        member,
        `${logNames(options.name).files}.${member.cluster}`,
      );
    } catch (error) {
      connecting.then((late) => late.close(), () => {});
      throw unreachable(options, error);
    }
  }

  /** See {@linkcode FilePeers.self}. */
  get self(): string {
    return this.#member.run;
  }

  /** See {@linkcode FilePeers.others}. */
  get others(): readonly string[] {
    return this.#member.others().filter((run) => runPattern.test(run));
  }

  /** See {@linkcode FilePeers.place}. */
  get place(): number {
    return this.#member.presence.place;
  }

  /** See {@linkcode FilePeers.reached}. */
  reached(place: number, timeoutMs: number): Promise<boolean> {
    return this.#member.presence.reached(place, timeoutMs);
  }

  /** See {@linkcode FilePeers.ask}. */
  async ask(server: string, question: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const options = { timeout: timeoutMs };
    const { data } = await this.#connection.request(
      `${this.#subject}.${server}`,
      question,
      options,
    );
    return data;
  }

  /** See {@linkcode FilePeers.answer}. */
  answer(answering: (question: Uint8Array) => Promise<Uint8Array>): void {
    this.#connection.subscribe(`${this.#subject}.${this.self}`, {
      callback: (error, message) => {
        if (error !== null) return;
        // Whoever gets no answer asks another server.
        answering(message.data).then((answer) => message.respond(answer)).catch(() => {});
      },
    });
  }

  /** See {@linkcode FilePeers.close}. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#connection.close();
  }
}
