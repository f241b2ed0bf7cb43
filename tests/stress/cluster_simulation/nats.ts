/**
 * Three simulated servers of NATS that keep one log, and the net between them and the chat's servers. What they do to the log is what
 * real ones do: whatever a majority has stays, in one order; an answer may be lost although the message is kept; a message may be kept long after its
 * sender has given up waiting; an id is known for a while only; there may be no leader for seconds.
 *
 * @module
 */
import type { FoundLog } from "../../../server/storage/nats/log_stream.ts";
import type { World } from "../simulation/world.ts";

/** How many servers there are. */
export const natsCount = 3;

/** An election takes so long, and now and then another one so much longer: of who gives out readings. */
const electionMs = [500, 9_000] as const;
const furtherElectionMs = [0, 4_000] as const;

interface Kept {
  readonly data: Uint8Array;
  readonly keptMs: number;
}

/** How a simulation's NATS differs from that of others. */
export interface NatsHabits {
  /** How long the log knows an id. */
  readonly duplicateWindowMs: number;
  /** How often an answer is lost on its way. */
  readonly lostAnswers: number;
  /** How often a question takes long on its way to the leader. */
  readonly slowQuestions: number;
}

/** An end of a link: a server of NATS, or a server of the chat. */
export type Place = `nats-${number}` | `node-${number}`;

/** The servers of NATS, and the net. */
export class SimulatedNats {
  readonly world: World;
  readonly habits: NatsHabits;
  /** How many messages are in the log a second time. */
  doubled = 0;
  /** Called when anything has changed by which somebody may be reached, and when something was kept. */
  readonly #wakers = new Set<() => void>();
  readonly #kept: Kept[] = [];
  readonly #ids = new Map<string, number>();
  readonly #cut = new Set<string>();
  readonly #isUp: boolean[] = Array.from({ length: natsCount }, () => true);
  /** Which of them run and reach more than half of all; as of the last change. */
  #able: boolean[] = Array.from({ length: natsCount }, () => true);
  /** How much of the log each of them has. */
  readonly #known: number[] = Array.from({ length: natsCount }, () => 0);
  readonly #lagMs: readonly number[];
  /** What a leader has taken while it had no majority: nobody knows what will become of it. */
  #undecided: (() => void)[] = [];
  #leader: number | null = 0;
  #pausedUntilMs = 0;
  #electing = false;
  #givesReadingsFromMs = 0;
  #first = 1;
  #found: { readonly cluster: string; readonly beganEmpty: boolean } | null = null;

  /**
   * @param world Where.
   * @param habits See {@linkcode NatsHabits}.
   */
  constructor(world: World, habits: NatsHabits) {
    this.world = world;
    this.habits = habits;
    this.#lagMs = this.#known.map(() => world.random.between(0, 40));
  }

  /** The number of the last message. */
  get last(): number {
    return this.#kept.length;
  }

  /** Calls `waker` whenever something may have become possible. The returned function ends it. */
  onChange(waker: () => void): () => void {
    this.#wakers.add(waker);
    return () => this.#wakers.delete(waker);
  }

