/**
 * The log of a server that is one of several. What this server submits becomes a message of the log, many commands in one; what
 * the log brings, from whichever server, is applied to the own store, and then told.
 *
 * 1. Commands are published in the order of the calls, one message at a time.
 * 2. A message that was sent stays under way until it is known to be in the log: it is sent again under the same id.
 * 3. A submitter gets the outcome when the own store has applied the command, after those who follow were told of it.
 * 4. While the log cannot be reached, what comes is refused at once, and so is what waits. Nothing of that is ever stored. Whoever has
 *    submitted what is under way is answered that it is not known what becomes of it; it stays under way.
 * 5. A store that cannot apply what the log brings must not go on: its server stops.
 *
 * @module
 */
import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import { crc32 } from "node:zlib";
import { encodeCommand, requireReadable } from "../command_text.ts";
import { type Follower, Followers, noOrigin } from "../command_log.ts";
import type { Command, Outcome, OutcomeOf } from "../commands.ts";
import type { LogBatch, LogPlace } from "../log_place.ts";
import type { StoreLog } from "../sqlite/sqlite_storage.ts";
import { StorageError } from "../storage_error.ts";
import { decodeBatch, encodeBatch } from "./batch_text.ts";
import { forgottenLog } from "./cluster_join.ts";
import { type LogKeeper, type LogMessage, waitFor } from "./log_keeper.ts";
import { PlaceWaiters } from "./place_waiters.ts";

/** What one message holds at the most, so that it fits what NATS takes (1 MiB) also with the largest command on top. */
const batchBytesMax = 256 * 1024;
const batchCommandsMax = 1_000;

/** What one command takes at the most. The largest have a tenth of it; with one that NATS does not take, nothing more could be published. */
const commandBytesMax = 768 * 1024;

/** What may wait to be published. */
const waitingCommandsMax = 100_000;
const waitingBytesMax = 64 * 1024 * 1024;

/** How long the end waits for what is under way. */
const finishTimeoutMs = 3_000;

/** A pause before a message is sent again. */
const againMs = 100;

/** So many checksums are kept to be compared with those of other servers. */
const checksumsMax = 10_000;

/** The way to the log. */
export interface LogWay extends Pick<LogKeeper, "publish"> {
  /** A message that was published was seen in the log, whatever became of the answer. */
  seen(): void;
  /** Whether the log can be reached. Must not throw. */
  isReachable(): boolean;
  /** Lets go of it. */
  close(): Promise<void>;
}

/** What a log is made with. */
export interface ClusterLogOptions {
  /** What people call this server. */
  readonly node: string;
  /** From where on it is followed. */
  readonly place: LogPlace;
  readonly way: LogWay;
  /** Applies batches and saves the place after them. */
  readonly apply: (
    batches: readonly LogBatch[],
    place: LogPlace,
  ) => Promise<readonly (readonly (Outcome | { readonly error: unknown })[] | null)[]>;
  /** Called once if the log cannot be followed any further. */
  readonly onFailure: (error: StorageError) => void;
}

interface Waiting {
  readonly command: Command;
  readonly encoded: Uint8Array;
  readonly origin: number;
  resolve(outcome: unknown): void;
  reject(error: unknown): void;
}

/** The error of a change that is refused while the others cannot be reached. */
function cutOff(): StorageError {
  return new StorageError(
    "cut_off",
    "This server cannot reach the others: you can read, but not write.",
  );
}

/** The error of a change that is under way when the others cannot be reached any more. */
function unconfirmed(): StorageError {
  return new StorageError(
    "unconfirmed",
    "This server cannot reach the others: whether this was stored is known when it can. The server goes on trying.",
  );
}

/** The error of a change that is under way when this server ends. */
function ended(cause?: StorageError): StorageError {
  return new StorageError(
    "unconfirmed",
    "The server has stopped before it was known whether this was stored.",
    { cause },
  );
}

/** The error of a change that was in the log, and is not there any more. It can be asked for again. */
function lost(): StorageError {
  return new StorageError(
    "unconfirmed",
    "The NATS servers have lost this after they had acknowledged it. Try again.",
  );
}

/** A message that was published, or is being published, and was not applied yet. */
interface UnderWay {
  readonly batch: readonly Waiting[];
  /** Whether those who wait for it were answered that nothing is known of it. */
  isGivenUp: boolean;
  applied(): void;
}

/** A command as every server can take it. @throws {StorageError} `failed` where none could. */
function encodedFor(command: Command): Uint8Array {
  const encoded = encodeCommand(command);
  if (encoded.length > commandBytesMax) {
    throw new StorageError("failed", "This change is larger than what the log takes at once.");
  }
  requireReadable(command, encoded);
  return encoded;
}

