/**
 * One simulated hour of one server and a handful of people, with everything that goes wrong in a year.
 *
 * @module
 */
import { queueBytesMax } from "../../../protocol/wire/limits.ts";
import { parseRoomName } from "../../../protocol/names/names.ts";
import { Outbox } from "../../../server/wires/connection/outbox.ts";
import { Disk } from "./disk.ts";
import { House } from "./house.ts";
import { accountOf, Person, unsealedPrivateMessages } from "./person.ts";
import { World } from "./world.ts";
import { usualLaw } from "../../../server/storage/room_law.ts";

/** What happened in one simulation. */
export interface Outcome {
  readonly posts: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly orphaned: number;
  readonly reconnects: number;
  readonly crashes: number;
  readonly happenings: number;
  /** The same for two runs with the same seed. */
  readonly trace: number;
}

/** Faults begin and posts are first made in this time, */
const busyMs = 40_000;
/** and made again a little later. */
const repeatMs = 2_000;
/** By then everything must be well again: silence is noticed within 140 s, and a wait is at most 30 s. */
const calmMs = 900_000;

/**
 * Simulates.
 *
 * @param seed What everything depends on.
 * @throws {Error} where something was lost, doubled, disordered, or did not come right in the end.
 */
export async function simulate(seed: number): Promise<Outcome> {
  using world = new World(seed);
  using _queues = checkedQueues();
  using _unsealed = unsealedPrivateMessages();
  const simulation = new Simulation(world);
  return await simulation.run();
}

class Simulation {
  readonly #world: World;
  readonly #disk: Disk;
  readonly #house: House;
  readonly #people: Person[];
  #crashes = 0;
  #failure: unknown;
  #nextId = 0;

