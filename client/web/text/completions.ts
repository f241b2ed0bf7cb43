/**
 * What may be meant by a word that is half typed.
 *
 * @module
 */
import { emojiNamedLike } from "./emoji_names.ts";

/** What there is to complete with. */
export interface CompletionNames {
  /** Users: the last speaker first. */
  readonly users: readonly string[];
  readonly rooms: readonly string[];
}

/** Something that may be meant. */
export interface Offer {
  /** As it is shown. */
  readonly label: string;
  /** What takes the place of the word. */
  readonly text: string;
}

/** What is offered for the word before the cursor. */
export interface Offers {
  /** Where the word begins. */
  readonly from: number;
  /** Whether they are shown while one types; else only where one asks for them. */
  readonly isEager: boolean;
  readonly list: readonly Offer[];
}

/** How many are offered. */
const offersMax = 8;

/**
 * What is offered.
 *
 * @param text All that was typed.
 * @param cursor Where the cursor is.
 * @param names What there is.
 * @return Null where nothing can be meant.
 */
export function offersFor(text: string, cursor: number, names: CompletionNames): Offers | null {
  const head = text.slice(0, cursor);
  const from = head.search(/[^\s(]*$/u);
  const word = head.slice(from);
  const [isEager, list] = offersOf(word, from === 0, names);
  return list.length === 0 ? null : { from, isEager, list: list.slice(0, offersMax) };
}

function offersOf(
  word: string,
  isFirst: boolean,
  { users, rooms }: CompletionNames,
): [isEager: boolean, list: Offer[]] {
  const end = isFirst ? ": " : " ";
  const named = (typed: string) =>
    beginningWith(users, typed).map((name) => ({ label: name, text: `${name}${end}` }));
  if (word.startsWith("@")) return [true, named(word.slice(1))];
  if (word.startsWith("#")) {
    return [true, beginningWith(rooms, word).map((room) => ({ label: room, text: `${room} ` }))];
  }
  const found = word.length > 2 ? emojiNamedLike(word) : [];
  if (found.length > 0) {
    return [true, found.map(([name, one]) => ({ label: `${one} :${name}:`, text: `${one} ` }))];
  }
  return [false, word === "" ? [] : named(word)];
}

function beginningWith(candidates: readonly string[], typed: string): string[] {
  const lower = typed.toLowerCase();
  return candidates.filter((one) => one.toLowerCase().startsWith(lower));
}
