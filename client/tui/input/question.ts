/**
 * Questions that are answered where one types otherwise.
 *
 * @module
 */
import { editByKey, Editor } from "./editor.ts";
import type { KeyEvent } from "../terminal/keys.ts";

/** How a question is answered. */
export type QuestionKind =
  /** By a line of text. */
  | "text"
  /** By a line of text that is not shown. */
  | "secret"
  /** By the key y or n. */
  | "choice"
  /** By the word yes and Enter. It is asked only while nothing is typed. */
  | "consent"
  /**
   * By nothing at all, where nothing is typed for a second; else by Enter or Escape, a second after the last key. What is typed
   * until then is the answer, and may be several lines.
   */
  | "pause";

/** What became of a key. */
export type Taken =
  /** It answered the question, or gave up. */
  | "answered"
  /** It belongs to the answer. */
  | "taken"
  /** It means nothing here. */
  | "ignored"
  /** Nobody was asked: it belongs to the draft. */
  | "passed";

/**
 * What appears by itself is taken to be seen after this long, in milliseconds: keys that come earlier were meant for
 * what was there before.
 */
export const reactionMs = 1_000;

/** A question that waits for its answer. */
export class Question {
  /** What is asked. */
  readonly text: string;
  /** How it is answered. */
  readonly kind: QuestionKind;
  /** What was typed so far. */
  readonly editor: Editor = new Editor();
  readonly #answered = Promise.withResolvers<string | null>();
  #shownAtMs: number | null = null;

  /**
   * @param text What is asked; safe already.
   * @param kind How it is answered.
   */
  constructor(text: string, kind: QuestionKind) {
    this.text = text;
    this.kind = kind;
  }

  /** The answer: `y` or `n` for a choice, `yes` for a consent, a text, maybe empty, for the others; null where the person gave up. */
  get answer(): Promise<string | null> {
    return this.#answered.promise;
  }

  /** It is what the person sees now. */
  show(nowMs: number): void {
    this.#shownAtMs ??= nowMs;
  }

  /** Something else is shown; what was typed is forgotten. */
  hide(): void {
    this.#shownAtMs = null;
    this.editor.take();
  }

  /** Whether the person sees it. */
  get isShown(): boolean {
    return this.#shownAtMs !== null;
  }

  /** For how long it does not listen yet, in milliseconds. */
  deafMs(nowMs: number): number {
    if (this.kind === "text" || this.kind === "secret") return 0;
    return Math.max(0, (this.#shownAtMs ?? nowMs) + reactionMs - nowMs);
  }

  /** Whether it is over, because the person has had the time to see it and has typed nothing. */
  isOver(nowMs: number): boolean {
    return this.kind === "pause" && this.isShown && !this.hasText && this.deafMs(nowMs) === 0;
  }

  /** Whether anything but empty lines was typed. */
  get hasText(): boolean {
    return this.editor.text.trim() !== "";
  }

  /** Gives up. */
  cancel(): void {
    this.#answered.resolve(null);
  }

  /** Takes what a person did. */
  take(event: KeyEvent, nowMs: number): Taken {
    if (this.kind === "consent") return this.#agree(event, nowMs);
    if (this.kind === "pause") return this.#wait(event, nowMs);
    if (event.type === "key" && isCancel(event.name, this.editor.text)) return this.#giveUp();
    return this.kind === "choice" ? this.#choose(event, nowMs) : this.#edit(event);
  }

  #giveUp(): Taken {
    this.cancel();
    return "answered";
  }

  #choose(event: KeyEvent, nowMs: number): Taken {
    const answer = event.type === "text" ? event.text.trim().toLowerCase() : "";
    if ((answer !== "y" && answer !== "n") || this.deafMs(nowMs) > 0) return "ignored";
    this.#answered.resolve(answer);
    return "answered";
  }

  /** Whoever types anything but `yes` was not asked: that is a draft. */
  #agree(event: KeyEvent, nowMs: number): Taken {
    if (this.deafMs(nowMs) > 0) return "passed";
    if (event.type === "key" && isCancel(event.name, this.editor.text)) return this.#giveUp();
    if (event.type === "paste") return "passed";
    if (event.type === "text") return this.#edit(event);
    const typed = this.editor.text.trim().toLowerCase();
    if (typed === "") return "passed";
    if (event.name !== "enter") return this.#edit(event);
    if (typed !== "yes") return "passed";
    this.#answered.resolve("yes");
    return "answered";
  }

  /** Whoever is still writing has not seen that it goes nowhere. */
  #wait(event: KeyEvent, nowMs: number): Taken {
    const deaf = this.deafMs(nowMs) > 0;
    this.#shownAtMs = nowMs;
    const isEnd = event.type === "key" && (event.name === "enter" || isCancel(event.name, ""));
    if (!isEnd) return this.#edit(event);
    if (deaf) {
      this.editor.insert("\n");
      return "ignored";
    }
    this.#answered.resolve(this.editor.take());
    return "answered";
  }

  #edit(event: KeyEvent): Taken {
    if (event.type === "key" && event.name === "enter") {
      this.#answered.resolve(this.editor.take());
      return "answered";
    }
    if (event.type === "key") return editByKey(this.editor, event.name) ? "taken" : "ignored";
    this.editor.insert(event.type === "text" ? event.text : firstLine(event.text));
    return "taken";
  }
}

/** Ctrl-C, Escape and Ctrl-G always give up; Ctrl-D only where nothing is typed. */
function isCancel(key: string, text: string): boolean {
  return ["ctrl-c", "escape", "ctrl-g"].includes(key) || (key === "ctrl-d" && text === "");
}

function firstLine(text: string): string {
  return text.slice(0, (text + "\n").indexOf("\n"));
}
