/**
 * What a person types: the draft, its history, completion, questions, and what each key means at the moment.
 *
 * @module
 */
import { textBytesMax } from "../../protocol/limits.ts";
import { safeText } from "../../protocol/safe_text.ts";
import { Completion, type CompletionSource } from "./completion.ts";
import { editByKey, Editor } from "./editor.ts";
import { HistorySearch, InputHistory } from "./input_history.ts";
import type { InputView } from "./input_rows.ts";
import type { KeyEvent } from "./keys.ts";
import { Question, type QuestionKind } from "./question.ts";
import { toned } from "./style.ts";

/** A paste of more lines is asked about. */
const pasteLinesMax = 5;

/** Keys that are kept between questions. */
const heldMax = 1_000;

/** What a person wants beside typing. */
export interface InputHandlers {
  /** A line is to be sent, or a command run. It is left in the draft where this gives false. */
  readonly onSubmit: (text: string) => boolean;
  /** To the conversation of this number, from 1. */
  readonly onSwitch: (number: number) => void;
  readonly onNextUnread: () => void;
  /** The person wants to leave. */
  readonly onLeave: () => void;
  readonly onSuspend: () => void;
  readonly onRedraw: () => void;
  /** The draft has changed after the key that led to it: it must be drawn. */
  readonly onChanged: () => void;
  /** Something has to be said. */
  readonly onNotice: (text: string) => void;
}

/** The input of the interface. */
export class Input {
  /** The draft of the current conversation. */
  readonly editor: Editor = new Editor();
  /** What was sent. */
  readonly history: InputHistory = new InputHistory();
  readonly #handlers: InputHandlers;
  readonly #completion: Completion;
  readonly #questions: Question[] = [];
  #search: HistorySearch | null = null;
  #afterControlX = false;
  /**
   * What is typed between the questions of a dialogue, signing in among them: it answers the next one. It may be a password, or
   * meant for one person, so it is neither shown nor sent. Null outside of dialogues.
   */
  #held: KeyEvent[] | null = [];
  /** Whether signing in, the first dialogue, is over. */
  #signedIn = false;
  #asked = false;
  /** The question whether to leave, while or after it is asked. */
  #leaveQuestion: Question | null = null;

  /**
   * @param handlers See {@linkcode InputHandlers}.
   * @param completion What Tab completes with.
   */
  constructor(handlers: InputHandlers, completion: CompletionSource) {
    this.#handlers = handlers;
    this.#completion = new Completion(completion);
  }

  /** Asks a question; see {@linkcode Question.answer}. Questions are answered one after another. */
  ask(text: string, kind: QuestionKind): Promise<string | null> {
    const question = new Question(text, kind);
    this.#questions.push(question);
    this.#asked = true;
    if (this.#held !== null) this.#takeAll(this.#held.splice(0));
    return question.answer;
  }

  /** Questions follow that belong together: nothing that is typed is a draft. */
  beginDialogue(): void {
    this.#held ??= [];
  }

  /** The dialogue is over, or signing in, with which every session begins: what is typed is a draft again. */
  endDialogue(): void {
    const held = this.#held ?? [];
    this.#held = null;
    // What is left over may belong to an answer. Only where nothing was asked it was meant to be a draft.
    if (!this.#signedIn && !this.#asked) this.#takeAll(held);
    this.#signedIn = true;
  }

  /** Takes what a person did. */
  take(event: KeyEvent): void {
    const question = this.#questions[0];
    if (event.type === "key" && this.#takeAlways(event.name)) return;
    if (question !== undefined) {
      if (question === this.#leaveQuestion) this.#takeAtLeaving(event, question);
      else if (question.take(event)) this.#questions.shift();
      return;
    }
    if (this.#held !== null) return this.#hold(event, this.#held);
    if (this.#search !== null && this.#takeInSearch(event, this.#search)) return;
    if (event.type === "text") this.#type(event.text);
    else if (event.type === "paste") this.#paste(event.text);
    else this.#key(event.name);
  }

  /** What to show. */
  view(hint: string): InputView {
    const question = this.#questions[0];
    if (question !== undefined) return questionView(question);
    if (this.#search !== null) {
      const { words, found = "" } = this.#search;
      const prompt = toned("accent", `search "${safeText(words)}": `);
      return { prompt, state: { text: found, cursor: found.length }, hint: "" };
    }
    return { prompt: toned("accent", "> "), state: this.editor.state, hint };
  }

  /** Whoever types on does not want to leave: that is no answer, but the draft. */
  #takeAtLeaving(event: KeyEvent, question: Question): void {
    if (isControlC(event)) this.#handlers.onLeave();
    if (question.take(event)) return void this.#questions.shift();
    if (event.type === "key") return;
    question.cancel();
    this.#questions.shift();
    this.take(event);
  }

  #takeAlways(key: string): boolean {
    if (key === "ctrl-z") this.#handlers.onSuspend();
    else if (key === "ctrl-l") this.#handlers.onRedraw();
    else return false;
    return true;
  }

  #takeAll(events: readonly KeyEvent[]): void {
    for (const event of events) this.take(event);
  }

  #hold(event: KeyEvent, held: KeyEvent[]): void {
    if (event.type === "key" && ["ctrl-c", "ctrl-d"].includes(event.name)) {
      if (!this.#signedIn) this.#handlers.onLeave();
      held.length = 0;
      return;
    }
    if (held.length < heldMax) held.push(event);
  }

  #type(text: string): void {
    this.#afterControlX = false;
    this.editor.insert(text);
  }

  #key(name: string): void {
    const second = this.#afterControlX;
    this.#afterControlX = name === "ctrl-x";
    if (second && name === "ctrl-u") return this.editor.undo();
    const act = this.#keys[name];
    if (act !== undefined) return act();
    const digit = /^alt-([1-9])$/.exec(name);
    if (digit !== null) return this.#handlers.onSwitch(Number(digit[1]));
    editByKey(this.editor, name);
  }

  /** Keys that mean more than a change of the draft. */
  readonly #keys: Readonly<Record<string, () => void>> = {
    "enter": () => this.#submit(),
    "tab": () => this.#complete(1),
    "shift-tab": () => this.#complete(-1),
    "up": () => this.#upOrOlder(),
    "down": () => this.#downOrNewer(),
    "ctrl-p": () => this.history.older(this.editor),
    "ctrl-n": () => this.history.newer(this.editor),
    "ctrl-r": () => this.#search = new HistorySearch(this.history),
    "alt-a": () => this.#handlers.onNextUnread(),
    "ctrl-c": () => this.#interrupt(),
    "ctrl-d": () =>
      this.editor.text === "" ? this.#handlers.onLeave() : this.editor.delete("right"),
  };

