/**
 * The way of one simulated server of the chat to the simulated servers of NATS: the port below all that the program decides.
 *
 * @module
 */
import {
  answerMs,
  type LogKeeper,
  type LogMessage,
  type LogReading,
  type ToldSubject,
} from "../../../server/storage/nats/log_keeper.ts";
import type { FoundLog } from "../../../server/storage/nats/log_stream.ts";
import { natsCount, type Place, type SimulatedNats } from "./nats.ts";

/** As in nats_keeper.ts. */
const fetchMs = 5_000;
const fetchMessages = 200;
const missedHeartbeatsMs = 500;

/** A broken link without a word is noticed after this time. */
const unnoticedMs = [1_000, 10_000] as const;

const never = (): Promise<never> => new Promise(() => {});

/** Who is connected, and may hear what is told. */
export class Net {
  readonly keepers = new Set<SimulatedKeeper>();

  /** @param nats The servers of NATS. */
  constructor(readonly nats: SimulatedNats) {}
}

/** One run of a server, as far as it talks to NATS. */
export class SimulatedKeeper implements LogKeeper {
  readonly place: Place;
  readonly #net: Net;
  readonly #nats: SimulatedNats;
  readonly #preferred: number;
  readonly #listeners: { subject: ToldSubject; listener: (data: Uint8Array) => void }[] = [];
  /** When what was told last arrives at each of the others: nothing overtakes it. */
  readonly #arrivals = new Map<SimulatedKeeper, number>();
  /** What is told while there is no connection is told by the next one. */
  #unsent: (() => void)[] = [];
  /** The server that it is connected to. */
  #server: number | null = null;
  #checking = false;
  #isOver = false;
  #isCrashed = false;
  readonly #forget: () => void;
  onConnection: () => void = () => {};

  /**
   * @param net Where.
   * @param node The number of the server.
   */
  constructor(net: Net, node: number) {
    this.#net = net;
    this.#nats = net.nats;
    this.place = `node-${node}`;
    this.#preferred = node % natsCount;
    net.keepers.add(this);
    this.#forget = this.#nats.onChange(() => this.#look());
    this.#server = this.#choose();
  }

  /** See `LogKeeper.isConnected`. */
  get isConnected(): boolean {
    return this.#server !== null;
  }

  /** Whether the connection is there and carries something. */
  isWhole(): boolean {
    return !this.#isOver && this.#server !== null &&
      this.#nats.reaches(this.place, this.#server);
  }

  /** The process is no more: nothing goes out, nothing comes in, nobody gets an answer. */
  crash(): void {
    this.#isCrashed = true;
    this.#end();
  }

  /** See `LogKeeper.publish`. */
  publish(data: Uint8Array, id: string, waitMs: number): Promise<void> {
    const isSlow = this.#nats.world.random.chance(this.#nats.habits.slowQuestions);
    const put = (server: number, answer: (found: void) => void) =>
      this.#nats.take(server, { data, id }, () => answer(undefined));
    return this.#ask(put, { isSlow, waitMs });
  }

