/**
 * What was sent before, to be sent again: Up, Down and Ctrl-R. Kept for one session only.
 *
 * @module
 */
import { type Editor, type EditorState, emptyState } from "./editor.ts";
import type { KeyEvent } from "../terminal/keys.ts";

const entriesMax = 500;

/** Lines that were sent, and where one is in them. */
export class InputHistory {
  readonly #entries: string[] = [];
  /** The entry that is shown; `#entries.length` while none is. */
  #at = 0;
  /** What was typed before one went up. */
  #draft: EditorState = emptyState;

  /** Keeps what was sent; the same line twice in a row is kept once. */
  add(text: string): void {
    if (text !== "" && text !== this.#entries.at(-1)) this.#entries.push(text);
    if (this.#entries.length > entriesMax) this.#entries.shift();
    this.rest();
  }

  /** Whether a text is the line that one has gone up to. */
  isShown(text: string): boolean {
    return text === this.#entries[this.#at];
  }

  /** One goes on with a fresh line. */
  rest(): void {
    this.#at = this.#entries.length;
  }

  /** Shows the line that was sent before the shown one. */
  older(editor: Editor): void {
    if (this.#at === 0) return;
    if (this.#at === this.#entries.length) this.#draft = editor.state;
    this.#show(editor, this.#at - 1);
  }

  /** Shows the line that was sent after the shown one, at last the draft. */
  newer(editor: Editor): void {
    if (this.#at < this.#entries.length) this.#show(editor, this.#at + 1);
  }

  /**
   * Finds a line that was sent.
   *
   * @param words What it holds, in any letter case.
   * @param skip How many newer hits to pass over.
   * @return The line; undefined if there is none.
   */
  find(words: string, skip: number): string | undefined {
    const lower = words.toLowerCase();
    return this.#entries.toReversed().filter((entry) => entry.toLowerCase().includes(lower))[skip];
  }

  #show(editor: Editor, at: number): void {
    this.#at = at;
    const text = this.#entries[at];
    const state = text === undefined ? this.#draft : { text, cursor: text.length };
    editor.replace(state.text, state.cursor);
  }
}

/** A search through what was sent: Ctrl-R, letters, again Ctrl-R. */
export class HistorySearch {
  /** What is looked for. */
  words = "";
  #skip = 0;
  readonly #history: InputHistory;

  /** @param history Where to look. */
  constructor(history: InputHistory) {
    this.#history = history;
  }

  /** What was found so far. */
  get found(): string | undefined {
    return this.words === "" ? undefined : this.#history.find(this.words, this.#skip);
  }

  /** Takes what a person did. @return False for a key that ends the search. */
  take(event: KeyEvent): boolean {
    if (event.type !== "key") this.#look(this.words + event.text.replaceAll("\n", " "));
    else if (event.name === "ctrl-r") this.#again();
    else if (event.name === "backspace" || event.name === "ctrl-h") {
      this.#look(this.words.slice(0, -1));
    } else return false;
    return true;
  }

  #look(words: string): void {
    this.words = words;
    this.#skip = 0;
  }

  /** Goes to an older hit; stays where there is none. */
  #again(): void {
    if (this.#history.find(this.words, this.#skip + 1) !== undefined) this.#skip++;
  }
}
