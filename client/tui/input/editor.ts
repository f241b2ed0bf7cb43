/**
 * The text that is being typed, and what keys do to it: readline's ways, several lines, characters as people see them.
 *
 * @module
 */
import { graphemes } from "../terminal/text_width.ts";

/** A text and where the cursor is in it, in UTF-16 units. */
export interface EditorState {
  readonly text: string;
  readonly cursor: number;
}

/** Nothing typed. */
export const emptyState: EditorState = { text: "", cursor: 0 };

const undoMax = 500;
const killsMax = 30;
const wordCharacter = /[\p{L}\p{N}\p{M}_]/u;

/** What the last change was: those of one kind in a row are undone, or yanked, together. */
type Change = "insert" | "kill" | "yank" | "other";

/** A text under edit. */
export class Editor {
  #state: EditorState = emptyState;
  #undo: EditorState[] = [];
  #kills: string[] = [];
  #last: Change = "other";
  /** Which kill the last yank brought, and where. */
  #yank = { index: 0, start: 0 };

  /** The text and the cursor. */
  get state(): EditorState {
    return this.#state;
  }

  /** The text. */
  get text(): string {
    return this.#state.text;
  }

  /** The cursor, in UTF-16 units from the beginning. */
  get cursor(): number {
    return this.#state.cursor;
  }

  /** Puts another text in place, with a history of changes of its own. */
  load(state: EditorState): void {
    this.#state = state;
    this.#undo = [];
    this.#last = "other";
  }

  /** Replaces the text; this can be undone. The cursor goes to the end where not given. */
  replace(text: string, cursor: number = text.length): void {
    this.#change("other", { text, cursor });
  }

  /** Types a text. */
  insert(text: string): void {
    const { text: before, cursor } = this.#state;
    const after = before.slice(0, cursor) + text + before.slice(cursor);
    this.#change(text === " " ? "other" : "insert", { text: after, cursor: cursor + text.length });
    if (text === " ") this.#last = "insert";
  }

  /** Moves the cursor. */
  move(where: Motion): void {
    this.#state = { text: this.text, cursor: motions[where](this.#state) };
    this.#last = "other";
  }

  /** Deletes from the cursor to where a motion leads, without keeping it. */
  delete(where: Motion): void {
    const [start, end] = this.#range(where);
    if (start !== end) this.#cut(start, end, "other");
  }

  /** Deletes and keeps for yanking; kills in a row are kept as one. */
  kill(where: Motion): void {
    const [start, end] = this.#range(where);
    if (start === end) return;
    const killed = this.text.slice(start, end);
    const joined = this.#last === "kill" ? this.#kills.pop() ?? "" : "";
    this.#kills.push(end > this.cursor ? joined + killed : killed + joined);
    if (this.#kills.length > killsMax) this.#kills.shift();
    this.#cut(start, end, "kill");
  }

  /** Brings back what was killed last. */
  yank(): void {
    const index = this.#kills.length - 1;
    if (index < 0) return;
    this.#yank = { index, start: this.cursor };
    this.#insertYanked(this.cursor, this.cursor);
  }

  /** Right after a yank: brings what was killed before that instead. */
  yankOlder(): void {
    if (this.#last !== "yank") return;
    this.#yank.index = (this.#yank.index + this.#kills.length - 1) % this.#kills.length;
    this.#insertYanked(this.#yank.start, this.cursor);
  }

  /** Swaps the two characters around the cursor. */
  transpose(): void {
    const { text, cursor } = this.#state;
    const middle = cursor === text.length ? motions.left(this.#state) : cursor;
    const start = motions.left({ text, cursor: middle });
    const end = motions.right({ text, cursor: middle });
    if (start === middle || middle === end) return;
    const swapped = text.slice(middle, end) + text.slice(start, middle);
    this.#change("other", {
      text: text.slice(0, start) + swapped + text.slice(end),
      cursor: end,
    });
  }

  /** Changes the letters of the next word. */
  changeCase(change: "upper" | "lower" | "capital"): void {
    const [start, end] = this.#range("word-right");
    const word = this.text.slice(start, end);
    const first = word.search(wordCharacter);
    const capital = (text: string) =>
      text.slice(0, first) + text.charAt(first).toUpperCase() + text.slice(first + 1).toLowerCase();
    const changed = change === "upper"
      ? word.toUpperCase()
      : change === "lower"
      ? word.toLowerCase()
      : capital(word);
    if (first < 0) return;
    const text = this.text.slice(0, start) + changed + this.text.slice(end);
    this.#change("other", { text, cursor: start + changed.length });
  }

  /** Takes back the last change. */
  undo(): void {
    const before = this.#undo.pop();
    if (before !== undefined) this.#state = before;
    this.#last = "other";
  }

  /** Takes the text out, for sending. */
  take(): string {
    const { text } = this;
    this.load(emptyState);
    return text;
  }

  #range(where: Motion): [start: number, end: number] {
    const to = motions[where](this.#state);
    return to < this.cursor ? [to, this.cursor] : [this.cursor, to];
  }

  #cut(start: number, end: number, change: Change): void {
    this.#change(change, { text: this.text.slice(0, start) + this.text.slice(end), cursor: start });
  }

