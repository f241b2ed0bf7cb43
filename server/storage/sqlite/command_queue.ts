/**
 * The log of a server that is alone: the queue before its database. Commands share commits (group commit): what comes in one
 * turn of the event loop, or while a commit is under way, shares the next one.
 *
 * 1. Commands are applied in the order of the calls.
 * 2. One commit is under way at a time, of at most `batchCommandsMax` commands or `batchBytesMax` bytes.
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

/** Applies commands in one transaction, and says what became of each. */
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
  #underWay: Promise<void> | undefined;

  /** @param commit Called with one batch after the other. */
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
      this.#underWay ??= this.#run();
    });
  }

  /** See {@linkcode CommandLog.watch}. */
  watch(follower: Follower): () => void {
    return this.#followers.add(follower);
  }

  /** Resolves when all that was submitted was committed, or could not be. */
  async finish(): Promise<void> {
    while (this.#underWay !== undefined) await this.#underWay;
  }

  async #run(): Promise<void> {
    // What all sockets have brought by now shares the first commit: a commit for one post keeps the others waiting.
    await new Promise<void>((resolve) => setImmediate(resolve));
    try {
      while (this.#waiting.length > 0) await this.#commitOnce();
    } finally {
      this.#underWay = undefined;
    }
  }

  async #commitOnce(): Promise<void> {
    const batch = this.#takeBatch();
    let results: readonly Result[];
    try {
      results = await this.#commit(batch.map(({ command }) => command));
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
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
    const batch = this.#waiting.splice(0, count);
    for (const waiting of batch) this.#waitingBytes -= waiting.bytes;
    return batch;
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
