/**
 * A simulated server of a cluster: the real heart over the real cluster's log. It can crash, stop, start again, and begin with a copy
 * of another one.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { Chat } from "../../../server/heart/chat.ts";
import { SnapshotNeeded } from "../../../server/storage/nats/cluster_join.ts";
import { joinCluster } from "../../../server/storage/nats/cluster_member.ts";
import { ClusterWhispers } from "../../../server/storage/nats/cluster_whispers.ts";
import { LogReach } from "../../../server/storage/nats/log_reach.ts";
import type { JoinedLog } from "../../../server/storage/sqlite/sqlite_storage.ts";
import { findLogPlace } from "../../../server/storage/sqlite/tables/log_place_tables.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import type { World } from "../simulation/world.ts";
import { type Net, SimulatedKeeper } from "./keeper.ts";
import { copyDatabase } from "./memory_database.ts";
import { NodeStorage, NodeStore, type OnApplied } from "./node_store.ts";

/** One run of a server, from its start to its end. */
export interface NodeRun {
  readonly node: ClusterNode;
  readonly keeper: SimulatedKeeper;
  readonly storage: NodeStorage;
  readonly chat: Chat;
  /** Whether it takes what is new. */
  readonly isReachable: () => boolean;
  readonly startedMs: number;
  /** Called when it ends, in whatever way. */
  readonly onEnd: Set<() => void>;
}

/** What servers have in common. */
export interface NodeOptions {
  readonly world: World;
  readonly net: Net;
  /** All servers, for a copy of another one. */
  readonly nodes: readonly ClusterNode[];
  readonly onApplied: (node: number) => OnApplied;
  /** Called where a server cannot go on. */
  readonly onFailure: (error: unknown) => void;
}

const nothing = (): void => {};
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Whether trying again later may help. */
class Later extends Error {}

/** A server, and its database, which outlives its runs. */
export class ClusterNode {
  readonly #options: NodeOptions;
  #run: NodeRun | null = null;
  #starting: { crash(): void } | null = null;
  /** The end of the run before, which holds the database until then. */
  #stopped: Promise<void> = Promise.resolve();
  #store: NodeStore | null = null;
  #generation = 0;
  #mayStart: () => boolean = () => true;
  /** How often it began with a copy of another server. */
  copies = 0;

  /**
   * @param number Which one it is.
   * @param database Its database.
   * @param options See {@linkcode NodeOptions}.
   */
  constructor(readonly number: number, readonly database: DatabaseSync, options: NodeOptions) {
    this.#options = options;
  }

  /** The run, where people can come. */
  get run(): NodeRun | null {
    return this.#run;
  }

  /** How far it has followed the log. */
  get applied(): number {
    return findLogPlace(this.database)?.applied ?? 0;
  }

  /** It does not start before something holds. */
  hold(mayStart: () => boolean): void {
    this.#mayStart = mayStart;
  }

  /** Starts it, unless it runs, and again where that does not succeed. */
  start(): void {
    if (this.#run !== null || this.#starting !== null) return;
    if (!this.#mayStart()) return void this.#options.world.schedule(100, () => this.start());
    const generation = ++this.#generation;
    const starting = this.#starting = { crash: nothing };
    this.#stopped.then(() => this.#open(generation, starting)).then((run) => {
      if (generation !== this.#generation) return;
      this.#starting = null;
      this.#run = run;
    }, (error) => {
      if (generation !== this.#generation) return;
      this.#starting = null;
      if (!(error instanceof Later)) return this.#options.onFailure(error);
      const { world } = this.#options;
      world.schedule(world.random.between(200, 2_000), () => this.start());
    });
  }

  /** The process is gone in the middle of whatever it did. */
  crash(): void {
    this.#generation++;
    this.#starting?.crash();
    this.#starting = null;
    const run = this.#take();
    if (run === null) return;
    run.keeper.crash();
    this.#store?.crash();
    // Only its timers are left of it: they end.
    run.chat.stop().catch(nothing);
    run.storage.close().catch(nothing);
  }

  /** Stops as for SIGTERM. */
  stop(): void {
    if (this.#starting !== null) return this.crash();
    const run = this.#take();
    if (run === null) return;
    this.#stopped = run.chat.stop().catch(nothing).then(() => run.storage.close());
  }

  #take(): NodeRun | null {
    const run = this.#run;
    this.#run = null;
    for (const end of run?.onEnd ?? []) end();
    return run;
  }

  async #open(generation: number, starting: { crash(): void }): Promise<NodeRun> {
    const { world, net } = this.#options;
    const { last } = net.nats;
    const keeper = new SimulatedKeeper(net, this.number);
    const reach = new LogReach(keeper);
    const whispers = new ClusterWhispers(keeper);
    const crash = starting.crash = () => {
      keeper.crash();
      this.#store?.crash();
      void reach.close();
    };
    if (generation !== this.#generation) crash();
    try {
      const joined = await this.#join(reach).catch(async (error) => {
        if (!(error instanceof SnapshotNeeded)) throw error;
        await this.#copy(keeper);
        return await this.#join(reach);
      });
      const storage = new NodeStorage(this.#store!, joined);
      const chat = await Chat.open(storage, { whispers });
      if (this.applied < last) throw new Error(`Server ${this.number} serves before it is there.`);
      const startedMs = world.nowMs;
      const isReachable = () => reach.isReachable();
      return { node: this, keeper, storage, chat, isReachable, startedMs, onEnd: new Set() };
    } catch (error) {
      await reach.close();
      throw mayHelpLater(error) ? new Later("later", { cause: error }) : error;
    }
  }

  #join(reach: LogReach): Promise<JoinedLog> {
    const { world, net, onApplied, onFailure } = this.#options;
    const store = this.#store = new NodeStore(world, this.database, onApplied(this.number));
    const cluster = { name: "chat", node: `node ${this.number}`, servers: ["simulated"], logger };
    const generation = this.#generation;
    const failed = (error: StorageError) => {
      if (generation !== this.#generation) return;
      // It stops by itself, and is started again by whatever watches it.
      if (!hasForgotten(error) || net.nats.has(this.applied + 1)) return onFailure(error);
      this.crash();
      world.schedule(world.random.between(200, 2_000), () => this.start());
    };
    return joinCluster({ cluster, reach, store, onFailure: failed });
  }

  /** Fetches a copy of another server, as snapshots.ts does. */
  async #copy(keeper: SimulatedKeeper): Promise<void> {
    const { world, nodes } = this.#options;
    await world.sleep(world.random.between(1, 300));
    const others = nodes.filter(({ run }) => run?.keeper.carriesTo(keeper) === true);
    if (others.length === 0) throw new Later("no other server answers");
    copyDatabase(world.random.pick(others).database, this.database);
    this.copies++;
    await world.sleep(world.random.between(1, 300));
  }
}

/** The log goes on without what this server is missing: it begins with a copy when it is started again. */
function hasForgotten(error: unknown): boolean {
  return error instanceof StorageError && error.message.includes("longer than the log keeps");
}

function mayHelpLater(error: unknown): boolean {
  return error instanceof Later || error instanceof SnapshotNeeded || hasForgotten(error) ||
    (error instanceof StorageError && /do not agree|cannot reach the others/.test(error.message));
}