/** The log. */
export class ClusterLog implements StoreLog {
  readonly #options: ClusterLogOptions;
  /** This run of the server: a random text. */
  readonly run: string = crypto.randomUUID();
  readonly #followers = new Followers();
  /** Whether what is applied is told: see {@linkcode ClusterLog.startTelling}. */
  #isTelling = false;
  /** What was applied since then and before anyone followed; told to the first who do. */
  #untold: (() => void)[] | null = [];
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #lastNumber = 0;
  /** What was published, or is being published, and not applied yet, by number. */
  readonly #underWay = new Map<number, UnderWay>();
  /** Posts of which nothing is known, by sender and id: whoever sends one again learns no more. */
  readonly #unconfirmed = new Set<string>();
  #publishing: Promise<void> | undefined;
  #place: LogPlace;
  /** The checksums at the last places, by place. */
  readonly #checksums = new Map<number, number>();
  readonly #waiters: PlaceWaiters;
  #failure: StorageError | undefined;

  /** @param options See {@linkcode ClusterLogOptions}. */
  constructor(options: ClusterLogOptions) {
    this.#options = options;
    this.#place = options.place;
    this.#waiters = new PlaceWaiters(options.place.applied);
    this.#remember(options.place);
  }

  /** How far the own store is. */
  get place(): LogPlace {
    return this.#place;
  }

  /** Waits until everything up to a place was applied and told. See `ClusterView.reached`. */
  reached(applied: number, timeoutMs: number): Promise<boolean> {
    return this.#waiters.wait(applied, timeoutMs);
  }

  /** The checksum at a place that was reached lately; undefined at any other. */
  checksumAt(applied: number): number | undefined {
    return this.#checksums.get(applied);
  }

  #remember({ applied, checksum }: LogPlace): void {
    this.#checksums.set(applied, checksum);
    if (this.#checksums.size <= checksumsMax) return;
    for (const oldest of this.#checksums.keys()) {
      this.#checksums.delete(oldest);
      return;
    }
  }

  /** Why it has ended; undefined while it has not. */
  get failure(): StorageError | undefined {
    return this.#failure;
  }

  /** See `CommandLog.submit`. */
  submit<C extends Command>(command: C, origin: number = noOrigin): Promise<OutcomeOf<C["type"]>> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (!this.#options.way.isReachable()) {
      // It may be the first who notices: what is under way must be known before it is said that this is not.
      this.refuseWaiting();
      return Promise.reject(this.#refusalOf(command));
    }
    let encoded: Uint8Array;
    try {
      encoded = encodedFor(command);
    } catch (error) {
      return Promise.reject(error);
    }
    const bytes = this.#waitingBytes + encoded.length;
    if (this.#waiting.length >= waitingCommandsMax || bytes > waitingBytesMax) {
      return Promise.reject(
        new StorageError("full", "Too many changes wait for the log. Try again in a moment."),
      );
    }
    return new Promise((resolve, reject) => {
      const settle = { resolve: resolve as Waiting["resolve"], reject };
      this.#waiting.push({ command, encoded, origin, ...settle });
      this.#waitingBytes = bytes;
      this.#publishing ??= this.#publishAll();
    });
  }

  /** See `CommandLog.watch`. */
  watch(follower: Follower): () => void {
    const end = this.#followers.add(follower);
    // Those who follow come together: each of them hears all that was applied since the store was opened.
    if (this.#untold !== null) queueMicrotask(() => this.#tellUntold());
    return end;
  }

  /**
   * What is applied from now on is told to those who follow, also if they come later. To be called in the moment in which it is
   * asked what the store holds: what was given to the store before that moment is a part of the answer.
   */
  startTelling(): void {
    this.#isTelling = true;
  }

  /**
   * The log cannot be reached any more: what waits is refused, unless it was sent before and is under way. What is under way stays so,
   * but nobody waits for it.
   */
  refuseWaiting(): void {
    for (const one of this.#underWay.values()) {
      if (one.isGivenUp) continue;
      one.isGivenUp = true;
      for (const { command, reject } of one.batch) {
        if ("id" in command) this.#unconfirmed.add(keyOf(command));
        reject(unconfirmed());
      }
    }
    this.#rejectWaiting((command) => this.#refusalOf(command));
  }

  #refusalOf(command: Command): StorageError {
    return this.#unconfirmed.has(keyOf(command)) ? unconfirmed() : cutOff();
  }

