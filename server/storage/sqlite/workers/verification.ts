/**
 * Looks at the whole database and names what is wrong.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { accountOf } from "../tables/account_tables.ts";
import { checkFiles } from "../tables/file_tables.ts";
import { privateListsFit } from "../tables/private_lists.ts";
import { enteredUpTo } from "../posts/conversation_index.ts";
import type { OnProgress } from "../../progress.ts";
import { postOf, type PostRow } from "../posts/post_rows.ts";
import { readRooms } from "../tables/room_tables.ts";
import { integerOf, textColumn } from "../file/rows.ts";
import { schemaProblems } from "../file/schema.ts";
import { indexTerms } from "../search/search_text.ts";
import { StorageError } from "../../storage_error.ts";
import { storageErrorFrom } from "../file/storage_failure.ts";
import { TermSum } from "../search/term_sum.ts";
import { indexedUpTo } from "../search/word_index.ts";

/** Problems that are named; a file that is all rubbish must not fill the memory. */
const problemsMax = 100;

/**
 * Checks the pages and indexes, every post's checksum and place in its conversation, and that the words of every post
 * are in the full-text index.
 *
 * @param database A connection that reads.
 * @param path Its path, for messages.
 * @param onProgress Is told now and then how far it is.
 * @returns The problems found, at most 100; none if all is well.
 */
export function verifyDatabase(
  database: DatabaseSync,
  path: string,
  onProgress: OnProgress = () => {},
): string[] {
  const problems: string[] = [];
  const report: Report = (problem) => {
    if (problems.length < problemsMax) problems.push(problem);
  };
  for (const [what, step] of steps) {
    onProgress({ what, done: 0, total: 0 });
    try {
      step(database, report, (done, total) => onProgress({ what, done, total }));
    } catch (error) {
      problems.push(storageErrorFrom(error, path).message);
    }
  }
  return problems.slice(0, problemsMax);
}

type Report = (problem: string) => void;
type Tell = (done: number, total: number) => void;
type Step = (database: DatabaseSync, report: Report, tell: Tell) => void;

const steps: readonly (readonly [what: string, step: Step])[] = [
  ["Checking the pages of the database", checkIntegrity],
  ["Checking its form", checkSchema],
  ["Checking posts", checkPosts],
  ["Checking the index of conversations", checkPlaces],
  ["Checking the index of words", checkWords],
  ["Checking accounts and rooms", checkPeople],
  ["Checking files", checkFiles],
];

/** Posts after which it is told again how far a step is. */
const toldPosts = 10_000;

function checkIntegrity(database: DatabaseSync, report: Report): void {
  for (const row of database.prepare(`PRAGMA integrity_check(${problemsMax})`).iterate()) {
    const line = textColumn(row, "integrity_check");
    if (line !== "ok") report(line);
  }
  for (const row of database.prepare("PRAGMA foreign_key_check").iterate()) {
    report(`A row of "${textColumn(row, "table")}" refers to a row that does not exist.`);
  }
}

/** What somebody has put into the database, changed in it or taken out of it. */
function checkSchema(database: DatabaseSync, report: Report): void {
  const { foreign, missing } = schemaProblems(database);
  for (const problem of [...foreign, ...missing]) report(problem);
}

/** Checks every post by itself, and that each conversation's posts follow one another. */
function checkPosts(database: DatabaseSync, report: Report, tell: Tell): void {
  const newest = new Map<number, number>();
  const last = lastSequence(database);
  for (const row of database.prepare("SELECT * FROM posts ORDER BY sequence").iterate()) {
    try {
      const sequence = integerOf(row, "sequence");
      if (sequence % toldPosts === 0) tell(sequence, last);
      checkPost(postOf(row, sequence), newest, report);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      report(error.message);
    }
  }
  for (const row of database.prepare("SELECT id, last FROM conversations").iterate()) {
    const id = integerOf(row, "id");
    if ((newest.get(id) ?? 0) !== integerOf(row, "last")) {
      report(`The newest post of conversation ${id} is not the one that it names.`);
    }
  }
}

function lastSequence(database: DatabaseSync): number {
  const row = database.prepare("SELECT coalesce(max(sequence), 0) AS last FROM posts").get();
  return integerOf(row ?? {}, "last");
}

function checkPost(post: PostRow, newest: Map<number, number>, report: Report): void {
  if (post.previous !== (newest.get(post.conversation) ?? 0)) {
    report(`The post before post ${post.sequence} in its conversation is missing.`);
  }
  newest.set(post.conversation, post.sequence);
}

/** Compares the index of conversations with the posts: each post is in it once, and nothing else. */
function checkPlaces(database: DatabaseSync, report: Report): void {
  const entered = enteredUpTo(database);
  const lost = database.prepare(
    "SELECT EXISTS (SELECT 1 FROM posts LEFT JOIN conversation_posts USING (conversation, sequence) " +
      "WHERE posts.sequence <= ? AND conversation_posts.sequence IS NULL) AS number",
  ).get(entered) ?? {};
  const surplus = database.prepare(
    "SELECT (SELECT count(*) FROM conversation_posts) - " +
      "(SELECT count(*) FROM posts WHERE sequence <= ?) AS number",
  ).get(entered) ?? {};
  if (integerOf(lost, "number") === 0 && integerOf(surplus, "number") === 0) return;
  report("The index of conversations does not fit the posts.");
}

/** Compares the full-text index with the posts: their sums are equal if every post has its terms, and no others. */
function checkWords(database: DatabaseSync, report: Report, tell: Tell): void {
  database.exec("CREATE VIRTUAL TABLE temp.word_instances USING fts5vocab(main, words, instance)");
  try {
    const sum = new TermSum();
    for (const row of database.prepare("SELECT term, doc FROM word_instances").iterate()) {
      sum.add(textColumn(row, "term"), integerOf(row, "doc"));
    }
    if (sum.value !== expectedSum(database, tell)) {
      report("The index of words does not fit the posts.");
    }
  } finally {
    database.exec("DROP TABLE temp.word_instances");
  }
}

function expectedSum(database: DatabaseSync, tell: Tell): number {
  const sum = new TermSum();
  const last = indexedUpTo(database);
  const posts = database.prepare(
    "SELECT posts.* FROM posts JOIN rooms ON rooms.id = conversation " +
      "WHERE kind NOT IN ('sealed', 'reaction', 'retraction', 'retracted', 'file') AND sequence <= ?",
  );
  let done = 0;
  for (const row of posts.iterate(last)) {
    const sequence = integerOf(row, "sequence");
    if (++done % toldPosts === 0) tell(sequence, last);
    const terms = indexTerms(sequence, integerOf(row, "conversation"), textColumn(row, "body"));
    for (const term of terms) sum.add(term, sequence);
  }
  return sum.value;
}

/** Checks every account and room, and that private conversations are listed for both ends and for nobody else. */
function checkPeople(database: DatabaseSync, report: Report): void {
  for (const row of database.prepare("SELECT * FROM accounts").iterate()) accountOf(row);
  readRooms(database);
  const lost =
    "SELECT id FROM conversations WHERE first IS NULL AND id NOT IN (SELECT id FROM rooms)";
  for (const row of database.prepare(lost).iterate()) {
    report(`Conversation ${integerOf(row, "id")} is in no room and between no accounts.`);
  }
  if (!privateListsFit(database)) {
    report("The lists of private conversations do not fit the conversations.");
  }
}
