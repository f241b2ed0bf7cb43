/**
 * The tables, as a list of migrations. SQLite's `user_version` counts how many of them a database has had.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { integerOf } from "./rows.ts";
import type { OnProgress } from "../../progress.ts";
import { compareSchemas, isProgram, type Parts, partsOf } from "./schema_comparison.ts";
import { StorageError } from "../../storage_error.ts";

/** Marks the file as ours, for `file` and for those who look at it: "chat" in ASCII. */
const applicationId = 0x63686174;

/**
 * Version 1.
 *
 * A room and the private posts between two accounts are both a conversation; a room's id is its conversation's id.
 * `conversations.last` and `posts.previous` chain the posts of a conversation, so that a reader notices when a damaged
 * index hides one (history_reader.ts). AUTOINCREMENT decides nothing any more: the writer gives the sequences (post_writer.ts).
 * The index on `conversation` ends with the sequence, because SQLite adds the row's key to every index; version 8 has replaced it.
 * `words` keeps no copy of the text: search_text.ts says what is in it, word_index.ts how far it has come.
 */
const version1 = `
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  key TEXT NOT NULL UNIQUE,
  skeleton TEXT NOT NULL UNIQUE,
  salt BLOB NOT NULL,
  iterations INTEGER NOT NULL,
  stored_key BLOB NOT NULL,
  server_key BLOB NOT NULL,
  created_ms INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE identities (
  account INTEGER PRIMARY KEY REFERENCES accounts (id),
  record BLOB NOT NULL,
  sealed_keys BLOB NOT NULL,
  wrapped_key BLOB NOT NULL
) STRICT;
CREATE TABLE vaults (
  account INTEGER PRIMARY KEY REFERENCES accounts (id),
  version INTEGER NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
CREATE TABLE conversations (
  id INTEGER PRIMARY KEY,
  first TEXT,
  second TEXT,
  last INTEGER NOT NULL,
  UNIQUE (first, second)
) STRICT;
CREATE TABLE rooms (
  id INTEGER PRIMARY KEY REFERENCES conversations (id),
  name TEXT NOT NULL,
  key TEXT NOT NULL UNIQUE,
  skeleton TEXT NOT NULL UNIQUE,
  topic TEXT NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE members (
  room INTEGER NOT NULL REFERENCES rooms (id),
  key TEXT NOT NULL,
  PRIMARY KEY (room, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE participants (
  key TEXT NOT NULL,
  conversation INTEGER NOT NULL REFERENCES conversations (id),
  PRIMARY KEY (key, conversation)
) STRICT, WITHOUT ROWID;
CREATE TABLE posts (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation INTEGER NOT NULL REFERENCES conversations (id),
  previous INTEGER NOT NULL,
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  id TEXT NOT NULL,
  time_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX posts_by_id ON posts (sender, id);
CREATE INDEX posts_by_conversation ON posts (conversation);
CREATE VIRTUAL TABLE words USING fts5 (
  text, content = '', columnsize = 0, detail = none, tokenize = 'ascii', prefix = '2 3 4 5'
);
INSERT INTO words (words, rank) VALUES ('automerge', 0), ('usermerge', 8), ('crisismerge', 32);
CREATE TABLE words_progress (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  sequence INTEGER NOT NULL
) STRICT;
INSERT INTO words_progress VALUES (1, 0);
CREATE TABLE read_positions (
  account INTEGER PRIMARY KEY REFERENCES accounts (id),
  sequence INTEGER NOT NULL
) STRICT;
CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA application_id = ${applicationId};
`;

/** Tables whose every change is counted, so that one that is lost is noticed (commit_counts.ts). Posts count themselves. */
const countedTables = ["accounts", "identities", "vaults", "rooms", "members", "secrets"];

/** Version 2: counts the changes of small tables. */
const version2 = `
CREATE TABLE changes (only INTEGER PRIMARY KEY CHECK (only = 1), number INTEGER NOT NULL) STRICT;
INSERT INTO changes VALUES (1, 0);
${countedTables.flatMap(changeTriggers).join("\n")}
`;

