/**
 * Applies commands to the database: one transaction for a whole batch. What becomes of a command depends on what is stored and
 * on nothing else: neither on the time, nor on which commands share its transaction.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import {
  type Command,
  type CommandOf,
  type CommandType,
  isKnownCommand,
  type Outcome,
  type OutcomeOf,
  unknownCommand,
} from "../../commands.ts";
import { errorToSend, type SentError } from "../file/sent_error.ts";
import { integerOf } from "../file/rows.ts";
import { prepared } from "../file/statements.ts";
import { storageErrorFrom } from "../file/storage_failure.ts";
import { StorageError } from "../../storage_error.ts";
import { PostRepeated, PostWriter } from "../posts/post_writer.ts";
import * as accounts from "../tables/account_tables.ts";
import * as files from "../tables/file_tables.ts";
import * as identities from "../tables/identity_tables.ts";
import { replacePassword } from "../tables/password_change.ts";
import * as positions from "../tables/read_position_tables.ts";
import * as rooms from "../tables/room_tables.ts";
import { keepSecret } from "../tables/secret_tables.ts";

/** What became of a command, or why it could not even be tried: a part of the database that it needs is damaged. */
export type Result = Outcome | { readonly error: SentError };

/** Applies a command, or refuses it before anything is changed. */
type Apply<T extends CommandType> = (database: DatabaseSync, command: CommandOf<T>) => OutcomeOf<T>;

/** Everything but posts, which have memory of their own (post_writer.ts). */
const table: { readonly [T in Exclude<CommandType, "post" | "annotation">]: Apply<T> } = {
  account: accounts.createAccount,
  identity: identities.addIdentity,
  supplement: identities.addSupplement,
  password: replacePassword,
  pages: accounts.refusePages,
  vault: identities.saveVault,
  room: rooms.createRoom,
  topic: rooms.setTopic,
  enter: rooms.enterRoom,
  remove: rooms.removeFromRoom,
  rule: rooms.ruleRoom,
  claim: rooms.claimRoom,
  membership: rooms.changeMembership,
  law: rooms.changeLaw,
  secret: keepSecret,
  read: positions.saveReadPositions,
  read_conversations: positions.saveConversationPositions,
  file: files.announceFile,
  file_whole: files.completeFile,
  file_gone: files.forgetFiles,
};

/** What is done in the transaction of a batch, when all of its commands have been applied. */
export type BeforeCommit = (results: readonly Result[]) => void;

/** How long readers may hold the WAL up, in milliseconds; the next transaction tries again. */
const walTimeoutMs = 50;

/** Empties the WAL: earlier versions of pages are in it. Whether that was possible. */
function overwriteWal(database: DatabaseSync): boolean {
  const timeout = integerOf(database.prepare("PRAGMA busy_timeout").get() ?? {}, "timeout");
  database.exec(`PRAGMA busy_timeout = ${walTimeoutMs}`);
  try {
    const found = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() ?? {};
    return integerOf(found, "busy") === 0;
  } catch {
    // A disk that fails now has failed after the commit: the next transaction tells.
    return false;
  } finally {
    database.exec(`PRAGMA busy_timeout = ${timeout}`);
  }
}

/** Applies commands through the one connection that writes. */
export class Applier {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #posts: PostWriter;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  /** Whether the WAL may still hold what was taken back. */
  #overwrite = false;

  /**
   * @param database The connection that writes, with the tables of schema.ts.
   * @param path Its path, for messages.
   */
  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    this.#posts = new PostWriter(database);
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
  }

  /** The newest sequence, 0 if nothing was ever posted. */
  get lastSequence(): number {
    return this.#posts.lastSequence;
  }

  /**
   * Applies commands in one transaction.
   *
   * @param commands The commands, in their order.
   * @param beforeCommit Called in the transaction, after all commands; what it changes is committed with them.
   * @throws Error of node:sqlite, if the transaction failed: then nothing of it was stored. StorageError `failed`, if a command
   * is not known.
   * @returns What became of each; one that is refused does not harm the others.
   */
  apply(commands: readonly Command[], beforeCommit: BeforeCommit = () => {}): Result[] {
    try {
      return this.#apply(commands, { oneByOne: false, beforeCommit });
    } catch (error) {
      if (error instanceof PostRepeated) {
        return this.#apply(commands, { oneByOne: true, beforeCommit });
      }
      throw error;
    }
  }

  #apply(
    commands: readonly Command[],
    { oneByOne, beforeCommit }: { oneByOne: boolean; beforeCommit: BeforeCommit },
  ): Result[] {
    this.#posts.begin(oneByOne);
    this.#begin.run();
    try {
      const results: Result[] = [];
      for (const command of commands) {
        if (!isKnownCommand(command)) throw unknownCommand(command);
        results.push(this.#applyOne(command));
      }
      this.#posts.finish();
      beforeCommit(results);
      this.#commit.run();
      this.#overwrite ||= this.#posts.tookBack;
      if (this.#overwrite) this.#overwrite = !overwriteWal(this.#database);
      return results;
    } catch (error) {
      // SQLite has rolled back by itself after some errors.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      this.#posts.undo();
      if (!(error instanceof PostRepeated)) this.#posts.overwriteFailed();
      throw error;
    }
  }

  #applyOne(command: Command): Result {
    if (command.type === "post") return this.#posts.append(command);
    return command.type === "annotation" ? this.#annotate(command) : this.#applyApart(command);
  }

  /** It looks at everything that it needs before it changes anything. */
  #annotate(command: CommandOf<"annotation">): Result {
    try {
      return this.#posts.annotate(command);
    } catch (error) {
      if (error instanceof StorageError && error.reason === "damaged") {
        return { error: errorToSend(error) };
      }
      throw error;
    }
  }

  /** Damage that one command meets must not keep the others from being stored. */
  #applyApart(command: Exclude<Command, { readonly type: "post" | "annotation" }>): Result {
    const apply = table[command.type] as Apply<typeof command.type>;
    prepared(this.#database, "SAVEPOINT command").run();
    try {
      const outcome = apply(this.#database, command as never);
      prepared(this.#database, "RELEASE command").run();
      return outcome;
    } catch (thrown) {
      const error = storageErrorFrom(thrown, this.#path);
      if (error.reason !== "damaged") throw error;
      this.#database.exec("ROLLBACK TO command; RELEASE command");
      return { error: errorToSend(error) };
    }
  }
}
