/**
 * The store of a simulated server of a cluster: the real tables in a database in memory, behind a disk that takes its time.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import type { CommandLog, Follower } from "../../../server/storage/command_log.ts";
import type { Command, OutcomeOf } from "../../../server/storage/commands.ts";
import type { LogBatch, LogPlace } from "../../../server/storage/log_place.ts";
import type { FollowingStore } from "../../../server/storage/nats/cluster_member.ts";
import type { HistoryQuery, Page } from "../../../server/storage/post_storage.ts";
import { countsIn } from "../../../server/storage/sqlite/file/commit_counts.ts";
import { prepared } from "../../../server/storage/sqlite/file/statements.ts";
import type { JoinedLog } from "../../../server/storage/sqlite/sqlite_storage.ts";
import * as accounts from "../../../server/storage/sqlite/tables/account_tables.ts";
import {
  findLogPlace,
  saveLogPlace,
} from "../../../server/storage/sqlite/tables/log_place_tables.ts";
import * as positions from "../../../server/storage/sqlite/tables/read_position_tables.ts";
import { readRooms } from "../../../server/storage/sqlite/tables/room_tables.ts";
import { findSecret } from "../../../server/storage/sqlite/tables/secret_tables.ts";
import { Applier, type Result } from "../../../server/storage/sqlite/workers/applier.ts";
import { applyBatches } from "../../../server/storage/sqlite/workers/log_batches.ts";
import type { Storage, StoredState } from "../../../server/storage/storage.ts";
import type { World } from "../simulation/world.ts";

const never = (): Promise<never> => new Promise(() => {});

/** Is told of everything that is applied. */
export type OnApplied = (command: Command, result: Result) => void;

/** The disk of one run of a server. */
export class NodeStore implements FollowingStore {
  readonly #world: World;
  readonly #database: DatabaseSync;
  #applier: Applier | undefined;
  readonly #onApplied: OnApplied;
  #isCrashed = false;
  /** What was given to it last to be applied. */
  #applying: Promise<unknown> = Promise.resolve();

  /**
   * @param world Where.
   * @param database What outlives the run.
   * @param onApplied See {@linkcode OnApplied}.
   */
  constructor(world: World, database: DatabaseSync, onApplied: OnApplied) {
    this.#world = world;
    this.#database = database;
    this.#onApplied = onApplied;
  }

  /** Nothing further is written, and nobody gets an answer. */
  crash(): void {
    this.#isCrashed = true;
  }