function changeTriggers(table: string): string[] {
  return ["INSERT", "UPDATE", "DELETE"].map((action) =>
    `CREATE TRIGGER count_${action.toLowerCase()}_${table} AFTER ${action} ON ${table} ` +
    "BEGIN UPDATE changes SET number = number + 1; END;"
  );
}

/**
 * Version 3: posts are found by their id first. Ids begin with the time, so new ones go to one end of the index; by
 * sender first, a commit wrote a page for every sender in it.
 */
const version3 = `
DROP INDEX posts_by_id;
CREATE UNIQUE INDEX posts_by_id ON posts (id, sender);
`;

/** Version 4: who set a room's topic, and when; unknown of topics that were set before. */
const version4 = `
ALTER TABLE rooms ADD COLUMN topic_by TEXT;
ALTER TABLE rooms ADD COLUMN topic_ms INTEGER;
`;

/**
 * Version 5: how far accounts have read in single conversations, over a wire whose clients need not be in all rooms;
 * conversation 0 stands for all private ones (storage.ts, `privateConversations`).
 */
const version5 = `
CREATE TABLE conversation_positions (
  account INTEGER NOT NULL REFERENCES accounts (id),
  conversation INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  PRIMARY KEY (account, conversation)
) STRICT, WITHOUT ROWID;
`;

/** Version 6: counts how often the password of an account was changed. */
const version6 = `
ALTER TABLE accounts ADD COLUMN password_generation INTEGER NOT NULL DEFAULT 0;
`;

/**
 * Version 7: what holds in a room, as a text (law_text.ts); null where nothing is unusual. Who made the rooms of before is not
 * known, so nobody owns them: operators of the server rule them.
 */
const version7 = `
ALTER TABLE rooms ADD COLUMN law TEXT;
`;

/**
 * Version 8: which posts a conversation has, in a table that is filled some posts behind (conversation_index.ts).
 */
const version8 = `
CREATE TABLE conversation_posts (
  conversation INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  PRIMARY KEY (conversation, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO conversation_posts SELECT conversation, sequence FROM posts ORDER BY conversation, sequence;
DROP INDEX posts_by_conversation;
CREATE TABLE conversation_posts_progress (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  sequence INTEGER NOT NULL
) STRICT;
INSERT INTO conversation_posts_progress SELECT 1, coalesce(max(sequence), 0) FROM posts;
`;

/**
 * Version 9: how far the database has followed the log of a cluster (`LogPlace`), and the last batch that it has applied of
 * each run of a server. Both stay empty where a server is alone.
 */
