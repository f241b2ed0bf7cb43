/**
 * Half a simulated minute of a cluster, with everything that goes wrong in a year: servers crash and stop, those of NATS, too, links are cut and
 * mended, the leader stands still, answers are lost, the log forgets, a new server comes.
 *
 * @module
 */
import { World } from "../simulation/world.ts";
import { Checks } from "./checks.ts";
import { Net } from "./keeper.ts";
import { checkRoomForTwo, makeRoomForTwo, raceForPlace } from "./last_place.ts";
import { Member, simulatedAccount } from "./member.ts";
import { putBack, takeDatabase } from "./memory_database.ts";
import { natsCount, type NatsHabits, SimulatedNats } from "./nats.ts";
import { ClusterNode, type NodeRun } from "./node.ts";
import { Applier } from "../../../server/storage/sqlite/workers/applier.ts";

/** What happened in one simulation. */
export interface ClusterOutcome {
  readonly posts: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly messages: number;
  readonly doubled: number;
  readonly crashes: number;
  readonly cuts: number;
  readonly copies: number;
  readonly races: number;
  readonly minorities: number;
  readonly happenings: number;
  /** The same for two runs with the same seed. */
  readonly trace: number;
}

const nodeCount = 3;
/** Presence must be right so long after everything is whole. */
const presentMs = 10_000;
/** What changed within this time before may still be on its way. */
const unsettledMs = 1_500;
/** No disk takes longer. */
const slowMs = 5_000;
/** By then everything must be well again. */
const calmMs = 120_000;
/** A server that has reached nobody for so long knows it: it asks every 2 s, waits 2 s, gives up after 10 s, and looks again every 2 s. */
const knownCutMs = 17_000;

/**
 * Simulates.
 *
 * @param seed What everything depends on.
 * @throws {Error} where something was lost, doubled, disordered, or did not come right in the end.
 */
export async function simulateCluster(seed: number): Promise<ClusterOutcome> {
  using world = new World(seed);
  const simulation = new ClusterSimulation(world);
  try {
    return await simulation.run();
  } finally {
    await simulation.end();
  }
}

class ClusterSimulation {
  readonly #world: World;
  readonly #nats: SimulatedNats;
  readonly #nodes: ClusterNode[] = [];
  readonly #members: Member[];
  readonly #checks = new Checks();
  readonly #busyMs: number;
  /** Whether all is whole, and nothing is broken any more. */
  #isHealed = false;
  readonly #options;
  #failure: unknown;
  #nextId = 0;
  #nextTopic = 0;
  #crashes = 0;
  #cuts = 0;
  #minorities = 0;
  #races = 0;