  #insertYanked(start: number, end: number): void {
    const yanked = this.#kills[this.#yank.index] ?? "";
    const text = this.text.slice(0, start) + yanked + this.text.slice(end);
    this.#change("yank", { text, cursor: start + yanked.length });
  }

  #change(change: Change, after: EditorState): void {
    const joins = change === "insert" && this.#last === "insert";
    if (!joins) this.#undo.push(this.#state);
    if (this.#undo.length > undoMax) this.#undo.shift();
    this.#state = after;
    this.#last = change;
  }
}

/** Where a cursor can go. */
export type Motion =
  | "left"
  | "right"
  | "word-left"
  | "word-right"
  | "blank-left"
  | "line-start"
  | "line-end"
  | "line-up"
  | "line-down"
  | "start"
  | "end";

/** For each motion, where it leads. */
const motions: Readonly<Record<Motion, (state: EditorState) => number>> = {
  "left": ({ text, cursor }) =>
    cursor - lastCluster(text.slice(lineStart(text, cursor - 1), cursor)),
  "right": ({ text, cursor }) => cursor + (graphemes(text.slice(cursor))[0]?.length ?? 0),
  "word-left": ({ text, cursor }) => {
    const before = /[\p{L}\p{N}\p{M}_]*[^\p{L}\p{N}\p{M}_]*$/u.exec(text.slice(0, cursor));
    return before!.index;
  },
  "word-right": ({ text, cursor }) => {
    const after = /^[^\p{L}\p{N}\p{M}_]*[\p{L}\p{N}\p{M}_]*/u.exec(text.slice(cursor));
    return cursor + after![0].length;
  },
  "blank-left": ({ text, cursor }) => /\S*\s*$/u.exec(text.slice(0, cursor))!.index,
  "line-start": ({ text, cursor }) => lineStart(text, cursor),
  "line-end": ({ text, cursor }) => lineEnd(text, cursor),
  "line-up": ({ text, cursor }) => {
    const start = lineStart(text, cursor);
    if (start === 0) return cursor;
    const above = lineStart(text, start - 1);
    return onBoundary(text, Math.min(above + cursor - start, start - 1));
  },
  "line-down": ({ text, cursor }) => {
    const end = lineEnd(text, cursor);
    if (end === text.length) return cursor;
    const below = end + 1;
    return onBoundary(
      text,
      Math.min(below + cursor - lineStart(text, cursor), lineEnd(text, below)),
    );
  },
  "start": () => 0,
  "end": ({ text }) => text.length,
};

function lineStart(text: string, cursor: number): number {
  return cursor <= 0 ? 0 : text.lastIndexOf("\n", cursor - 1) + 1;
}

function lineEnd(text: string, cursor: number): number {
  const end = text.indexOf("\n", cursor);
  return end < 0 ? text.length : end;
}

function lastCluster(text: string): number {
  return graphemes(text).at(-1)?.length ?? 0;
}

/** A column of the line above may lie within a character of this one. */
function onBoundary(text: string, position: number): number {
  const start = lineStart(text, position);
  let at = start;
  for (const cluster of graphemes(text.slice(start, lineEnd(text, start)))) {
    if (at + cluster.length > position) return at;
    at += cluster.length;
  }
  return at;
}

/**
 * What a key does in an editor, whatever is being typed.
 *
 * @return Whether the key means something.
 */
export function editByKey(editor: Editor, key: string): boolean {
  const edit = editKeys[key];
  edit?.(editor);
  return edit !== undefined;
}

/** readline's keys. docs/terminal.md lists them. */
export const editKeys: Readonly<Record<string, (editor: Editor) => void>> = {
  "ctrl-a": (editor) => editor.move("line-start"),
  "ctrl-e": (editor) => editor.move("line-end"),
  "home": (editor) => editor.move("line-start"),
  "end": (editor) => editor.move("line-end"),
  "ctrl-b": (editor) => editor.move("left"),
  "ctrl-f": (editor) => editor.move("right"),
  "left": (editor) => editor.move("left"),
  "right": (editor) => editor.move("right"),
  "alt-b": (editor) => editor.move("word-left"),
  "alt-f": (editor) => editor.move("word-right"),
  "ctrl-left": (editor) => editor.move("word-left"),
  "ctrl-right": (editor) => editor.move("word-right"),
  "alt-left": (editor) => editor.move("word-left"),
  "alt-right": (editor) => editor.move("word-right"),
  "alt-<": (editor) => editor.move("start"),
  "alt->": (editor) => editor.move("end"),
  "backspace": (editor) => editor.delete("left"),
  "ctrl-h": (editor) => editor.delete("left"),
  "delete": (editor) => editor.delete("right"),
  "ctrl-d": (editor) => editor.delete("right"),
  "ctrl-k": (editor) => editor.kill("line-end"),
  "ctrl-u": (editor) => editor.kill("start"),
  "ctrl-w": (editor) => editor.kill("blank-left"),
  "alt-d": (editor) => editor.kill("word-right"),
  "alt-backspace": (editor) => editor.kill("word-left"),
  "alt-ctrl-h": (editor) => editor.kill("word-left"),
  "ctrl-y": (editor) => editor.yank(),
  "alt-y": (editor) => editor.yankOlder(),
  "ctrl-t": (editor) => editor.transpose(),
  "alt-u": (editor) => editor.changeCase("upper"),
  "alt-l": (editor) => editor.changeCase("lower"),
  "alt-c": (editor) => editor.changeCase("capital"),
  "ctrl-_": (editor) => editor.undo(),
  "alt-enter": (editor) => editor.insert("\n"),
  "shift-enter": (editor) => editor.insert("\n"),
  "ctrl-enter": (editor) => editor.insert("\n"),
};
