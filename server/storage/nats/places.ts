/**
 * What the servers of a cluster tell one another of how far they are, and with what: those that have followed the same log have the
 * same checksum at the same place. Others have two histories, and must not go on as if they had one. Beside it each tells where
 * clients reach it, and how many people are on it.
 *
 * @module
 */
import type { LogPlace } from "../log_place.ts";
import { StorageError } from "../storage_error.ts";
import type { LogKeeper } from "./log_keeper.ts";
import type { ServerList } from "./server_list.ts";
import { readPlace, type ToldPlace } from "./told_place.ts";

/** How often a server tells its place, and after which silence it counts no longer. */
export const placeIntervalMs = 2_000;
const silentMs = 10_000;

/** The own log, as far as it is compared with others. */
export interface ComparedLog {
  readonly place: LogPlace;
  /** The checksum at an earlier place; undefined where that is not known any more, or not yet. */
  checksumAt(applied: number): number | undefined;
  fail(error: StorageError): void;
}

/** Compares the own place with what others tell. */
export class PlaceComparison {
  readonly #log: ComparedLog;
  readonly #others = new Map<
    string,
    { told: ToldPlace; heardMs: number; agrees: boolean | null }
  >();

  /** @param log The own log. */
  constructor(log: ComparedLog) {
    this.#log = log;
  }

  /** Another server has told its place. */
  hear(told: ToldPlace): void {
    if (told.cluster !== this.#log.place.cluster) return this.#log.fail(forked());
    const agrees = this.#others.get(told.run)?.agrees ?? null;
    this.#others.set(told.run, { told, heardMs: performance.now(), agrees });
    this.judge();
  }

  /**
   * Looks where it can be compared by now; the log fails where more others have another history than have the same. One that has another
   * history, stops for it and is started again is heard of under several runs for a while: it counts once, by its name.
   */
  judge(): void {
    let same = 0;
    const different = new Set<string>();
    for (const [run, other] of this.#others) {
      if (performance.now() - other.heardMs > silentMs) {
        this.#others.delete(run);
        continue;
      }
      const own = this.#log.checksumAt(other.told.applied);
      if (own !== undefined) other.agrees = own === other.told.checksum;
      if (other.agrees === true) same++;
      if (other.agrees === false) different.add(other.told.node);
    }
    if (different.size > same) this.#log.fail(forked());
  }
}

/** The own server, as it is told. */
export interface OwnPlace {
  readonly node: string;
  readonly run: string;
  readonly log: ComparedLog;
  /** Learns of the others, and knows what else is to be told. */
  readonly servers: ServerList;
}

/** Tells the own place, and hears those of others. */
export class Places {
  readonly #keeper: LogKeeper;
  readonly #own: OwnPlace;
  readonly #unhear: () => void;
  readonly #telling: ReturnType<typeof setInterval>;

  /**
   * @param keeper Who carries what is told.
   * @param own See {@linkcode OwnPlace}.
   */
  constructor(keeper: LogKeeper, own: OwnPlace) {
    this.#keeper = keeper;
    this.#own = own;
    const { run, log, servers } = own;
    const comparison = new PlaceComparison(log);
    this.#unhear = keeper.hear("places", (data) => {
      const told = readPlace(data);
      if (told === null || told.run === run) return;
      comparison.hear(told);
      servers.hear(told);
    });
    servers.onSelf = () => this.#tell();
    this.#telling = setInterval(() => {
      comparison.judge();
      servers.forgetSilent();
      this.#tell();
    }, placeIntervalMs);
  }

  /** The own place, as it is told. */
  get told(): ToldPlace {
    const { node, run, log, servers } = this.#own;
    return { node, run, ...log.place, ...servers.self };
  }

  #tell(): void {
    this.#keeper.tell("places", JSON.stringify(this.told));
  }

  /** Ends it. */
  stop(): void {
    clearInterval(this.#telling);
    this.#unhear();
  }
}

function forked(): StorageError {
  return new StorageError(
    "failed",
    "This server has another history than the others of its cluster: the log was damaged or exchanged. Start it with --rebuild, which " +
      "gets everything from the others and keeps what is here, then as usual.",
  );
}