const version9 = `
CREATE TABLE log_place (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  cluster TEXT NOT NULL,
  applied INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE log_runs (run TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** Version 10: how many people the log has let into a room (`RoomRecord.entries`). It adds nothing to a room's checksum until there is one. */
const version10 = `
ALTER TABLE rooms ADD COLUMN entries INTEGER NOT NULL DEFAULT 0;
`;

/** Version 11: posts about other posts. FTS5 must leave nothing of the words of a post that is taken back. */
const version11 = `
ALTER TABLE posts ADD COLUMN target INTEGER;
CREATE INDEX posts_by_target ON posts (target, kind) WHERE target IS NOT NULL;
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
`;

/** Version 12: what the key record of an account has grown by (protocol/e2e/key_supplement.ts). */
const version12 = `
ALTER TABLE identities ADD COLUMN supplement BLOB;
`;

/** Version 13: accounts that are never used by a page that a server gives out. */
const version13 = `
ALTER TABLE accounts ADD COLUMN refuses_pages INTEGER NOT NULL DEFAULT 0;
`;

/**
 * Version 14: files that people send (file_tables.ts), each for a room or for the recipient of a private message. The post that brings a
 * file is found by its sender and its id, also where what it says is sealed.
 */
const version14 = `
CREATE TABLE files (
  id TEXT PRIMARY KEY,
  sender TEXT NOT NULL,
  owner TEXT NOT NULL,
  post_id TEXT NOT NULL,
  room INTEGER,
  recipient_key TEXT,
  bytes INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  whole INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX files_by_post ON files (post_id, sender);
`;

/** Version 15: the hash of a file as it is stored, by which the servers of a cluster see that they have the same. */
const version15 = `
ALTER TABLE files ADD COLUMN hash TEXT;
`;

const migrations: readonly string[] = [
  version1,
  version2,
  version3,
  version4,
  version5,
  version6,
  version7,
  version8,
  version9,
  version10,
  version11,
  version12,
  version13,
  version14,
  version15,
];

/**
 * Refuses a database that is not ours to write, before anything in it is changed.
 *
 * @param database The open database.
 * @param path Its path, for the message.
 * @throws StorageError `failed`, if a newer program made it; `damaged`, if it was another program, or somebody has put a
 * trigger or a view into it.
 */
export function assertKnown(database: DatabaseSync, path: string): void {
  const version = pragma(database, "user_version");
  const found = database.prepare("SELECT count(*) AS number FROM sqlite_schema").get() ?? {};
  const isNew = version === 0 && integerOf(found, "number") === 0;
  if (!isNew && pragma(database, "application_id") !== applicationId) {
    throw new StorageError(
      "damaged",
      `"${path}" is the database of another program, or damaged. Choose another data folder.`,
    );
  }
  if (version <= migrations.length) {
    const planted = schemaProblems(database).foreign.find(isProgram);
    if (planted === undefined) return;
    throw new StorageError(
      "damaged",
      `"${path}" was changed by somebody else. ${planted} Restore the data folder from a backup.`,
    );
  }
  throw new StorageError(
    "failed",
    `"${path}" was made by a newer version of this program (database version ${version}, ` +
      `this program knows up to ${migrations.length}). Install the newer program.`,
  );
}

/**
 * What in a database is not as the migrations have made it.
 *
 * @param database The database, of any version that this program knows.
 * @returns See {@linkcode compareSchemas}.
 */
export function schemaProblems(database: DatabaseSync): { foreign: string[]; missing: string[] } {
  return compareSchemas(database, partsMade(pragma(database, "user_version")));
}

/** What the migrations make, by the version: making it takes longer than comparing, so it is made once. */
const made = new Map<number, Parts>();

function partsMade(version: number): Parts {
  const known = made.get(version);
  if (known !== undefined) return known;
  using expected = new DatabaseSync(":memory:");
  for (const migration of migrations.slice(0, version)) expected.exec(migration);
  const parts = partsOf(expected);
  made.set(version, parts);
  return parts;
}

/**
 * Refuses a database that a start would change.
 *
 * @throws StorageError `failed`, if an older program made it.
 */
export function assertNewest(database: DatabaseSync, path: string): void {
  const version = pragma(database, "user_version");
  if (version === migrations.length) return;
  throw new StorageError(
    "failed",
    `"${path}" was made by an older version of this program (database version ${version}, now ${migrations.length}). ` +
      "The next start brings it up to date. To check it before, do that with a copy of the data folder.",
  );
}

/**
 * Brings a database to the newest version, in one transaction.
 *
 * @param database The open database, which {@linkcode assertKnown} has let pass.
 * @param onProgress Is told of each step before it.
 */
export function migrate(database: DatabaseSync, onProgress: OnProgress = () => {}): void {
  const version = pragma(database, "user_version");
  const total = migrations.length;
  if (version === total) return;
  database.exec("BEGIN IMMEDIATE");
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue;
    // A new one is only made: nobody has to be told that it is brought anywhere.
    if (version > 0) {
      onProgress({ what: "Bringing the database to its newest form", done: index, total });
    }
    database.exec(migration);
  }
  database.exec(`PRAGMA user_version = ${migrations.length}`);
  database.exec("COMMIT");
}

function pragma(database: DatabaseSync, name: "user_version" | "application_id"): number {
  return integerOf(database.prepare(`PRAGMA ${name}`).get() ?? {}, name);
}
