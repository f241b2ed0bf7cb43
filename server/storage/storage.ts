/**
 * The store as a whole. Its parts are contracts of their own, for those who need one of them. Everything is asynchronous,
 * because a commit waits for the disk.
 *
 * @module
 */
import type { AccountStorage, ReadPositionStorage } from "./account_storage.ts";
import type { CommandLog } from "./command_log.ts";
import type { FileLookups } from "./file_storage.ts";
import type { IdentityStorage } from "./identity_storage.ts";
import type { PostStorage } from "./post_storage.ts";
import type { RoomRecord } from "./room_storage.ts";
import type { SecretStorage } from "./secret_storage.ts";

/** What the server is to find at start. */
export interface StoredState {
  readonly rooms: readonly RoomRecord[];
  /** The newest sequence, 0 if nothing was ever posted. */
  readonly lastSequence: number;
}

/** The small things that are looked up: each must see at once what was changed before. */
export interface Lookups
  extends AccountStorage, ReadPositionStorage, IdentityStorage, SecretStorage, FileLookups {}

/** The store. Each method may be rejected with a `StorageError`. */
export interface Storage extends CommandLog, PostStorage, Lookups {
  /** What was found at start. */
  readonly opened: StoredState;
  /** The whole of SQLite's integrity check and the checksum of every post; the problems found, none if all is well. */
  verify(): Promise<readonly string[]>;
  /** Finishes what was submitted and closes. */
  close(): Promise<void>;
}
