/**
 * The log of a server that is alone: the queue before its database. Commands share commits (group commit): what comes in one
 * turn of the event loop goes to the writer as one batch, and what has gone there while a commit is under way shares the next one.
 *
 * 1. Commands are applied in the order of the calls.
 * 2. A batch has at most `batchCommandsMax` commands or `batchBytesMax` bytes. While so much is under way, what comes waits.
 * 3. A commit that fails rejects all of its commands, and the next commit is tried all the same.
 * 4. At most `waitingCommandsMax` commands wait; more are refused at once.
 * 5. Those who follow are told of a command before its submitter gets the outcome.
 *
 * @module
 */

import type { Result } from "./workers/applier.ts";
import { type CommandLog, type Follower, Followers, noOrigin } from "../command_log.ts";
import type { Command, OutcomeOf } from "../commands.ts";
import { errorReceived } from "./file/sent_error.ts";
import { StorageError } from "../storage_error.ts";

const batchCommandsMax = 1_000;
const batchBytesMax = 4 * 1024 * 1024;
const waitingCommandsMax = 100_000;

/** Bytes of commands that may wait. */
const waitingBytesMax = 256 * 1024 * 1024;

/** What a command takes beside the part of it that may be long. */
const commandBytes = 200;

/** Applies commands in one transaction, and says what became of each. Batches are applied, and answered, in the order of the calls. */
export type Commit = (commands: readonly Command[]) => Promise<readonly Result[]>;

interface Waiting {
  readonly command: Command;
  readonly origin: number;
  readonly bytes: number;
  resolve(outcome: unknown): void;
  reject(error: unknown): void;
}

/** The queue toward the writer. */
export class CommandQueue implements CommandLog {
  readonly #commit: Commit;
  readonly #followers = new Followers();
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #commandsUnderWay = 0;
  #bytesUnderWay = 0;
  /** Whether what waits goes to the writer at the end of the turn. */
  #isScheduled = false;
  /** There while someone waits for the end of all commits. */
  #rested: PromiseWithResolvers<void> | null = null;

  /** @param commit Called with one batch after the other, also while those before it are under way. */
  constructor(commit: Commit) {
    this.#commit = commit;
  }

  /** See {@linkcode CommandLog.submit}. Rejected with a StorageError `full` if too many wait. */
  submit<C extends Command>(command: C, origin: number = noOrigin): Promise<OutcomeOf<C["type"]>> {
    const bytes = bytesOf(command);
    if (
      this.#waiting.length >= waitingCommandsMax || this.#waitingBytes + bytes > waitingBytesMax
    ) {
      return Promise.reject(
        new StorageError("full", "Too many changes wait for the disk. Try again in a moment."),
      );
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        command,
        origin,
        bytes,
        resolve: resolve as Waiting["resolve"],
        reject,
      });
      this.#waitingBytes += bytes;
      this.#schedule();
    });
  }

  /** See {@linkcode CommandLog.watch}. */
  watch(follower: Follower): () => void {
    return this.#followers.add(follower);
  }

  /** Resolves when all that was submitted was committed, or could not be. */
  async finish(): Promise<void> {
    while (this.#waiting.length > 0 || this.#commandsUnderWay > 0) {
      this.#rested ??= Promise.withResolvers();
      await this.#rested.promise;
    }
  }

  /** What all sockets have brought by then shares a commit: one for the first command alone would keep the others waiting. */
  #schedule(): void {
    if (this.#isScheduled || this.#isFull()) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#send();
    });
  }

  #isFull(): boolean {
    return this.#commandsUnderWay >= batchCommandsMax || this.#bytesUnderWay >= batchBytesMax;
  }

  #send(): void {
    while (this.#waiting.length > 0 && !this.#isFull()) {
      const batch = this.#takeBatch();
      const bytes = batch.reduce((sum, waiting) => sum + waiting.bytes, 0);
      this.#waitingBytes -= bytes;
      this.#commandsUnderWay += batch.length;
      this.#bytesUnderWay += bytes;
      this.#commit(batch.map(({ command }) => command)).then(
        (results) => this.#settleAll(batch, results),
        (error) => batch.forEach(({ reject }) => reject(error)),
      ).then(() => this.#ended(batch.length, bytes));
    }
  }

  #ended(commands: number, bytes: number): void {
    this.#commandsUnderWay -= commands;
    this.#bytesUnderWay -= bytes;
    if (this.#waiting.length > 0) return this.#schedule();
    if (this.#commandsUnderWay > 0) return;
    this.#rested?.resolve();
    this.#rested = null;
  }

  #settleAll(batch: readonly Waiting[], results: readonly Result[]): void {
    for (let index = 0; index < batch.length; index++) this.#settle(batch[index]!, results[index]);
  }

  #settle({ command, origin, resolve, reject }: Waiting, result: Result | undefined): void {
    if (result === undefined) throw new Error("the writer must answer for every command");
    if ("error" in result) return reject(errorReceived(result.error));
    this.#followers.tell(command, result, origin);
    resolve(result);
  }

  #takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      bytes += waiting.bytes;
      if (count === batchCommandsMax || (count > 0 && bytes > batchBytesMax)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}

/** About how much memory a command takes. */
function bytesOf(command: Command): number {
  switch (command.type) {
    case "post":
      return command.body.length * 2;
    case "vault":
      return command.vault.sealed.length;
    case "read":
    case "read_conversations":
      return command.positions.length * commandBytes;
    default:
      return commandBytes;
  }
}
