/**
 * Someone with the real headless client at a real cluster, who posts, and notes what was promised and shown, and how long it took.
 *
 * @module
 */
import { ChatClient, type ClientEvent } from "../../../client/core/chat/chat_client.ts";
import { Servers } from "../../../client/core/link/servers.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { credentialsOfEveryone } from "../../fixtures/accounts.ts";
import type { Door } from "./native.ts";

/** How long an end waits for what is under way. */
const closeMs = 10_000;

/** The talker. */
export class Talker {
  /** The sequence of each id that was acknowledged. */
  readonly acknowledged = new Map<string, number>();
  /** What was refused, by id. */
  readonly refused = new Map<string, ChatError>();
  /** The ids that were shown, by their sequences, in the order in which they were. */
  readonly shown: (readonly [sequence: number, id: string])[] = [];
  /** How long each post took until it was acknowledged, in milliseconds. */
  readonly postMs: number[] = [];
  /** How long each loss of the connection lasted, in milliseconds. */
  readonly awayMs: number[] = [];
  /** The number of the newest post that was acknowledged; -1 where none was. */
  newestAcknowledged = -1;
  #client: ChatClient | null = null;
  #lostMs: number | null = null;
  #count = 0;
  #isLeaving = false;
  #ended: unknown;
  readonly #underWay = new Set<Promise<void>>();

  private constructor(readonly name: string) {}

  /**
   * Signs in.
   *
   * @param name An account with everyone's password.
   * @param doors The servers by their addresses; the first one is the one that the person has given.
   */
  static async open(name: string, doors: ReadonlyMap<string, Door>): Promise<Talker> {
    const talker = new Talker(name);
    const [given = "", ...others] = doors.keys();
    talker.#client = await ChatClient.open({
      credentials: await credentialsOfEveryone(name),
      servers: new Servers({ given, others }),
      connect: async (signal, server = given) => {
        const door = doors.get(server)!;
        const transport = await door.connect().catch((cause) => {
          throw new ChatError("disconnected", "No server answers.", { cause });
        });
        if (signal.aborted) transport.close();
        signal.throwIfAborted();
        return { transport, channelBinding: door.binding };
      },
      onEvent: (event) => talker.#take(event),
      patienceMs: 60_000,
    });
    return talker;
  }

  /** How many posts were made. */
  get posted(): number {
    return this.#count;
  }

  /** Why it is over, where it should not be. */
  get ended(): unknown {
    return this.#ended;
  }

  /** Whether it is connected. */
  get isOnline(): boolean {
    return this.#client?.online === true;
  }

  /** Where it is: the server's address. */
  get server(): string | null {
    return this.#client?.server ?? null;
  }

  /** Posts to the lobby. */
  post(): void {
    const number = this.#count++;
    const id = `${this.name}-${number}`;
    const beganMs = performance.now();
    const posting = this.#client!.post("#lobby", id, id).then(({ sequence }) => {
      this.postMs.push(performance.now() - beganMs);
      this.acknowledged.set(id, sequence);
      this.newestAcknowledged = Math.max(this.newestAcknowledged, number);
    }, (error) => {
      if (!(error instanceof ChatError)) throw error;
      this.refused.set(id, error);
    }).finally(() => this.#underWay.delete(posting));
    this.#underWay.add(posting);
  }

  /** Waits until everything that was posted is answered. */
  async answered(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** A page of the lobby's history: reading goes on whatever happens to writing. */
  async reads(): Promise<number> {
    return (await this.#client!.history({ room: "#lobby", limit: 5 })).posts.length;
  }

  /** Leaves. */
  async close(): Promise<void> {
    this.#isLeaving = true;
    await this.#client?.close(closeMs);
  }

  #take(event: ClientEvent): void {
    if (event.type === "post") this.shown.push([event.post.sequence, event.post.id]);
    if (event.type === "ended" && !this.#isLeaving) this.#ended = event.error;
    if (event.type === "moving" || event.type === "offline") this.#lostMs ??= performance.now();
    if (event.type !== "online" || this.#lostMs === null) return;
    this.awayMs.push(performance.now() - this.#lostMs);
    this.#lostMs = null;
  }
}
