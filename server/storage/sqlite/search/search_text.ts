/**
 * What the full-text index holds, and how it is asked.
 *
 * Words are found and folded here, not by SQLite: its tokenizer knows the letters of Unicode 6.1 only and takes a
 * Chinese sentence for one word. SQLite's `ascii` tokenizer then leaves every word as it is.
 *
 * Each term begins with a mark for its shard: 2^18 posts in a row share one. A search asks shard by shard, newest
 * first, and stops when its page is full. That bounds what a common word costs: SQLite collects every post of every
 * word with the wanted beginning before it returns the first one, here never more than one shard's.
 * The index also holds the words' first one to four characters (`prefix` in schema.ts): short beginnings have the most
 * words. A post's room is a term too, so that a room with few posts among millions is found as quickly.
 *
 * Marks are private-use characters, which are in no word.
 *
 * @module
 */

/** Posts in a shard, as a power of two. */
const shardBits = 18;

/** Characters of a word that are kept; longer words are found by their beginning. */
const wordCharactersMax = 64;

/** Different words of one search; more of them are ignored. */
const searchWordsMax = 16;

const firstShardMark = 0xf0000;
const roomMark = "\ue000";

const wordPattern = /[\p{L}\p{N}\p{M}]+/gu;
const unspacedPattern = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\u30fc]+/gu;
const asciiWordPattern = /[a-z0-9]+/g;
// deno-lint-ignore no-control-regex -- the range is ASCII itself
const asciiPattern = /^[\x00-\x7f]*$/;

/**
 * Which shard a post is in.
 *
 * @param sequence The post's sequence.
 * @returns The shard's number, from 0.
 */
export function shardOf(sequence: number): number {
  return Math.floor(sequence / 2 ** shardBits);
}

function shardMark(shard: number): string {
  return String.fromCodePoint(firstShardMark + shard);
}

function roomTerm(mark: string, roomId: number): string {
  return `${mark}${roomMark}${roomId}`;
}

/** Without case, accents and compatibility forms. Upper case first: it makes ß and SS one. */
function fold(text: string): string {
  const folded = text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toUpperCase().toLowerCase();
  return folded.replaceAll("ς", "σ").normalize("NFC");
}

/** Scripts without spaces become overlapping pairs: every part of two or more characters can be found. */
function pairs(run: string): string[] {
  const characters = [...run];
  return characters.map((character, index) => character + (characters[index + 1] ?? ""));
}

function wordsOf(text: string): Set<string> {
  // Most texts are ASCII, and every post passes here.
  if (asciiPattern.test(text)) return new Set(asciiWordsOf(text));
  const words = new Set<string>();
  for (const [word] of fold(text).matchAll(wordPattern)) {
    const spaced = word.replace(unspacedPattern, (run) => {
      for (const pair of pairs(run)) words.add(pair);
      return " ";
    });
    for (const part of spaced.split(" ")) if (part !== "") words.add(shortened(part));
  }
  return words;
}

/** Here a unit is a character. */
function asciiWordsOf(text: string): string[] {
  const words = text.toLowerCase().match(asciiWordPattern) ?? [];
  return words.map((word) => word.slice(0, wordCharactersMax));
}

function shortened(word: string): string {
  if (word.length <= wordCharactersMax) return word;
  return [...word].slice(0, wordCharactersMax).join("");
}

/**
 * What is put into the index for a post.
 *
 * @param sequence The post's sequence.
 * @param roomId Its room.
 * @param body Its text.
 * @returns The terms, separated by spaces. What is there twice counts once.
 */
export function indexText(sequence: number, roomId: number, body: string): string {
  if (!asciiPattern.test(body)) return indexTerms(sequence, roomId, body).join(" ");
  const mark = shardMark(shardOf(sequence));
  let text = roomTerm(mark, roomId);
  // Most texts are ASCII: to look for words that are there twice would cost more than they do.
  for (const word of asciiWordsOf(body)) text += ` ${mark}${word}`;
  return text;
}

/**
 * The terms of a post.
 *
 * @param sequence The post's sequence.
 * @param roomId Its room.
 * @param body Its text.
 * @returns Each of them once.
 */
export function indexTerms(sequence: number, roomId: number, body: string): string[] {
  const mark = shardMark(shardOf(sequence));
  const terms = [roomTerm(mark, roomId)];
  for (const word of wordsOf(body)) terms.push(mark + word);
  return terms;
}

/**
 * Whether a text has all of the words: what the index said, checked against the post itself.
 *
 * @param body The text.
 * @param words What {@linkcode searchWords} returned.
 * @returns True if each is the beginning of a word of the text.
 */
export function hasWords(body: string, words: readonly string[]): boolean {
  return listHasWords(wordList(body), words);
}

/**
 * The words of a text, in a form that is searched fast. Making it takes milliseconds for the longest text.
 *
 * @param body The text.
 * @returns Each word after a line feed, which no word holds.
 */
export function wordList(body: string): string {
  return [...wordsOf(body)].map((word) => "\n" + word).join("");
}

/**
 * Whether a text has all of the words.
 *
 * @param list What {@linkcode wordList} returned for the text.
 * @param words What {@linkcode searchWords} returned.
 * @returns True if each is the beginning of a word of the text.
 */
export function listHasWords(list: string, words: readonly string[]): boolean {
  return words.every((word) => list.includes("\n" + word));
}

/**
 * The words that a search asks for.
 *
 * @param words What was typed, one or more words each. Punctuation separates, operators are plain words.
 * @returns The folded words, at most 16; none if there is nothing to search for.
 */
export function searchWords(words: readonly string[]): string[] {
  const found = new Set<string>();
  for (const text of words) {
    const parts = [...wordsOf(text)];
    // The last character of a run without spaces stands alone in the index; asked for, it is in its pair already.
    for (const part of parts) if (!isTail(part, parts)) found.add(part);
  }
  return [...found].slice(0, searchWordsMax);
}

function isTail(part: string, parts: readonly string[]): boolean {
  if ([...part].length !== 1 || part.replace(unspacedPattern, "") !== "") return false;
  return parts.some((other) => other !== part && other.endsWith(part));
}

/**
 * The question to FTS5 for one shard.
 *
 * @param shard The shard's number.
 * @param roomIds The rooms; none for all rooms.
 * @param words What {@linkcode searchWords} returned, at least one.
 * @returns A MATCH expression. Every term is quoted; none can contain a quotation mark.
 */
export function matchExpression(
  shard: number,
  roomIds: readonly number[],
  words: readonly string[],
): string {
  const mark = shardMark(shard);
  const terms = words.map((word) => `"${mark}${word}" *`);
  if (roomIds.length > 0) {
    terms.push(`(${roomIds.map((roomId) => `"${roomTerm(mark, roomId)}"`).join(" OR ")})`);
  }
  return terms.join(" AND ");
}