  constructor(world: World) {
    this.#world = world;
    this.#disk = new Disk(world);
    this.#house = new House(this.#disk);
    const { random } = world;
    const names = ["ann", "bob", "cid", "dan", "eve", "fay"].slice(0, 2 + random.below(5));
    for (const name of names) this.#disk.data.accounts.set(name, accountOf(name));
    for (const name of ["#lobby", "#den", "#nook"]) {
      const members = name === "#lobby" ? [] : names.filter(() => random.chance(0.6));
      const id = this.#disk.data.rooms.length + 1;
      this.#disk.data.rooms.push({
        id,
        ...parseRoomName(name),
        topic: "",
        topicSetting: null,
        members,
        entries: 0,
        law: usualLaw,
      });
    }
    this.#people = names.map((name, index) =>
      new Person(name, { disk: this.#disk, house: this.#house, address: `10.0.0.${index}` })
    );
  }

  async run(): Promise<Outcome> {
    this.#startHouse();
    for (const person of this.#people) {
      this.#at(this.#world.random.between(0, 5_000), () => this.#keep(person.start()));
      this.#planPosts(person);
    }
    this.#planFaults();
    await this.#until(this.#world.nowMs + busyMs + repeatMs, () => false);
    this.#disk.isFull = false;
    this.#startHouse();
    const calm = await this.#until(this.#world.nowMs + calmMs, () => this.#isCalm());
    if (!calm) throw new Error(`Not everything came right again: ${this.#state()}`);
    await this.#checkEnd();
    const outcome = this.#outcome();
    this.#house.crash();
    for (const person of this.#people) person.crash();
    await this.#until(this.#world.nowMs + 60_000, () => false);
    return outcome;
  }

  /** Runs on; what fails in the background fails the simulation. */
  async #until(untilMs: number, done: () => boolean): Promise<boolean> {
    const reached = await this.#world.runUntil(
      untilMs,
      () => this.#broken() !== undefined || done(),
    );
    const broken = this.#broken();
    if (broken !== undefined) throw broken;
    const [error] = this.#house.errors;
    if (error !== undefined) throw new Error(`The server logged an error: ${error}`);
    return reached;
  }

  #broken(): unknown {
    return this.#failure ?? this.#people.find(({ failure }) => failure !== undefined)?.failure;
  }

  #at(delayMs: number, action: () => void): void {
    this.#world.schedule(delayMs, () => {
      try {
        action();
      } catch (error) {
        this.#failure ??= error;
      }
    });
  }

  #keep(promise: Promise<unknown>): void {
    promise.catch((error) => this.#failure ??= error);
  }

  #planPosts(person: Person): void {
    const { random } = this.#world;
    const talkative = random.chance(0.02);
    const count = talkative ? 80 + random.below(120) : random.below(12);
    const targets = ["#lobby", "#lobby", ...this.#people.map(({ name }) => name)];
    for (const { name, members } of this.#disk.data.rooms) {
      if (members.includes(person.name)) targets.push(name);
    }
    const fromMs = random.between(0, busyMs / 2);
    for (let made = 0; made < count; made++) {
      const delayMs = talkative ? fromMs + made : random.between(0, busyMs);
      const id = `${person.name}-${this.#nextId++}`;
      const target = random.pick(targets);
      const text = `${id} ${"x".repeat(random.chance(0.02) ? 8_000 : random.below(40))}`;
      this.#at(delayMs, () => person.say(target, text, id));
      // The same post again, as by a client that is not sure.
      if (random.chance(0.1)) {
        this.#at(delayMs + random.between(0, repeatMs), () => person.say(target, text, id));
      }
    }
  }

  #planFaults(): void {
    const { random } = this.#world;
    const faults: [most: number, fault: (person: Person) => void][] = [
      [3, () => this.#crashHouse()],
      [1, () => this.#restartHouse()],
      [2, (person) => this.#crashPerson(person)],
      [5, ({ connection }) => connection?.client.reset()],
      [random.chance(0.25) ? 3 : 0, ({ connection }) => connection?.client.goDead()],
      [2, ({ connection }) => connection?.client.pauseReading(random.between(100, 50_000))],
      [2, () => this.#fillDisk()],
      [4, () => this.#jumpClock()],
    ];
    for (const [most, fault] of faults) {
      for (let count = random.below(most + 1); count > 0; count--) {
        this.#at(random.between(0, busyMs), () => fault(random.pick(this.#people)));
      }
    }
  }

  #crashHouse(): void {
    this.#world.note("crash");
    this.#crashes++;
    this.#house.crash();
    this.#at(this.#world.random.between(10, 10_000), () => this.#startHouse());
  }

  /** Unless it was started already. */
  #startHouse(): void {
    if (this.#house.isStarted) return;
    this.#keep(
      this.#house.start().catch((error) => {
        if (!this.#disk.isFull) throw error;
        // Whoever runs it makes space and tries again.
        this.#at(1_000, () => this.#startHouse());
      }),
    );
  }

  #restartHouse(): void {
    this.#world.note("restart");
    this.#keep(this.#house.stop().then(() => this.#startHouse()));
  }

  #crashPerson(person: Person): void {
    this.#world.note(`${person.name} crashes`);
    person.crash();
    this.#at(this.#world.random.between(10, 5_000), () => this.#keep(person.start()));
  }

  #fillDisk(): void {
    this.#disk.isFull = true;
    this.#at(this.#world.random.between(10, 5_000), () => this.#disk.isFull = false);
  }

  #jumpClock(): void {
    this.#world.wallOffsetMs = this.#world.random.pick([0, -1, 1, -24, 24]) * 3_600_000;
  }

  #isCalm(): boolean {
    const chat = this.#house.chat;
    return chat !== null && this.#people.every((person) => person.isUpToDate()) &&
      chat.presence.size === this.#people.length &&
      this.#house.connections === this.#people.length;
  }

  #state(): string {
    const people = this.#people.map((person) =>
      `${person.name} ${person.client?.online ? "online" : "offline"} ${person.underWay} under way`
    );
    const online = [...this.#house.chat?.presence.users() ?? []].map(({ name }) => name);
    return `${people.join(", ")}; ${this.#house.connections} connections, here: ${online}`;
  }

  /** What each may read is what is stored: everything acknowledged, nothing twice, in one order. */
  async #checkEnd(): Promise<void> {
    const { posts } = this.#disk.data;
    const ids = new Set(posts.map(({ post }) => `${post.from} ${post.id}`));
    if (ids.size !== posts.length) throw new Error("An id is stored twice.");
    for (const person of this.#people) {
      const read = await this.#finished(person.readAll());
      const expected = posts.filter((_, index) => person.mayRead(index)).map(({ post }) => post);
      if (!sameSequences(read, expected)) throw new Error(`${person.name} reads another history.`);
      const readable = new Map(read.map((post) => [post.sequence, post.id]));
      for (const [id, { sequence }] of person.acknowledged) {
        if (readable.get(sequence) !== id) throw new Error(`${id} was acknowledged and is lost.`);
      }
      const wrong = person.refused.values().find(({ code }) => code !== "storage_failed");
      if (wrong !== undefined) throw new Error(`A post of ${person.name} was refused: ${wrong}`);
    }
  }

  async #finished<T>(promise: Promise<T>): Promise<T> {
    let result: { value: T } | undefined;
    this.#keep(promise.then((value) => result = { value }));
    await this.#until(this.#world.nowMs + 300_000, () => result !== undefined);
    if (result === undefined) throw new Error("Reading the history does not end.");
    return result.value;
  }

  #outcome(): Outcome {
    const sum = (value: (person: Person) => number) =>
      this.#people.reduce((total, person) => total + value(person), 0);
    return {
      posts: this.#disk.data.posts.length,
      acknowledged: sum(({ acknowledged }) => acknowledged.size),
      refused: sum(({ refused }) => refused.size),
      orphaned: sum(({ orphaned }) => orphaned),
      reconnects: sum(({ reconnects }) => reconnects),
      crashes: this.#crashes,
      happenings: this.#world.happenings,
      trace: this.#world.trace,
    };
  }
}

function sameSequences(
  left: readonly { sequence: number; id: string; body: string }[],
  right: readonly { sequence: number; id: string; body: string }[],
): boolean {
  return left.length === right.length && left.every((post, index) => {
    const other = right[index]!;
    return post.sequence === other.sequence && post.id === other.id && post.body === other.body;
  });
}

/** Looks at every queue toward a client after everything that is pushed. */
function checkedQueues(): Disposable {
  const { push } = Outbox.prototype;
  Outbox.prototype.push = function (this: Outbox, bytes: Uint8Array): void {
    push.call(this, bytes);
    if (this.queuedBytes > queueBytesMax) throw new Error("A queue exceeds its cap.");
  };
  return { [Symbol.dispose]: () => void (Outbox.prototype.push = push) };
}