  #submit(): void {
    const { text } = this.editor;
    if (text.trim() === "") return;
    if (!this.#handlers.onSubmit(text)) return;
    this.history.add(text);
    // The handler may have switched to a conversation with a draft of its own.
    if (this.editor.text === text) this.editor.take();
  }

  #complete(step: 1 | -1): void {
    this.#completion.complete(this.editor, step);
  }

  #upOrOlder(): void {
    const before = this.editor.cursor;
    this.editor.move("line-up");
    if (this.editor.cursor === before) this.history.older(this.editor);
  }

  #downOrNewer(): void {
    const before = this.editor.cursor;
    this.editor.move("line-down");
    if (this.editor.cursor === before) this.history.newer(this.editor);
  }

  #interrupt(): void {
    if (this.editor.text !== "") {
      this.editor.replace("");
      return this.history.rest();
    }
    this.#askToLeave();
  }

  async #askToLeave(): Promise<void> {
    const answer = this.ask("Leave the chat? (y/n; Ctrl-C again leaves) ", "choice");
    this.#leaveQuestion = this.#questions.at(-1) ?? null;
    if (await answer === "y") this.#handlers.onLeave();
  }

  #paste(pasted: string): void {
    // What cannot be posted is not put into the draft either: it would only be found out later.
    const text = safeText(pasted.replace(/\n+$/, ""), { lines: "keep" });
    const bytes = new TextEncoder().encode(text).length;
    if (bytes > textBytesMax) {
      const message = `The paste has ${bytes} bytes; a message has at most ${textBytesMax}.`;
      return this.#handlers.onNotice(`${message} Nothing was taken over.`);
    }
    const lines = text.split("\n").length;
    if (lines > pasteLinesMax) this.#askAboutPaste(text, lines);
    else this.editor.insert(text);
  }

  async #askAboutPaste(text: string, lines: number): Promise<void> {
    const question = `${lines} lines pasted. Send them as one message? (y; n or Esc: edit) `;
    if (await this.ask(question, "choice") !== "y") return this.#keepPaste(text);
    this.editor.insert(text);
    this.#submit();
  }

  #keepPaste(text: string): void {
    const bytes = new TextEncoder().encode(this.editor.text + text).length;
    if (bytes <= textBytesMax) {
      this.editor.insert(text);
      return this.#handlers.onChanged();
    }
    const message = `With the paste the input would have ${bytes} bytes;`;
    this.#handlers.onNotice(
      `${message} a message has at most ${textBytesMax}. Nothing was taken over.`,
    );
  }

  /** @return False for a key that ends the search and means something beside it. */
  #takeInSearch(event: KeyEvent, search: HistorySearch): boolean {
    if (event.type !== "key") {
      search.type(event.text);
      return true;
    }
    if (event.name === "ctrl-r") search.again();
    else if (event.name === "backspace" || event.name === "ctrl-h") search.backspace();
    else {
      this.#search = null;
      if (["ctrl-g", "ctrl-c", "escape"].includes(event.name)) return true;
      if (search.found !== undefined) this.editor.replace(search.found);
      // Enter takes what was found; sending it wants a look and another Enter.
      return event.name === "enter";
    }
    return true;
  }
}

function isControlC(event: KeyEvent): boolean {
  return event.type === "key" && event.name === "ctrl-c";
}

function questionView({ text, kind, editor }: Question): InputView {
  const prompt = toned("warning", text);
  const state = kind === "secret" ? { text: "", cursor: 0 } : editor.state;
  return { prompt, state, hint: "" };
}
