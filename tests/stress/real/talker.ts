/**
 * Someone at a real cluster who posts, and notes what was promised and shown, and how long it took: by the real client, or by one that
 * costs less.
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

/** The ids of all posts that anybody was shown, by their sequences: a crowd hears millions, and what is kept for each of them is no more than how far it is. */
export type ShownOrder = (string | undefined)[];

/** Somebody who posts, and what is noted. */
export abstract class Talker {
  /** The sequence of each id that was acknowledged. */
  readonly acknowledged = new Map<string, number>();
  /** What was refused, by id. */
  readonly refused = new Map<string, ChatError>();
  /** The sequence of the last post that was shown; 0 where none was. */
  lastShown = 0;
  /** What was shown and should not have been: another order than that of the sequences, a gap, another post than somebody else was shown. */
  readonly misshown: string[] = [];
  /** How long each post took until it was acknowledged, in milliseconds. */
  readonly postMs: number[] = [];
  /** How long each loss of the connection lasted, in milliseconds. */
  readonly awayMs: number[] = [];
  /** The number of the newest post that was acknowledged; -1 where none was. */
  newestAcknowledged = -1;
  /** Why it is over, where it should not be. */
  ended: unknown;
  #lostMs: number | null = null;
  #count = 0;
  readonly #underWay = new Set<Promise<void>>();
  readonly #order: ShownOrder;

  /**
   * @param name An account with everyone's password.
   * @param order What everyone is shown.
   */
  constructor(readonly name: string, order: ShownOrder) {
    this.#order = order;
  }

  /** How many posts were made. */
  get posted(): number {
    return this.#count;
  }

  /** Whether it is connected. */
  abstract get isOnline(): boolean;

  /** Where it is: the server's address. */
  abstract get server(): string | null;

  /** Posts to the lobby. */
  post(): void {
    const number = this.#count++;
    const id = `${this.name}-${number}`;
    const beganMs = performance.now();
    const posting = this.send(id).then(({ sequence }) => {
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

  /** Asks for a page of the lobby's history, and gives how many posts came: reading goes on whatever happens to writing. */
  abstract reads(): Promise<number>;

  /** Leaves. */
  abstract close(): Promise<void>;

  /** Posts to the lobby, with the id as the text. Resolves when it is stored, however often the connection breaks until then. */
  protected abstract send(id: string): Promise<{ readonly sequence: number }>;

  /** A post was shown. */
  protected noteShown(sequence: number, id: string): void {
    if (this.lastShown > 0 && sequence !== this.lastShown + 1) {
      this.misshown.push(`${sequence} (${id}) after ${this.lastShown}`);
    }
    this.lastShown = sequence;
    const known = this.#order[sequence] ??= id;
    if (known !== id) this.misshown.push(`${id} as ${sequence}, which others know as ${known}`);
  }

  /** The connection is lost. */
  protected noteLost(): void {
    this.#lostMs ??= performance.now();
  }

  /** It is there again. */
  protected noteBack(): void {
    if (this.#lostMs === null) return;
    this.awayMs.push(performance.now() - this.#lostMs);
    this.#lostMs = null;
  }
}

/** Somebody with the real headless client. */
export class RealTalker extends Talker {
  #client: ChatClient | null = null;
  #isLeaving = false;

  /**
   * Signs in.
   *
   * @param name An account with everyone's password.
   * @param doors The servers by their addresses; the first one is the one that the person has given.
   * @param order What everyone is shown.
   */
  static async open(
    name: string,
    doors: ReadonlyMap<string, Door>,
    order: ShownOrder,
  ): Promise<RealTalker> {
    const talker = new RealTalker(name, order);
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

  get isOnline(): boolean {
    return this.#client?.online === true;
  }

  get server(): string | null {
    return this.#client?.server ?? null;
  }

  async reads(): Promise<number> {
    return (await this.#client!.history({ room: "#lobby", limit: 5 })).posts.length;
  }

  async close(): Promise<void> {
    this.#isLeaving = true;
    await this.#client?.close(closeMs);
  }

  protected send(id: string): Promise<{ readonly sequence: number }> {
    return this.#client!.post("#lobby", id, id);
  }

  #take(event: ClientEvent): void {
    if (event.type === "post") this.noteShown(event.post.sequence, event.post.id);
    if (event.type === "ended" && !this.#isLeaving) this.ended = event.error;
    if (event.type === "moving" || event.type === "offline") this.noteLost();
    if (event.type === "online") this.noteBack();
  }
}
