/**
 * Questions that are answered where one types otherwise.
 *
 * @module
 */
import { editByKey, Editor } from "./editor.ts";
import type { KeyEvent } from "./keys.ts";

/** How a question is answered. */
export type QuestionKind =
  /** By a line of text. */
  | "text"
  /** By a line of text that is not shown. */
  | "secret"
  /** By the key y or n. */
  | "choice";

/** A question that waits for its answer. */
export class Question {
  /** What is asked. */
  readonly text: string;
  /** How it is answered. */
  readonly kind: QuestionKind;
  /** What was typed so far. */
  readonly editor: Editor = new Editor();
  readonly #answered = Promise.withResolvers<string | null>();

  /**
   * @param text What is asked; safe already.
   * @param kind How it is answered.
   */
  constructor(text: string, kind: QuestionKind) {
    this.text = text;
    this.kind = kind;
  }

  /** The answer; `y` for a choice that was made, null for one that was not, and where the person gave up. */
  get answer(): Promise<string | null> {
    return this.#answered.promise;
  }

  /** Gives up. */
  cancel(): void {
    this.#answered.resolve(null);
  }

  /** Takes what a person did. @return Whether the question is answered. */
  take(event: KeyEvent): boolean {
    if (event.type === "key" && isCancel(event.name, this.editor.text)) {
      this.cancel();
      return true;
    }
    return this.kind === "choice" ? this.#choose(event) : this.#edit(event);
  }

  #choose(event: KeyEvent): boolean {
    const answer = event.type === "text" ? event.text.trim().toLowerCase() : "";
    if (answer !== "y" && answer !== "n") return false;
    this.#answered.resolve(answer === "y" ? "y" : null);
    return true;
  }

  #edit(event: KeyEvent): boolean {
    if (event.type === "key" && event.name === "enter") {
      this.#answered.resolve(this.editor.take());
      return true;
    }
    if (event.type === "key") editByKey(this.editor, event.name);
    else this.editor.insert(event.type === "text" ? event.text : firstLine(event.text));
    return false;
  }
}

/** Ctrl-C, Escape and Ctrl-G always give up; Ctrl-D only where nothing is typed. */
function isCancel(key: string, text: string): boolean {
  return ["ctrl-c", "escape", "ctrl-g"].includes(key) || (key === "ctrl-d" && text === "");
}

function firstLine(text: string): string {
  return text.slice(0, (text + "\n").indexOf("\n"));
}