  constructor(world: World) {
    this.#world = world;
    const { random } = world;
    this.#nats = new SimulatedNats(world, habitsOf(world));
    this.#busyMs = random.chance(0.15) ? 32_000 : random.between(4_000, 12_000);
    this.#options = {
      world,
      net: new Net(this.#nats),
      nodes: this.#nodes,
      onApplied: (node: number) => this.#checks.onApplied(node),
      onFailure: (error: unknown) => void (this.#failure ??= error),
    };
    for (let node = 0; node < nodeCount; node++) this.#addNode();
    const names = ["ann", "bob", "cid", "dan", "eve"].slice(0, 3 + random.below(3));
    this.#members = names.map((name) => new Member(name, world, this.#nodes));
  }

  async run(): Promise<ClusterOutcome> {
    if (this.#world.random.chance(0.3)) this.#growFolder();
    for (const node of this.#nodes) {
      this.#at(this.#world.random.between(0, 500), () => node.start());
    }
    for (const member of this.#members) {
      this.#at(this.#world.random.between(0, 2_000), () => member.start());
      this.#planPosts(member);
    }
    this.#planRaces();
    this.#planTopics();
    this.#planFaults();
    await this.#until(this.#world.nowMs + this.#busyMs, () => false);
    this.#nats.heal();
    this.#isHealed = true;
    for (const node of this.#nodes) node.start();
    const healedMs = this.#world.nowMs;
    await this.#until(healedMs + presentMs, () => false);
    this.#checkPresence(healedMs);
    for (const member of this.#members) member.comeBack();
    await this.#calm();
    if (this.#world.random.chance(0.3)) await this.#raceForPlace();
    this.#checks.checkEnd(this.#nodes, this.#members);
    return this.#outcome();
  }

  async #calm(): Promise<void> {
    const isCalm = await this.#until(this.#world.nowMs + calmMs, () => this.#isCalm());
    if (!isCalm) throw new Error(`Not everything came right again: ${this.#state()}`);
  }

  async #raceForPlace(): Promise<void> {
    const [owner, ...others] = this.#members;
    await this.#finished(makeRoomForTwo(owner!));
    // By then all servers know where the owner is.
    await this.#until(this.#world.nowMs + unsettledMs, () => false);
    await this.#finished(raceForPlace(others));
    await this.#calm();
    // Those with a slow disk have it stored, and not told yet.
    await this.#until(this.#world.nowMs + slowMs, () => false);
    // A message that took its time may have come meanwhile.
    await this.#calm();
    checkRoomForTwo(this.#nodes);
    await this.#calm();
    this.#races++;
  }

  async #finished(promise: Promise<void>): Promise<void> {
    let isDone = false;
    promise.then(() => isDone = true, (error) => this.#failure ??= error);
    await this.#until(this.#world.nowMs + calmMs, () => isDone);
    if (!isDone) throw new Error(`Something does not end: ${this.#state()}`);
  }

  /** Ends what is left. What still waits for a time waits for ever: this world's time is over. */
  async end(): Promise<void> {
    for (const node of this.#nodes) node.crash();
    await this.#world.runUntil(this.#world.nowMs);
    for (const { database } of this.#nodes) putBack(database);
  }

  #addNode(): ClusterNode {
    const node = new ClusterNode(this.#nodes.length, takeDatabase(), this.#options);
    this.#nodes.push(node);
    return node;
  }

  /** The first server has been a single one: what it holds is the beginning. */
  #growFolder(): void {
    const applier = new Applier(this.#nodes[0]!.database, ":memory:");
    const account = simulatedAccount("old", "old");
    applier.apply([{ type: "account", version: 1, account, identity: null }]);
    const [first, ...others] = this.#nodes;
    first!.start();
    for (const node of others) this.#startFurther(node);
  }

  /** Only a server that starts where there is a log already cannot be the one that makes it. */
  #startFurther(node: ClusterNode): void {
    node.hold(() => this.#nats.find() !== null);
    node.start();
  }

  async #until(untilMs: number, done: () => boolean): Promise<boolean> {
    const reached = await this.#world.runUntil(
      untilMs,
      () => this.#broken() !== undefined || done(),
    );
    const broken = this.#broken();
    if (broken !== undefined) throw broken;
    return reached;
  }

  #broken(): unknown {
    return this.#failure ?? this.#checks.failure ??
      this.#members.find(({ failure }) => failure !== undefined)?.failure;
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

  #planPosts(member: Member): void {
    const { random } = this.#world;
    const count = random.chance(0.03) ? 60 : random.below(8);
    for (let made = 0; made < count; made++) {
      const id = `${member.user.name}-${this.#nextId++}`;
      const to = random.chance(0.2) ? random.pick(this.#members).user : null;
      const once = random.chance(0.5);
      this.#at(random.between(500, this.#busyMs), () => member.say(id, id, { to, once }));
    }
    if (random.chance(0.3)) this.#at(random.between(500, this.#busyMs), () => member.move());
    if (random.chance(0.15)) this.#at(this.#busyMs / 2, () => member.isLeaving = true);
  }

  /** One name is wanted on all servers at once. */
  #planRaces(): void {
    const { random } = this.#world;
    for (let race = random.below(3); race > 0; race--) {
      const name = `race${race}`;
      const atMs = random.between(2_000, this.#busyMs);
      for (const node of this.#nodes) {
        this.#at(atMs + random.below(2) * random.below(20), () => this.#register(node, name));
      }
    }
  }

  #register(node: ClusterNode, name: string): void {
    const account = simulatedAccount(name, `${name} on ${node.number}`);
    node.run?.storage.submit({ type: "account", version: 1, account, identity: null }).then(
      ({ refused }) => this.#checks.registered(name, account.storedKey, refused === null),
      () => {},
    );
  }

  /** Topics are what is not the same when it is set twice. */
  #planTopics(): void {
    const { random } = this.#world;
    for (let atMs = 1_000; atMs < this.#busyMs; atMs += random.between(500, 3_000)) {
      const topic = ++this.#nextTopic;
      this.#at(atMs, () => this.#setTopic(random.pick(this.#nodes), topic));
    }
  }

  #setTopic({ run, number }: ClusterNode, topic: number): void {
    run?.storage.submit({
      type: "topic",
      version: 1,
      roomId: 1,
      topic: `${number} since ${run.startedMs}#${topic}`,
      setting: { by: "somebody", timeMs: 1 },
    }).catch(() => {});
  }

  #planFaults(): void {
    const { random } = this.#world;
    const faults: [most: number, fault: () => void][] = [
      [2, () => this.#crashNode()],
      [1, () => this.#stopNode()],
      [2, () => this.#endNats()],
      [2, () => this.#nats.pause(random.between(100, 6_000))],
      [1, () => this.#nats.stepDown()],
      [2, () => this.#isolateNode()],
      [2, () => this.#cutNats()],
      [1, () => this.#flap()],
      [1, () => this.#forget()],
    ];
    for (const [most, fault] of faults) {
      for (let count = random.below(most + 1); count > 0; count--) {
        this.#at(random.between(1_000, this.#busyMs), fault);
      }
    }
    if (random.chance(0.2)) {
      this.#at(random.between(3_000, this.#busyMs), () => this.#startFurther(this.#addNode()));
    }
    if (this.#busyMs > knownCutMs + 8_000) this.#planMinority();
  }

  #crashNode(): void {
    this.#crashes++;
    const node = this.#world.random.pick(this.#nodes);
    this.#world.note(`crash ${node.number}`);
    node.crash();
    this.#at(this.#world.random.between(10, 8_000), () => node.start());
  }

  #stopNode(): void {
    const node = this.#world.random.pick(this.#nodes);
    node.stop();
    this.#at(this.#world.random.between(10, 3_000), () => node.start());
  }

  #endNats(): void {
    const nats = this.#world.random.below(natsCount);
    this.#nats.end(nats);
    this.#at(this.#world.random.between(500, 12_000), () => this.#nats.revive(nats));
  }

  /** A server is cut off from some servers of NATS, or from all. */
  #isolateNode(): void {
    const { random } = this.#world;
    const { number } = random.pick(this.#nodes);
    this.#cuts++;
    const mostMs = random.pick([300, 3_000, 12_000]);
    for (let nats = 0; nats < natsCount; nats++) {
      if (random.chance(0.2)) continue;
      this.#nats.cut(`node-${number}`, `nats-${nats}`);
      this.#at(random.between(50, mostMs), () => this.#nats.mend(`node-${number}`, `nats-${nats}`));
    }
  }

  /** The servers of NATS no longer reach one of theirs, or each other. */
  #cutNats(): void {
    const { random } = this.#world;
    this.#cuts++;
    const mostMs = random.pick([200, 2_000, 14_000]);
    const alone = random.below(natsCount);
    for (let nats = 0; nats < natsCount; nats++) {
      if (nats === alone) continue;
      this.#nats.cut(`nats-${alone}`, `nats-${nats}`);
      this.#at(random.between(50, mostMs), () => this.#nats.mend(`nats-${alone}`, `nats-${nats}`));
    }
  }

  /** A link that is cut and mended again and again. */
  #flap(): void {
    const { random } = this.#world;
    this.#cuts++;
    const nats = `nats-${random.below(natsCount)}` as const;
    const other = random.chance(0.5)
      ? `nats-${random.below(natsCount)}` as const
      : `node-${random.below(this.#nodes.length)}` as const;
    if (nats === other) return;
    let atMs = 0;
    for (let times = 3 + random.below(8); times > 0; times--) {
      this.#at(atMs, () => {
        if (!this.#isHealed) this.#nats.cut(nats, other);
      });
      this.#at(atMs += random.between(20, 900), () => this.#nats.mend(nats, other));
      atMs += random.between(20, 900);
    }
  }

  /** The log forgets what every running server has applied, or more. */
  #forget(): void {
    const { random } = this.#world;
    const applied = this.#nodes.flatMap((node) => node.run === null ? [] : [node.applied]);
    if (applied.length < 2) return;
    this.#nats.trim(1 + random.below(1 + Math.min(...applied)));
  }

  /** A server that is alone for long refuses what is new at once, and can be read from. */
  #planMinority(): void {
    const { random } = this.#world;
    const atMs = random.between(3_000, this.#busyMs - knownCutMs - 2_000);
    this.#at(atMs, () => {
      const node = random.pick(this.#nodes);
      const { run } = node;
      if (run === null) return;
      for (let nats = 0; nats < natsCount; nats++) {
        this.#nats.cut(`node-${node.number}`, `nats-${nats}`);
      }
      let wasLed = false;
      const { place } = run.keeper;
      const unwatch = this.#nats.onChange(() => wasLed ||= this.#nats.reachable(place).length > 0);
      // The first one is under way by then, and the second one waits for it.
      const waiting = [6_000, 7_000].map((ms) => this.#submitAt(ms, run));
      this.#at(knownCutMs, () => {
        unwatch();
        if (wasLed || node.run !== run) return;
        this.#checkMinority(run);
        if (!waiting[1]!.isRefused) this.#failure ??= new Error("What waits is not refused.");
      });
    });
  }

  #submitAt(ms: number, { storage }: NodeRun): { isRefused: boolean } {
    const state = { isRefused: false };
    const name = `waits${ms}`;
    const account = simulatedAccount(name, name);
    this.#at(ms, () =>
      storage.submit({ type: "account", version: 1, account, identity: null })
        .catch(() => state.isRefused = true));
    return state;
  }

  #checkMinority({ storage }: NodeRun): void {
    this.#minorities++;
    const { nowMs } = this.#world;
    const account = simulatedAccount("late", "late");
    storage.submit({ type: "account", version: 1, account, identity: null }).then(
      () => this.#failure ??= new Error("A server without the others has stored something."),
      (error) => {
        const isRight = error.reason === "cut_off" && this.#world.nowMs === nowMs;
        if (!isRight) this.#failure ??= new Error(`A minority did not refuse at once: ${error}`);
      },
    );
    storage.history({ reader: "ann", roomIds: [1], privateWith: "all", limit: 5 })
      .catch((error) => this.#failure ??= error);
  }

  /** Whoever has been here for a while is seen everywhere, and nobody else is. */
  #checkPresence(healedMs: number): void {
    const { nowMs } = this.#world;
    const isSettled = ({ changedMs }: Member) => nowMs - changedMs > unsettledMs;
    const expected = this.#members.filter((member) => isSettled(member) && member.run !== null);
    const unsure = this.#members.filter((member) => !isSettled(member));
    for (const { run } of this.#nodes) {
      if (run === null || run.startedMs > healedMs) continue;
      const seen = Array.from(run.chat.presence.users(), ({ name }) => name)
        .filter((name) => unsure.every(({ user }) => user.name !== name));
      const missing = expected.filter(({ user, run }) =>
        run!.startedMs < healedMs && !seen.includes(user.name)
      );
      const gone = seen.filter((name) => expected.every(({ user }) => user.name !== name));
      if (missing.length + gone.length === 0) continue;
      const names = missing.map(({ user }) => user.name);
      throw new Error(
        `${presentMs} ms after everything was whole, server ${run.node.number} does not see ` +
          `[${names}] and sees [${gone}], who have gone.`,
      );
    }
  }

  #isCalm(): boolean {
    return this.#members.every(({ isCalm }) => isCalm) &&
      this.#nodes.every(({ run }) => run?.isReachable() === true) &&
      this.#nodes.every(({ run }) => run?.chat.presence.size === this.#members.length) &&
      this.#members.every(({ run }) => run?.chat.lastSequence === this.#checks.last) &&
      this.#nodes.every(({ applied }) => applied === this.#nats.last);
  }

  #state(): string {
    const nodes = this.#nodes.map(({ run, number, applied }) =>
      `server ${number} ${run === null ? "does not run" : "runs"}, has ${applied}, sees ${
        Array.from(run?.chat.presence.users() ?? [], ({ name }) => name)
      }`
    );
    const people = this.#members.map(({ state }) => state);
    return `${nodes.join("; ")}; the log has ${this.#nats.last}; ${people.join("; ")}`;
  }

  #outcome(): ClusterOutcome {
    const sum = (value: (member: Member) => number) =>
      this.#members.reduce((total, member) => total + value(member), 0);
    return {
      posts: this.#checks.last,
      acknowledged: sum(({ acknowledged }) => acknowledged.size),
      refused: sum(({ refused }) => refused.size),
      messages: this.#nats.last,
      doubled: this.#nats.doubled,
      crashes: this.#crashes,
      cuts: this.#cuts,
      copies: this.#nodes.reduce((total, { copies }) => total + copies, 0),
      races: this.#checks.races + this.#races,
      minorities: this.#minorities,
      happenings: this.#world.happenings,
      trace: this.#world.trace,
    };
  }
}

/** Some logs forget ids soon, some lose many answers, some are slow. */
function habitsOf({ random }: World): NatsHabits {
  return {
    duplicateWindowMs: random.pick([120_000, 120_000, 1_000, 0]),
    lostAnswers: random.pick([0, 0.02, 0.3]),
    slowQuestions: random.pick([0, 0.02, 0.2]),
  };
}
