/**
 * What the writing worker serves: everything that changes the database, and the small look-ups that must see it at once.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import * as accounts from "../tables/account_tables.ts";
import type { SealedIdentity } from "../../../../protocol/e2e/identity.ts";
import { assertNothingMissing, CountsFile, countsIn } from "../file/commit_counts.ts";
import { openForWriting } from "../file/database.ts";
import type { StoredPasswordChange, VaultRecord } from "../../identity_storage.ts";
import * as identities from "../tables/identity_tables.ts";
import { storePasswordChange } from "../tables/password_change.ts";
import { type Outcome, PostWriter } from "../posts/post_writer.ts";
import * as rooms from "../tables/room_tables.ts";
import { integerOf } from "../file/rows.ts";
import type {
  AccountRecord,
  ConversationPosition,
  NewPost,
  RoomOwner,
  RoomRecord,
  StoredState,
  TopicSetting,
} from "../../storage.ts";
import type { RoomChange } from "../../room_law.ts";
import { storageErrorFrom } from "../file/storage_failure.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The one connection that writes. Every method may throw a StorageError. */
export class Writer {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #posts: PostWriter;
  readonly #counts: CountsFile;

  /**
   * Opens the database and brings it to the newest version.
   *
   * @param path The file.
   */
  constructor(path: string) {
    this.#path = path;
    let database: DatabaseSync | undefined;
    try {
      assertNothingMissing(path);
      database = openForWriting(path);
      this.#posts = new PostWriter(database);
      this.#counts = new CountsFile(path, countsIn(database));
      this.#database = database;
    } catch (error) {
      database?.close();
      throw storageErrorFrom(error, path);
    }
  }

  /** What is there at start. */
  opened(): StoredState {
    return this.#try(() => ({
      rooms: rooms.readRooms(this.#database),
      lastSequence: this.#posts.lastSequence,
    }));
  }

  /** Appends posts and saves read positions, all in one transaction. */
  commit(posts: readonly NewPost[], positions: accounts.ReadPositionTable): Outcome[] {
    return this.#try(() => {
      const outcomes = this.#posts.appendBatch(
        posts,
        () => accounts.saveReadPositions(this.#database, positions),
      );
      this.#counts.save({ posts: this.#posts.lastSequence });
      return outcomes;
    });
  }

  findAccount(nameKey: string): AccountRecord | null {
    return this.#try(() => accounts.findAccount(this.#database, nameKey));
  }

  isNameTaken(name: { nameKey: string; skeleton: string }): boolean {
    return this.#try(() => accounts.isNameTaken(this.#database, name));
  }

  createAccount(account: AccountRecord, identity?: SealedIdentity): void {
    this.#change(() => accounts.createAccountWithKeys(this.#database, account, identity));
  }

  findIdentity(nameKey: string): SealedIdentity | null {
    return this.#try(() => identities.findIdentity(this.#database, nameKey));
  }

  addIdentity(nameKey: string, identity: SealedIdentity): SealedIdentity | null {
    return this.#change(() => identities.addIdentity(this.#database, nameKey, identity));
  }

  changePassword(nameKey: string, storedKey: Bytes, change: StoredPasswordChange): number | null {
    return this.#change(() => storePasswordChange(this.#database, nameKey, storedKey, change));
  }

  findVault(nameKey: string): VaultRecord | null {
    return this.#try(() => identities.findVault(this.#database, nameKey));
  }

  vaultVersion(nameKey: string): number {
    return this.#try(() => identities.vaultVersion(this.#database, nameKey));
  }

  saveVault(nameKey: string, vault: VaultRecord): boolean {
    return this.#change(() => identities.saveVault(this.#database, nameKey, vault));
  }

  countAccounts(): number {
    return this.#try(() => accounts.countAccounts(this.#database));
  }

  readPosition(nameKey: string): number {
    return this.#try(() => accounts.readPosition(this.#database, nameKey));
  }

  conversationPosition(nameKey: string, conversation: number): number | null {
    return this.#try(() => accounts.conversationPosition(this.#database, nameKey, conversation));
  }

  saveConversationPositions(positions: readonly ConversationPosition[]): void {
    this.#try(() => accounts.saveConversationPositions(this.#database, positions));
  }

  createRoom(room: rooms.NewRoom, owner?: RoomOwner): RoomRecord {
    return this.#change(() => rooms.createRoom(this.#database, room, owner));
  }

  changeLaw(roomId: number, changes: readonly RoomChange[]): void {
    this.#change(() => rooms.changeLaw(this.#database, roomId, changes));
  }

  setTopic(roomId: number, topic: string, setting: TopicSetting): void {
    this.#change(() => rooms.setTopic(this.#database, roomId, topic, setting));
  }

  addMember(roomId: number, nameKey: string): void {
    this.#change(() => rooms.addMember(this.#database, roomId, nameKey));
  }

  removeMember(roomId: number, nameKey: string): void {
    this.#change(() => rooms.removeMember(this.#database, roomId, nameKey));
  }

  keepSecret(name: string, value: Bytes | null): Bytes | null {
    return this.#change(() => accounts.keepSecret(this.#database, name, value));
  }

  /** Lets the file grow to so many pages and no further, as a full disk would; for tests. Returns the pages in use. */
  limitPages(pages: number): number {
    return this.#try(() => {
      this.#database.exec(`PRAGMA max_page_count = ${Math.trunc(pages)}`);
      return integerOf(this.#database.prepare("PRAGMA page_count").get() ?? {}, "page_count");
    });
  }

  /** Writes the WAL to the main file and closes. */
  close(): void {
    this.#try(() => {
      try {
        this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      } finally {
        this.#database.close();
        this.#counts.close();
      }
    });
  }

  /** Changes something other than posts. */
  #change<Result>(action: () => Result): Result {
    return this.#try(() => {
      const result = action();
      this.#counts.save(countsIn(this.#database));
      return result;
    });
  }

  #try<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      if (error instanceof Error && error.name === "TakenError") throw error;
      throw storageErrorFrom(error, this.#path);
    }
  }
}