  /** See `LogKeeper.find`. */
  find(waitMs: number): Promise<FoundLog | null> {
    return this.#ask((server, answer) => {
      if (this.#nats.isLed(server)) answer(this.#nats.find());
    }, { waitMs });
  }

  /** See `LogKeeper.make`. */
  make(cluster: string, beganEmpty: boolean): Promise<void> {
    return this.#ask((server, answer) => {
      if (!this.#nats.isLed(server)) return;
      this.#nats.make(cluster, beganEmpty);
      answer(undefined);
    });
  }

  /** See `LogKeeper.readAfter`. */
  readAfter(sequence: number, waitMs: number): Promise<LogReading> {
    return this.#ask((server, answer) => {
      if (!this.#nats.givesReadings(server)) return;
      const hosts = this.#nats.reachable(`nats-${server}`).filter((nats) => this.#nats.isLed(nats));
      const host = this.#nats.world.random.pick([server, ...hosts]);
      answer(new SimulatedReading(this, this.#nats, { server, host, after: sequence }));
    }, { waitMs });
  }

  /** See `LogKeeper.get`. */
  get(sequence: number, waitMs: number): Promise<LogMessage | null> {
    return this.#ask((server, answer) => {
      if (!this.#nats.isLed(server)) return;
      const data = this.#nats.message(sequence);
      answer(data === null ? null : { sequence, data });
    }, { waitMs });
  }

  /** See `LogKeeper.tell`. */
  tell(subject: ToldSubject, text: string): void {
    if (this.#isOver) return;
    const data = new TextEncoder().encode(text);
    const tell = () => this.#tell(subject, data);
    if (this.#server === null) this.#unsent.push(tell);
    else tell();
  }

  #tell(subject: ToldSubject, data: Uint8Array): void {
    const { world } = this.#nats;
    for (const other of this.#net.keepers) {
      if (!this.carriesTo(other)) continue;
      const late = world.random.chance(0.01) ? world.random.between(10, 900) : 0;
      const arrivalMs = Math.max(
        this.#arrivals.get(other) ?? 0,
        world.nowMs + world.random.between(0.2, 3) + late,
      );
      this.#arrivals.set(other, arrivalMs);
      world.schedule(arrivalMs - world.nowMs, () => {
        if (this.carriesTo(other)) other.#hear(subject, data);
      });
    }
  }

  /** Whether something that is told here is heard there. */
  carriesTo(other: SimulatedKeeper): boolean {
    if (!this.isWhole() || !other.isWhole()) return false;
    const [from, to] = [this.#server!, other.#server!];
    return from === to || this.#nats.reaches(`nats-${from}`, to);
  }

  #hear(subject: ToldSubject, data: Uint8Array): void {
    for (const one of [...this.#listeners]) if (one.subject === subject) one.listener(data);
  }

  /** See `LogKeeper.hear`. */
  hear(subject: ToldSubject, listener: (data: Uint8Array) => void): () => void {
    const one = { subject, listener };
    this.#listeners.push(one);
    return () => void this.#listeners.splice(this.#listeners.indexOf(one), 1);
  }

  /** See `LogKeeper.close`. */
  close(): Promise<void> {
    this.#end();
    return this.#isCrashed ? never() : Promise.resolve();
  }

  #end(): void {
    this.#isOver = true;
    this.#net.keepers.delete(this);
    this.#listeners.length = 0;
    this.#forget();
  }

  /** A question to the server that it is connected to, and its answer, if one comes in time. */
  #ask<Answer>(
    put: (server: number, answer: (found: Answer) => void) => void,
    { isSlow = false, waitMs = answerMs } = {},
  ): Promise<Answer> {
    if (this.#isCrashed) return never();
    const { world, habits } = this.#nats;
    const { random } = world;
    const answered = Promise.withResolvers<Answer>();
    const timer = world.schedule(waitMs, () => {
      if (!this.#isCrashed) answered.reject(new Error("timeout"));
    });
    const isLost = random.chance(habits.lostAnswers);
    const answer = (server: number) => (found: Answer) => {
      if (isLost) return;
      world.schedule(random.between(0.2, 3), () => {
        if (this.#server !== server || !this.isWhole()) return;
        world.cancel(timer);
        answered.resolve(found);
      });
    };
    const send = () => {
      const delayMs = isSlow ? random.between(500, 12_000) : random.between(0.2, 5);
      const server = this.#server!;
      if (!this.isWhole()) return;
      world.schedule(delayMs, () => {
        if (this.#nats.reaches(this.place, server)) put(server, answer(server));
      });
    };
    if (this.#server === null) this.#unsent.push(send);
    else send();
    return answered.promise;
  }

  #choose(): number | null {
    const reachable = this.#nats.reachable(this.place);
    const inOrder = Array.from(
      { length: natsCount },
      (_, at) => (this.#preferred + at) % natsCount,
    );
    return inOrder.find((nats) => reachable.includes(nats)) ?? null;
  }

  /** Something has changed: the connection may be broken, or possible. */
  #look(): void {
    if (this.#isOver || this.#checking || this.isWhole()) return;
    this.#checking = true;
    const { world } = this.#nats;
    const isNoticed = this.#server === null || world.random.chance(0.6);
    const delayMs = isNoticed ? world.random.between(1, 300) : world.random.between(...unnoticedMs);
    world.schedule(delayMs, () => {
      this.#checking = false;
      // It was mended before anyone has noticed.
      if (this.#isOver || this.isWhole()) return;
      this.#reconnect();
    });
  }

  #reconnect(): void {
    const wasConnected = this.#server !== null;
    this.#server = null;
    if (wasConnected) this.onConnection();
    this.#server = this.#choose();
    if (this.#server === null) return;
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const send of unsent) send();
    this.onConnection();
  }
}

/** A consumer. It lives on one server of NATS, and ends with it. */
class SimulatedReading implements LogReading {
  readonly #keeper: SimulatedKeeper;
  readonly #nats: SimulatedNats;
  readonly #server: number;
  readonly #host: number;
  #sent: number;
  #isStopped = false;
  #isBroken = false;
  #wake = (): void => {};

  constructor(
    keeper: SimulatedKeeper,
    nats: SimulatedNats,
    { server, host, after }: { server: number; host: number; after: number },
  ) {
    this.#keeper = keeper;
    this.#nats = nats;
    this.#server = server;
    this.#host = host;
    this.#sent = Math.max(after, (nats.find()?.first ?? 1) - 1);
  }

  async *next(): AsyncGenerator<LogMessage> {
    const { world } = this.#nats;
    const endMs = world.nowMs + fetchMs;
    const unwatch = this.#nats.onChange(() => this.#wake());
    let heardMs = world.nowMs;
    let count = 0;
    try {
      while (!this.#isStopped && count < fetchMessages && world.nowMs < endMs) {
        if (!this.#nats.reaches(`nats-${this.#host}`, this.#host)) this.#isBroken = true;
        if (this.#isCarried()) heardMs = world.nowMs;
        else if (world.nowMs - heardMs >= missedHeartbeatsMs) return;
        const messages = this.#take(fetchMessages - count);
        if (messages.length === 0) {
          await this.#changed(Math.min(endMs - world.nowMs, missedHeartbeatsMs));
          continue;
        }
        await world.sleep(world.random.between(0.2, 3));
        // What was on its way over a broken link is gone, and nobody sends it again.
        if (!this.#isCarried()) continue;
        count += messages.length;
        yield* messages;
      }
    } finally {
      unwatch();
    }
    if (this.#isBroken) throw new Error("consumer not found");
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  /** Whether something gets from the consumer to the server of the chat. */
  #isCarried(): boolean {
    if (this.#isBroken || !this.#keeper.isWhole()) return false;
    return this.#host === this.#server || this.#nats.reaches(`nats-${this.#host}`, this.#server);
  }

  #take(most: number): LogMessage[] {
    if (this.#isBroken) return [];
    const { random } = this.#nats.world;
    const messages: LogMessage[] = [];
    // Now and then something is sent that was sent before.
    if (this.#sent > 0 && random.chance(0.02)) this.#sent -= 1 + random.below(this.#sent);
    const known = this.#nats.knownBy(this.#host);
    while (this.#sent < known && messages.length < most) {
      const sequence = ++this.#sent;
      const data = this.#nats.message(sequence);
      if (data !== null) messages.push({ sequence, data });
    }
    return messages;
  }

  async #changed(mostMs: number): Promise<void> {
    const { world } = this.#nats;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = world.schedule(mostMs, resolve);
    this.#wake = resolve;
    await promise;
    world.cancel(timer);
  }
}
