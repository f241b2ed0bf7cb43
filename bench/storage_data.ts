/**
 * Fills a database with made-up history as fast as it can: for measurements only. It goes around the server's own
 * writer: no sync, indexes built at the end.
 *
 * @module
 */

import { ConversationIndex } from "../server/storage/sqlite/posts/conversation_index.ts";
import type { DatabaseSync } from "node:sqlite";
import { accountName } from "./accounts.ts";
import { newPostId } from "../protocol/wire/post_id.ts";
import { databaseFileName } from "../server/storage/sqlite/file/data_folder.ts";
import { openForWriting } from "../server/storage/sqlite/file/database.ts";
import { postChecksum, roomChecksum } from "../server/storage/sqlite/file/checksum.ts";
import { indexTerms } from "../server/storage/sqlite/search/search_text.ts";
import { usualLaw } from "../server/storage/room_law.ts";

/** Rooms in the made-up history. The first gets most posts, the last 50 only. */
export const roomsMade = 100;
/** Private conversations of `reader` in it. */
export const privatesMade = 1_000;
/** The account that has all of them: the first of those that load generators sign in with. */
export const reader = accountName(0);
/** A word that one post in 500,000 has. */
export const rareWord = "xylophone";

const vocabularyWords = 50_000;
const transactionPosts = 50_000;
const fewPosts = 50;

/** Repeatable random numbers from 0 to 1 (xorshift32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Words of syllables; the first ones are the most frequent. */
function makeVocabulary(random: () => number): string[] {
  const consonants = "bcdfghjklmnprstvwz";
  const vowels = "aeiou";
  const pick = (letters: string) => letters[Math.floor(random() * letters.length)] ?? "";
  const words = new Set<string>();
  while (words.size < vocabularyWords) {
    const syllables = 1 + Math.floor(Math.log10(1 + words.size / 4)) + Math.floor(random() * 2);
    let word = "";
    for (let count = 0; count < syllables; count++) word += pick(consonants) + pick(vowels);
    words.add(words.size % 3 === 0 ? word + pick(consonants) : word);
  }
  return [...words];
}

/** The words of the vocabulary, the most frequent first. */
export const vocabulary: readonly string[] = makeVocabulary(randomFrom(7));

/** A text of 6 to 17 words; a word's frequency falls with its rank, as in real language. */
function makeText(random: () => number): string {
  const words: string[] = [];
  const length = 6 + Math.floor(random() * 12);
  for (let count = 0; count < length; count++) {
    words.push(vocabulary[Math.floor(vocabularyWords ** random()) - 1] ?? "");
  }
  if (random() < 1 / 500_000) words.push(rareWord);
  return words.join(" ");
}

/** 10% private, 60% in the first room, the rest spread; the last room gets a post every now and then. */
function pickConversation(random: () => number, sequence: number, posts: number): number {
  if (sequence % Math.ceil(posts / fewPosts) === 1) return roomsMade;
  const dice = random();
  if (dice < 0.6) return 1;
  if (dice < 0.9) return 2 + Math.floor(random() * (roomsMade - 2));
  return roomsMade + 1 + Math.floor(random() * privatesMade);
}

function makeConversations(database: DatabaseSync): void {
  const conversation = database.prepare(
    "INSERT INTO conversations (id, first, second, last) VALUES (?, ?, ?, 0)",
  );
  const room = database.prepare(
    "INSERT INTO rooms (id, name, key, skeleton, topic, checksum) VALUES (?1, ?2, ?2, ?2, '', ?3)",
  );
  const participant = database.prepare(
    "INSERT INTO participants (key, conversation) VALUES (?, ?)",
  );
  for (let id = 1; id <= roomsMade; id++) {
    conversation.run(id, null, null);
    const name = `#room${id}`;
    const names = { name, nameKey: name, skeleton: name };
    room.run(
      id,
      name,
      roomChecksum({ id, ...names, topic: "", topicSetting: null, entries: 0, law: usualLaw }),
    );
  }
  for (let id = roomsMade + 1; id <= roomsMade + privatesMade; id++) {
    const [first = "", second = ""] = [`peer${id}`, reader].sort();
    conversation.run(id, first, second);
    participant.run(`peer${id}`, id);
    participant.run(reader, id);
  }
}

function makePosts(database: DatabaseSync, posts: number): void {
  const random = randomFrom(42);
  const insertPost = database.prepare(
    "INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
  );
  const insertWords = database.prepare("INSERT INTO words (rowid, text) VALUES (?, ?)");
  const last = new Array<number>(roomsMade + privatesMade + 1).fill(0);
  for (let sequence = 1; sequence <= posts; sequence++) {
    if (sequence % transactionPosts === 1) database.exec("BEGIN");
    const conversation = pickConversation(random, sequence, posts);
    const previous = last[conversation] ?? 0;
    const from = `user${Math.floor(random() * 500)}`;
    const to = conversation <= roomsMade ? `#room${conversation}` : reader;
    const timeMs = 1_700_000_000_000 + sequence * 1_000;
    const id = newPostId(timeMs);
    const body = makeText(random);
    const kind = "text";
    const checksum = postChecksum(
      { sequence, conversation, previous, from, to, id, timeMs, kind, body },
    );
    insertPost.run(sequence, conversation, previous, from, to, id, timeMs, kind, body, checksum);
    if (conversation <= roomsMade) {
      insertWords.run(sequence, indexTerms(sequence, conversation, body).join(" "));
    }
    last[conversation] = sequence;
    if (sequence % transactionPosts === 0 || sequence === posts) database.exec("COMMIT");
  }
  const saveLast = database.prepare("UPDATE conversations SET last = ? WHERE id = ?");
  last.forEach((sequence, id) => saveLast.run(sequence, id));
  database.prepare("UPDATE words_progress SET sequence = ?").run(posts);
}

/** Merges the index of words as far as the server's own small steps would have. */
function mergeWords(database: DatabaseSync): void {
  const merge = database.prepare("INSERT INTO words (words, rank) VALUES ('merge', 10000)");
  const changes = database.prepare("SELECT total_changes() AS number");
  const total = () => Number(changes.get()?.["number"]);
  for (let before = -1, now = total(); now - before >= 2;) {
    merge.run();
    [before, now] = [now, total()];
  }
}

/**
 * Makes a database with history.
 *
 * @param directory The data folder; must exist and hold no database.
 * @param posts How many posts.
 * @returns The time it took, in milliseconds.
 */
export function fillStorage(directory: string, posts: number): number {
  const start = performance.now();
  const path = `${directory}/${databaseFileName}`;
  const database = openForWriting(path);
  const indexes = database.prepare(
    "SELECT name, sql FROM sqlite_schema WHERE name LIKE 'posts_by_%'",
  ).all();
  for (const { name } of indexes) database.exec(`DROP INDEX ${name}`);
  database.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -400000");
  makeConversations(database);
  makePosts(database, posts);
  for (const { sql } of indexes) database.exec(String(sql));
  new ConversationIndex(database).update(posts);
  mergeWords(database);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  return performance.now() - start;
}

if (import.meta.main) {
  const [directory = "", posts = ""] = Deno.args;
  Deno.mkdirSync(directory, { recursive: true });
  const tookMs = fillStorage(directory, Number(posts));
  // deno-lint-ignore no-console -- a program of its own
  console.log(`${posts} posts in ${(tookMs / 1000).toFixed(1)} s`);
}
