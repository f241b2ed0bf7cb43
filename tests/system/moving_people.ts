/**
 * People with the real client who sit on servers of a cluster, post, and note what they are shown and when their server was gone.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { ServerTrust } from "../../client/connect/trust.ts";
import { ChatClient, type ClientEvent } from "../../client/core/chat/chat_client.ts";
import { waysTo } from "../../client/join/ways.ts";
import { credentialsOfEveryone } from "../fixtures/accounts.ts";
import type { ChatError } from "../../protocol/wire/errors.ts";
import type { ClusterNode } from "./cluster_node.ts";

/** How long one of their connections may take, in milliseconds. */
const timeoutMs = 10_000;

/** One of them. */
export class MovingPerson {
  client!: ChatClient;
  /** The ids of the posts that were shown, in that order. */
  readonly shown: string[] = [];
  /** The ids of the posts that were acknowledged. */
  readonly acknowledged: string[] = [];
  /** How long each post took to be acknowledged, in milliseconds. */
  readonly postMs: number[] = [];
  /** When this person was back on another server, by `performance.now()`. */
  readonly movedAtMs: number[] = [];
  /** Where this person went, in that order. */
  readonly movedTo: string[] = [];
  /** Those of whom it was told that they went. */
  readonly gone: string[] = [];
  /** Why the client has ended; null while it has not. */
  ended: ChatError | null = null;
  #posting: Promise<void> = Promise.resolve();
  #isPosting = false;
  #wake = Promise.withResolvers<void>();

  private constructor(readonly name: string) {}

  /**
   * Joins.
   *
   * @param name An account with the password of everyone.
   * @param node The server that is given.
   * @param folder The client's data folder, which exists; many can share it.
   */
  static async join(name: string, node: ClusterNode, folder: string): Promise<MovingPerson> {
    const person = new MovingPerson(name);
    const trust = new ServerTrust({
      dataDirectory: folder,
      expectedFingerprint: node.server.fingerprint,
      confirmNewServer: () => Promise.reject(new Error("nobody is asked")),
    });
    const given = { host: "127.0.0.1", port: node.server.port, timeoutMs };
    person.client = await ChatClient.open({
      credentials: await credentialsOfEveryone(name),
      onEvent: (event) => person.#take(event),
      ...await waysTo(given, trust),
    });
    return person;
  }

  /** Where this person is. */
  get server(): string | null {
    return this.client.server;
  }

  /** Posts again and again, one post at a time. @param intervalMs How often at the most. */
  post(intervalMs: number): void {
    this.#isPosting = true;
    this.#posting = this.#postAll(intervalMs);
  }

  /** Posts no more. Resolves when the last post is acknowledged. */
  async rest(): Promise<void> {
    this.#isPosting = false;
    await this.#posting;
  }

  /** Waits until something is as it should be; looked at after each event. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.ended !== null) throw this.ended;
      await this.#wake.promise;
    }
  }

  async #postAll(intervalMs: number): Promise<void> {
    while (this.#isPosting) {
      const id = `${this.name}-${this.acknowledged.length}`;
      const beganMs = performance.now();
      await this.client.post("#lobby", id, id);
      const tookMs = performance.now() - beganMs;
      this.postMs.push(tookMs);
      this.acknowledged.push(id);
      if (tookMs < intervalMs) await delay(intervalMs - tookMs);
    }
  }

  #take(event: ClientEvent): void {
    if (event.type === "post") this.shown.push(event.post.id);
    if (event.type === "presence") this.gone.push(...event.left);
    if (event.type === "ended") this.ended = event.error;
    if (event.type === "online" && event.movedTo !== null) {
      this.movedAtMs.push(performance.now());
      this.movedTo.push(event.movedTo);
    }
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

/** Waits until everyone has been shown the same, and compares: what was acknowledged is there, once, in one order. */
export async function assertAllShown(people: readonly MovingPerson[]): Promise<void> {
  const acknowledged = people.flatMap((person) => person.acknowledged);
  const [first] = people;
  for (const person of people) {
    await person.until(() => acknowledged.every((id) => person.shown.includes(id)));
    assertEquals(new Set(person.shown).size, person.shown.length, person.name);
    assertEquals(person.shown, first!.shown, person.name);
  }
}

/** The value below which so many of a hundred lie. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  const at = Math.min(sorted.length - 1, Math.floor(sorted.length * percent / 100));
  return sorted[at] ?? NaN;
}