  /** Looks something up, in the time that a disk takes. */
  async look<Found>(look: (database: DatabaseSync) => Found): Promise<Found> {
    await this.#wait();
    const found = look(this.#database);
    await this.#wait();
    return found;
  }

  /** See {@linkcode FollowingStore}. */
  state() {
    return this.look((database) => {
      const { posts, changes } = countsIn(database);
      return { place: findLogPlace(database), isEmpty: posts === 0 && changes === 0 };
    });
  }

  /** See {@linkcode FollowingStore}. */
  savePlace(place: LogPlace): Promise<void> {
    return this.look((database) => saveLogPlace(database, place));
  }

  /** See {@linkcode FollowingStore}. */
  apply(batches: readonly LogBatch[], place: LogPlace): Promise<(Result[] | null)[]> {
    const applying = this.#apply(batches, place);
    this.#applying = applying.catch(() => {});
    return applying;
  }

  async #apply(batches: readonly LogBatch[], place: LogPlace): Promise<(Result[] | null)[]> {
    await this.#wait();
    const applier = this.#writing();
    const apply: Applier["apply"] = (...call) => applier.apply(...call);
    const results = applyBatches(this.#database, apply, batches, place);
    for (const [at, { commands }] of batches.entries()) {
      for (const [index, result] of (results[at] ?? []).entries()) {
        this.#onApplied(commands[index]!, result);
      }
    }
    await this.#wait();
    return results;
  }

  /** See {@linkcode FollowingStore}. What was given to it before is a part of it: calls are done in their order. */
  async opened(): Promise<StoredState> {
    await this.#applying;
    return { rooms: readRooms(this.#database), lastSequence: this.#writing().lastSequence };
  }

  #writing(): Applier {
    return this.#applier ??= new Applier(this.#database, ":memory:");
  }

  async #wait(): Promise<void> {
    const { random } = this.#world;
    const isSlow = random.chance(0.01);
    await this.#world.sleep(isSlow ? random.between(10, 2_000) : random.between(0.05, 4));
    if (this.#isCrashed) await never();
  }
}

/** The store as the heart has it. */
export class NodeStorage implements Storage {
  readonly opened: StoredState;
  readonly #store: NodeStore;
  readonly #log: JoinedLog["log"];

  /**
   * @param store The disk.
   * @param joined The log that it follows.
   */
  constructor(store: NodeStore, { log, opened }: JoinedLog) {
    this.#store = store;
    this.#log = log;
    this.opened = opened;
  }

  /** See `CommandLog.submit`. */
  submit: CommandLog["submit"] = <C extends Command>(command: C, origin?: number) =>
    this.#log.submit(command, origin) as Promise<OutcomeOf<C["type"]>>;

  /** See `CommandLog.watch`. */
  watch(follower: Follower): () => void {
    return this.#log.watch(follower);
  }

  findAccount: Storage["findAccount"] = (nameKey) =>
    this.#store.look((database) => accounts.findAccount(database, nameKey));
  isNameTaken: Storage["isNameTaken"] = (name) =>
    this.#store.look((database) => accounts.isNameTaken(database, name));
  countAccounts: Storage["countAccounts"] = () => this.#store.look(accounts.countAccounts);
  readPosition: Storage["readPosition"] = (nameKey) =>
    this.#store.look((database) => positions.readPosition(database, nameKey));
  conversationPosition: Storage["conversationPosition"] = (nameKey, conversation) =>
    this.#store.look((database) => positions.conversationPosition(database, nameKey, conversation));
  findSecret: Storage["findSecret"] = (name) =>
    this.#store.look((database) => findSecret(database, name));
  findIdentity = notSimulated;
  findVault = notSimulated;
  vaultVersion = notSimulated;
  search = notSimulated;
  findFile = notSimulated;
  fileOfPost = notSimulated;
  fileUsage = notSimulated;
  staleFiles = notSimulated;
  knownFiles = notSimulated;
  wholeFiles = notSimulated;
  verify = notSimulated;

  history(query: HistoryQuery): Promise<Page> {
    return this.#store.look((database) => historyIn(database, query));
  }

  async close(): Promise<void> {
    await this.#log.finish();
  }
}

/** A page of what is stored, the oldest first: how history is found is tried elsewhere. */
function historyIn(
  database: DatabaseSync,
  { reader, roomIds, after = 0, limit }: HistoryQuery,
): Page {
  const rows = prepared(
    database,
    "SELECT posts.*, first, second FROM posts JOIN conversations ON conversations.id = conversation " +
      "WHERE sequence > ? ORDER BY sequence",
  ).all(after);
  const readable = rows.filter(({ first, second, conversation }) =>
    first === null ? roomIds.includes(Number(conversation)) : reader === first || reader === second
  );
  const posts = readable.slice(0, limit).map((row) => ({
    sequence: Number(row["sequence"]),
    roomId: row["first"] === null ? Number(row["conversation"]) : null,
    from: String(row["sender"]),
    to: String(row["recipient"]),
    id: String(row["id"]),
    timeMs: Number(row["time_ms"]),
    kind: "text" as const,
    body: String(row["body"]),
  }));
  return { posts, annotations: [], more: readable.length > limit };
}

function notSimulated(): Promise<never> {
  return Promise.reject(new Error("This is not a part of the simulation."));
}
