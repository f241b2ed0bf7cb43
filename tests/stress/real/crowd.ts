/**
 * A crowd that talks at a real cluster without a pause, and what must hold of all that it was promised and shown.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import type { RealCluster, RealNode } from "./cluster.ts";
import { LightTalker } from "./light_talker.ts";
import { RealTalker, type ShownOrder, type Talker } from "./talker.ts";

/** How often it is looked whether something has come about. */
const lookMs = 50;

/** How many there are, and what they do. */
export interface CrowdOptions {
  /** How much all of them post together. */
  readonly postsPerSecond: number;
  /** How many of them have the real client; the others have one that costs less. */
  readonly realClients: number;
}

/** The crowd. */
export class Crowd {
  readonly talkers: readonly Talker[];
  readonly #order: ShownOrder;
  readonly #posting: ReturnType<typeof setInterval>;

  private constructor(talkers: readonly Talker[], order: ShownOrder, postsPerSecond: number) {
    this.talkers = talkers;
    this.#order = order;
    const beganMs = performance.now();
    let posted = 0;
    this.#posting = setInterval(() => {
      const due = (performance.now() - beganMs) / 1_000 * postsPerSecond;
      for (; posted < due; posted++) talkers[posted % talkers.length]!.post();
    }, 10);
  }

  /**
   * Everyone comes, the same number to each server, and begins to talk.
   *
   * @param cluster Where.
   * @param names Accounts with everyone's password.
   * @param options See {@linkcode CrowdOptions}.
   */
  static async gather(
    { nodes }: RealCluster,
    names: readonly string[],
    { postsPerSecond, realClients }: CrowdOptions,
  ): Promise<Crowd> {
    const doors = await Promise.all(
      nodes.map(async (node) => [node.address, await node.door()] as const),
    );
    const talkers: Talker[] = [];
    const order: ShownOrder = [];
    // Not all at once: a sign-in has its cost.
    for (const [at, name] of names.entries()) {
      const own = at % doors.length;
      const { open } = at < realClients ? RealTalker : LightTalker;
      talkers.push(
        await open(name, new Map([...doors.slice(own), ...doors.slice(0, own)]), order),
      );
    }
    return new Crowd(talkers, order, postsPerSecond);
  }

  /** Those who are at a server. */
  at({ address }: RealNode): Talker[] {
    return this.talkers.filter((talker) => talker.isOnline && talker.server === address);
  }

  /** How many posts were acknowledged so far. */
  get acknowledged(): number {
    return this.talkers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
  }

  /** Waits until everyone is connected, and a post that each of them makes from now on is acknowledged. */
  async goesOn(): Promise<void> {
    await until(() => this.talkers.every(({ isOnline }) => isOnline));
    const before = this.talkers.map(({ posted }) => posted);
    await until(() =>
      this.talkers.every(({ newestAcknowledged }, at) => newestAcknowledged >= before[at]!)
    );
  }

  /** The times of one kind since this was asked for last, the shortest first, in milliseconds. */
  takeTimes(kind: "postMs" | "awayMs"): number[] {
    return this.talkers.flatMap((talker) => talker[kind].splice(0)).sort((a, b) => a - b);
  }

  /** Nobody posts any more; resolves when all is answered, and shown to everyone. */
  async fallsSilent(): Promise<void> {
    clearInterval(this.#posting);
    await Promise.all(this.talkers.map((talker) => talker.answered()));
    const sequences = this.talkers.flatMap(({ acknowledged }) => [...acknowledged.values()]);
    const last = sequences.reduce((one, other) => Math.max(one, other), 0);
    await until(() => this.talkers.every(({ lastShown }) => lastShown >= last));
  }

  /** Everyone leaves. */
  async leave(): Promise<void> {
    clearInterval(this.#posting);
    await Promise.all(this.talkers.map((talker) => talker.close()));
  }

  /**
   * Compares what was promised and shown with what is stored.
   *
   * @param node A server that has stopped.
   * @returns What is wrong; nothing, if all is well.
   */
  judge(node: RealNode): string[] {
    const stored = node.read((database) =>
      database.prepare("SELECT id FROM posts ORDER BY sequence").all().map(({ id }) => String(id))
    );
    const wrong: string[] = [];
    const known = new Set(stored);
    if (known.size !== stored.length) wrong.push("A post is stored twice.");
    const other = stored.findIndex((id, at) => (this.#order[at + 1] ?? id) !== id);
    if (other >= 0) wrong.push(`As ${other + 1} was shown ${this.#order[other + 1]}.`);
    for (const { name, acknowledged, refused, misshown, lastShown, ended } of this.talkers) {
      if (ended !== undefined) wrong.push(`${name} was given up on: ${ended}`);
      const lost = [...acknowledged].filter(([id, sequence]) => stored[sequence - 1] !== id);
      if (lost.length > 0) wrong.push(`${name} has lost ${lost}.`);
      const kept = [...refused.keys()].filter((id) => known.has(id));
      if (kept.length > 0) wrong.push(`Of ${name} are stored, although refused: ${kept}.`);
      if (misshown.length > 0) wrong.push(`${name} was shown ${misshown.slice(0, 5).join("; ")}.`);
      if (lastShown !== stored.length) wrong.push(`${name} was shown nothing after ${lastShown}.`);
    }
    return wrong;
  }
}

/**
 * Waits for something.
 *
 * @param holds Whether it has come about.
 * @param patienceMs When to give up.
 * @throws {Error} where it does not come about in time.
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  patienceMs = 90_000,
): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (!await holds()) {
    if (performance.now() > endMs) throw new Error(`This does not come about: ${holds}`);
    await delay(lookMs);
  }
}

/** A percentile of times that are sorted; 0 where there is none. */
export function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