  /**
   * Takes messages of the log: each one once, in order.
   *
   * @param messages The next messages.
   * @returns When they were applied. Rejected where they cannot be, also later on.
   */
  async take(messages: readonly LogMessage[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      let place = this.#place;
      const places: LogPlace[] = [];
      const batches = messages.map(({ sequence, data }) => {
        if (sequence !== place.applied + 1) throw forgottenLog(place.applied, sequence);
        place = { ...place, applied: sequence, checksum: crc32(data, place.checksum) };
        places.push(place);
        return decodeBatch(data);
      });
      const isTold = this.#isTelling;
      const results = await this.#options.apply(batches, place);
      this.#place = place;
      for (const one of places) this.#remember(one);
      for (const [at, batch] of batches.entries()) this.#settle(batch, results[at] ?? null, isTold);
      this.#waiters.advance(place.applied);
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  /** Ends it: nothing may be applied any more. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error instanceof StorageError
      ? error
      : new StorageError("failed", `The cluster's log cannot be followed: ${String(error)}.`);
    this.#waiters.end();
    this.#rejectAll(this.#failure);
    this.#options.onFailure(this.#failure);
  }

  /** See `StoreLog.finish`. */
  async finish(): Promise<void> {
    await deadline(this.#settled(), finishTimeoutMs).catch(() => {});
    this.#failure ??= ended();
    this.#waiters.end();
    this.#rejectAll(this.#failure);
    await this.#options.way.close();
    await this.#publishing;
  }

  async #settled(): Promise<void> {
    while (this.#publishing !== undefined) await this.#publishing;
    const waiting = [...this.#underWay.values()].flatMap(({ batch }) => batch);
    if (waiting.length === 0) return;
    await new Promise<void>((resolve) => this.#onSettled = resolve);
  }

  #onSettled: () => void = () => {};

  async #publishAll(): Promise<void> {
    // What all sockets have brought by now shares the first message.
    await new Promise<void>((resolve) => setImmediate(resolve));
    try {
      while (this.#waiting.length > 0 && this.#failure === undefined) await this.#publishOnce();
    } finally {
      this.#publishing = undefined;
    }
  }

  async #publishOnce(): Promise<void> {
    const batch = this.#takeBatch();
    const number = ++this.#lastNumber;
    const head = { node: this.#options.node, run: this.run, number };
    const data = encodeBatch(head, batch.map(({ encoded }) => encoded));
    let isApplied = false;
    this.#underWay.set(number, { batch, isGivenUp: false, applied: () => isApplied = true });
    for (let unanswered = 0; !isApplied && this.#failure === undefined;) {
      const waitMs = waitFor(unanswered);
      const beganMs = performance.now();
      try {
        return await this.#options.way.publish(data, `${this.run}.${number}`, waitMs);
      } catch {
        // Whether it is in the log is not known, and it may come there later: only the same message may be sent again.
        // While nobody leads, NATS says at once that nobody is there. That says nothing of how long the next leader takes.
        if (performance.now() - beganMs >= waitMs / 2) unanswered++;
        await delay(againMs);
      }
    }
  }

  #takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { encoded } of this.#waiting) {
      bytes += encoded.length;
      if (count === batchCommandsMax || (count > 0 && bytes > batchBytesMax)) break;
      count++;
    }
    const batch = this.#waiting.splice(0, count);
    for (const { encoded } of batch) this.#waitingBytes -= encoded.length;
    return batch;
  }

  #settle(
    { run, number, commands }: LogBatch,
    results: readonly (Outcome | { readonly error: unknown })[] | null,
    isTold: boolean,
  ): void {
    // It was in the log twice, and was settled the first time.
    if (results === null) return;
    if (run === this.run) this.#rejectLost(number);
    const own = run === this.run ? this.#underWay.get(number) : undefined;
    // First: who gets an outcome may submit the next command at once.
    if (own !== undefined) {
      own.applied();
      this.#options.way.seen();
    }
    for (const [at, command] of commands.entries()) {
      const outcome = results[at];
      if (outcome === undefined || "error" in outcome) {
        throw new Error("every command has an outcome");
      }
      const waiting = own?.batch[at];
      // Whoever was answered that nothing is known of it is told of it as if somebody else had submitted it.
      const isAwaited = waiting !== undefined && own?.isGivenUp === false;
      if (isTold) this.#tell(command, outcome, isAwaited ? waiting.origin : noOrigin);
      waiting?.resolve(outcome);
    }
    if (own === undefined) return;
    if (own.isGivenUp) {
      for (const { command } of own.batch) this.#unconfirmed.delete(keyOf(command));
    }
    this.#underWay.delete(number);
    if (this.#underWay.size === 0) this.#onSettled();
  }

  /**
   * A message of this server is there, and one before it is not: the log had acknowledged that one, and has lost it. Nobody applies it any
   * more, wherever it turns up.
   */
  #rejectLost(before: number): void {
    for (const [number, { batch }] of this.#underWay) {
      if (number >= before) return;
      this.#underWay.delete(number);
      for (const { command, reject } of batch) {
        this.#unconfirmed.delete(keyOf(command));
        reject(lost());
      }
    }
  }

  #tell(command: Command, outcome: Outcome, origin: number): void {
    const tell = () => this.#followers.tell(command, outcome, origin);
    if (this.#untold === null) tell();
    else this.#untold.push(tell);
  }

  #tellUntold(): void {
    const untold = this.#untold;
    this.#untold = null;
    for (const tell of untold ?? []) tell();
  }

  #rejectWaiting(errorOf: (command: Command) => StorageError): void {
    const waiting = this.#waiting.splice(0);
    this.#waitingBytes = 0;
    for (const { command, reject } of waiting) reject(errorOf(command));
  }

  #rejectAll(error: StorageError): void {
    this.#rejectWaiting(() => error);
    const underWay = [...this.#underWay.values()];
    this.#underWay.clear();
    // Also where this server ends: the others may find it in the log.
    for (const { batch } of underWay) for (const { reject } of batch) reject(ended(error));
    this.#onSettled();
  }
}

/** What a post is told apart by; nothing for any other command. */
function keyOf(command: Command): string {
  return "id" in command ? `${command.id} ${command.from}` : "";
}
