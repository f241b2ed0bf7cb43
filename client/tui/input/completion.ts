/**
 * Tab: completes commands, names, rooms and emoji; again goes on to the next one.
 *
 * @module
 */
import { emojiBeginning } from "../../talk/emoji.ts";
import type { Editor, EditorState } from "./editor.ts";

/** Words to choose from, or which kind of name. */
export type CompletedWords = readonly string[] | "user" | "room" | "command";

/** What there is to complete with. */
export interface CompletionSource {
  /** Commands with their slash, in order. */
  readonly commands: () => readonly string[];
  /** What a command takes next, for example `off`, `mention`, `all`, behind the words that are typed already. */
  readonly words: (command: string, typed: readonly string[]) => CompletedWords | null;
  /** Users: the last speaker first, then who else is there. */
  readonly users: () => readonly string[];
  readonly rooms: () => readonly string[];
}

/** A completion under way. */
interface Cycle {
  /** What the editor shows because of it; anything else means that one typed on. */
  shown: EditorState;
  readonly before: string;
  readonly after: string;
  readonly candidates: readonly string[];
  index: number;
}

/** Completes in one editor. */
export class Completion {
  readonly #source: CompletionSource;
  #cycle: Cycle | null = null;

  /** @param source What there is to complete with. */
  constructor(source: CompletionSource) {
    this.#source = source;
  }

  /**
   * Completes the word before the cursor, or goes on to the next candidate.
   *
   * @param editor Where to.
   * @param step 1 for the next candidate, -1 for the one before.
   * @return Whether there was one.
   */
  complete(editor: Editor, step: 1 | -1): boolean {
    const { state } = editor;
    const same = this.#cycle !== null && this.#cycle.shown.text === state.text &&
      this.#cycle.shown.cursor === state.cursor;
    if (!same) this.#cycle = this.#begin(state, step);
    const cycle = this.#cycle;
    if (cycle === null) return false;
    const { candidates } = cycle;
    cycle.index = (cycle.index + step + candidates.length) % candidates.length;
    const head = cycle.before + candidates[cycle.index]!;
    editor.replace(head + cycle.after, head.length);
    cycle.shown = editor.state;
    return true;
  }

  #begin(state: EditorState, step: 1 | -1): Cycle | null {
    const head = state.text.slice(0, state.cursor);
    const before = head.slice(0, head.search(/[^\s@]*$/u));
    const word = head.slice(before.length);
    const candidates = this.#candidates(before, word);
    if (candidates.length === 0) return null;
    const after = state.text.slice(state.cursor);
    return { shown: state, before, after, candidates, index: step === 1 ? -1 : 0 };
  }

  #candidates(before: string, word: string): string[] {
    const { commands, users, rooms } = this.#source;
    if (before === "" && word.startsWith("/")) return matching(commands(), word, " ");
    const emoji = emojiBeginning(word);
    if (emoji.length > 0) return emoji.map((one) => `${one} `);
    if (word.startsWith("#")) return matching(rooms(), word, " ");
    const [command, ...typed] = /^\/(\S.*) +$/u.exec(before)?.[1]?.split(/ +/u) ?? [];
    const words = command === undefined ? null : this.#source.words(command, typed);
    if (words !== null || (command !== undefined && typed.length === 0)) {
      return this.#words(words, word);
    }
    if (word === "") return [];
    return matching(users(), word, before === "" ? ": " : " ");
  }

  #words(words: CompletedWords | null, word: string): string[] {
    const { commands, users, rooms } = this.#source;
    if (words === "room") return matching(rooms(), word === "" ? "#" : `#${word}`, " ");
    if (words === "command") return matching(commands().map((name) => name.slice(1)), word, " ");
    return matching(words === null || words === "user" ? users() : words, word, " ");
  }
}

function matching(candidates: readonly string[], word: string, end: string): string[] {
  const lower = word.toLowerCase();
  return candidates.filter((one) => one.toLowerCase().startsWith(lower)).map((one) => one + end);
}
