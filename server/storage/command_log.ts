/**
 * The one log: every lasting change is submitted to it, and everyone who wants to know what has changed follows it. Where it
 * lives is the store's choice.
 *
 * @module
 */
import type { Command, CommandOf, CommandType, DoneOf, Outcome, OutcomeOf } from "./commands.ts";

/** The origin of a command that no session of this process has submitted. */
export const noOrigin = 0;

/**
 * What someone does who follows the log: a function for each type of command that matters. It must not throw and must not wait.
 * It gets only what has changed something, whoever submitted it: neither what was refused, nor what is repeated.
 *
 * `origin` is the session that submitted the command, if it did so in this process, or {@linkcode noOrigin}.
 */
export type Follower = {
  readonly [T in CommandType]?: (
    command: CommandOf<T>,
    done: DoneOf<T>,
    origin: number,
  ) => void;
};

/** The log, as far as those need it who change something or follow. */
export interface CommandLog {
  /**
   * Makes a command durable and gives it its place in the one order, which is that of the calls within this process.
   *
   * @param command The command. It must not be changed any more.
   * @param origin The id of the session that submits it, or {@linkcode noOrigin}.
   * @returns What became of it, once it is on the disk, and everyone who follows was told. Rejected with a StorageError where
   * it could not be stored: then nothing of it was.
   */
  submit<C extends Command>(command: C, origin?: number): Promise<OutcomeOf<C["type"]>>;
  /**
   * Follows the log from now on.
   *
   * @param follower See {@linkcode Follower}. Followers are told one after the other, in the order in which they came.
   * @returns Ends it.
   */
  watch(follower: Follower): () => void;
}

type AnyFollower = (command: Command, done: Outcome, origin: number) => void;

/** Those who follow a log. */
export class Followers {
  readonly #followers = new Set<Follower>();

  /** See {@linkcode CommandLog.watch}. */
  add(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** Tells everyone what became of a command, unless it has changed nothing. */
  tell(command: Command, outcome: Outcome, origin: number): void {
    if (outcome.refused !== null || outcome.repeated) return;
    for (const follower of this.#followers) {
      (follower[command.type] as AnyFollower | undefined)?.(command, outcome, origin);
    }
  }
}