  /** Whether a server of NATS can be reached from a place, at once or over another one. */
  reaches(from: Place, nats: number): boolean {
    return this.#isUp[nats]! &&
      (this.#cut.size === 0 || !this.#cut.has(linkOf(from, `nats-${nats}`)));
  }

  /** Which servers of NATS a place can connect to. */
  reachable(from: Place): number[] {
    return Array.from({ length: natsCount }, (_, nats) => nats).filter((nats) =>
      this.reaches(from, nats)
    );
  }

  /** The leader that a server of NATS can pass something on to; null where there is none. */
  leaderFor(nats: number): number | null {
    const leader = this.#leader;
    if (leader === null || !this.#isUp[nats] || !this.#isUp[leader]) return null;
    return leader === nats || this.reaches(`nats-${nats}`, leader) ? leader : null;
  }

  /** Whether a place can reach a leader that has a majority, over the server that it is connected to. */
  isLed(nats: number): boolean {
    const leader = this.leaderFor(nats);
    return leader !== null && this.#able[leader]!;
  }

  /** Whether readings are given out to whoever is connected to a server. */
  givesReadings(nats: number): boolean {
    return this.isLed(nats) && this.world.nowMs >= this.#givesReadingsFromMs;
  }

  /** The log; null before it was made. */
  find(): FoundLog | null {
    if (this.#found === null) return null;
    return {
      ...this.#found,
      first: this.#first,
      last: this.last,
      replicas: natsCount,
      leader: null,
      order: "led",
    };
  }

  /** Makes the log, unless it is there. */
  make(cluster: string, beganEmpty: boolean): void {
    this.#found ??= { cluster, beganEmpty };
  }

  /** Forgets what is before a message. */
  trim(first: number): void {
    this.#first = Math.max(this.#first, Math.min(first, this.last + 1));
  }

  /** Whether a message can be read, or may come. */
  has(sequence: number): boolean {
    return sequence >= this.#first;
  }

  /** A message that can be read; null where it is gone. */
  message(sequence: number): Uint8Array | null {
    return sequence < this.#first ? null : this.#kept[sequence - 1]?.data ?? null;
  }

  /** How many messages a server of NATS has. */
  knownBy(nats: number): number {
    if (this.isLed(nats)) {
      const untilMs = this.world.nowMs - this.#lagMs[nats]!;
      let known = this.#known[nats]!;
      while (known < this.last && this.#kept[known]!.keptMs <= untilMs) known++;
      this.#known[nats] = known;
    }
    return this.#known[nats]!;
  }

  /**
   * A server of NATS is to keep a message.
   *
   * @param nats The server.
   * @param message The message, and its id.
   * @param answer Called when it is kept, on the server that has been asked; perhaps never, perhaps late.
   */
  take(nats: number, message: { data: Uint8Array; id: string }, answer: () => void): void {
    const leader = this.leaderFor(nats);
    if (leader === null) return;
    const { world } = this;
    if (world.nowMs < this.#pausedUntilMs) {
      // A leader that stands still takes what has arrived when it goes on.
      return void world.schedule(
        this.#pausedUntilMs - world.nowMs,
        () => this.take(nats, message, answer),
      );
    }
    if (this.#able[leader]!) this.#keep(message, answer);
    else this.#undecided.push(() => this.#keep(message, answer));
  }

  #keep({ data, id }: { data: Uint8Array; id: string }, answer: () => void): void {
    const { world } = this;
    const knownMs = this.#ids.get(id);
    const isKnown = knownMs !== undefined &&
      world.nowMs - knownMs < this.habits.duplicateWindowMs;
    if (!isKnown) {
      if (knownMs !== undefined) this.doubled++;
      for (const nats of this.#known.keys()) this.knownBy(nats);
      this.#ids.set(id, world.nowMs);
      this.#kept.push({ data, keptMs: world.nowMs });
      world.note(`kept ${this.last}`);
      for (const lagMs of this.#lagMs) world.schedule(lagMs, () => this.#wake());
    }
    answer();
  }

  /** Ends a server of NATS at once. What it has stays on its disk. */
  end(nats: number): void {
    this.#change(() => this.#isUp[nats] = false);
  }

  /** Starts it again. */
  revive(nats: number): void {
    this.#change(() => this.#isUp[nats] = true);
  }

  /** Cuts a link. */
  cut(one: Place, other: Place): void {
    this.#change(() => this.#cut.add(linkOf(one, other)));
  }

  /** Mends it. */
  mend(one: Place, other: Place): void {
    this.#change(() => this.#cut.delete(linkOf(one, other)));
  }

  /** Everything runs, and every link is whole. */
  heal(): void {
    this.#change(() => {
      this.#cut.clear();
      this.#isUp.fill(true);
      this.#pausedUntilMs = 0;
    });
  }

  /** The leader stands still for a while. */
  pause(ms: number): void {
    this.#pausedUntilMs = this.world.nowMs + ms;
  }

  /** The leader gives it up. */
  stepDown(): void {
    this.#change(() => this.#leader = null);
  }

  /** What each server has is settled before anything that it depends on changes. */
  #change(change: () => void): void {
    for (const nats of this.#known.keys()) this.knownBy(nats);
    change();
    this.#able = this.#able.map((_, nats) => this.#countReached(nats) > natsCount / 2);
    const leader = this.#leader;
    if (leader !== null && this.#able[leader]!) this.#decide(1);
    else this.#elect();
    this.#wake();
  }

  #elect(): void {
    if (this.#electing) return;
    this.#electing = true;
    const { world } = this;
    world.schedule(world.random.between(...electionMs), () => {
      this.#electing = false;
      this.#change(() => {
        const leader = this.#leader;
        if (leader !== null && this.#able[leader]!) return;
        const able = Array.from(this.#isUp.keys()).filter((nats) => this.#able[nats]!);
        this.#leader = able.length === 0 ? null : world.random.pick(able);
        if (world.random.chance(0.3)) {
          this.#givesReadingsFromMs = world.nowMs + world.random.between(...furtherElectionMs);
        }
        // One of the others may have got it, or not.
        if (this.#leader !== null) this.#decide(0.5);
      });
    });
  }

  #decide(chance: number): void {
    const undecided = this.#undecided;
    this.#undecided = [];
    for (const keep of undecided) if (this.world.random.chance(chance)) keep();
  }

  /** How many a server of NATS reaches, itself among them. */
  #countReached(nats: number): number {
    return this.#isUp[nats]! ? this.reachable(`nats-${nats}`).length : 0;
  }

  #wake(): void {
    for (const waker of [...this.#wakers]) waker();
  }
}

function linkOf(one: Place, other: Place): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}
