/**
 * What the servers of a cluster tell one another of how far they are, and with what: those that have followed the same log have the
 * same checksum at the same place. Others have two histories, and must not go on as if they had one.
 *
 * @module
 */
import * as v from "valibot";
import type { LogPlace } from "../log_place.ts";
import { StorageError } from "../storage_error.ts";
import type { LogKeeper } from "./log_keeper.ts";

/** How often a server tells its place, and after which silence it counts no longer. */
export const placeIntervalMs = 2_000;
const silentMs = 10_000;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const schema = v.object({
  node: v.string(),
  run: v.string(),
  cluster: v.string(),
  applied: count,
  checksum: count,
});

/** A place, and who is there. */
export type ToldPlace = v.InferOutput<typeof schema>;

/**
 * Reads a place.
 *
 * @param encoded JSON, as another server has told it.
 * @returns The place; null for anything else.
 */
export function readPlace(encoded: Uint8Array): ToldPlace | null {
  try {
    const parsed = v.safeParse(schema, JSON.parse(new TextDecoder().decode(encoded)));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

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

  /** Looks where it can be compared by now; the log fails where more others have another history than have the same. */
  judge(): void {
    let same = 0;
    let different = 0;
    for (const [run, other] of this.#others) {
      if (performance.now() - other.heardMs > silentMs) {
        this.#others.delete(run);
        continue;
      }
      const own = this.#log.checksumAt(other.told.applied);
      if (own !== undefined) other.agrees = own === other.told.checksum;
      if (other.agrees === true) same++;
      if (other.agrees === false) different++;
    }
    if (different > same) this.#log.fail(forked());
  }
}

/** Tells the own place, and hears those of others. */
export class Places {
  readonly #unhear: () => void;
  readonly #telling: ReturnType<typeof setInterval>;

  /**
   * @param keeper Who carries what is told.
   * @param own The own log, and what others know it by.
   */
  constructor(
    keeper: LogKeeper,
    own: { readonly node: string; readonly run: string; readonly log: ComparedLog },
  ) {
    const { node, run, log } = own;
    const comparison = new PlaceComparison(log);
    this.#unhear = keeper.hear("places", (data) => {
      const told = readPlace(data);
      if (told !== null && told.run !== run) comparison.hear(told);
    });
    this.#telling = setInterval(() => {
      comparison.judge();
      keeper.tell("places", JSON.stringify({ node, run, ...log.place } satisfies ToldPlace));
    }, placeIntervalMs);
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
    "This server has another history than the others of its cluster: the log was damaged or exchanged. Start it again with an " +
      "empty data folder: it then gets a copy from another server. Keep the old folder until you know what was in it.",
  );
}
