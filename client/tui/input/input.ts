/**
 * What a person types: the draft, its history, completion, questions, and what each key means at the moment.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import { Completion, type CompletionSource } from "./completion.ts";
import { editByKey, Editor, type EditorState, emptyState } from "./editor.ts";
import { Hold } from "./hold.ts";
import type { InputHandlers } from "./input_handlers.ts";
import { HistorySearch, InputHistory } from "./input_history.ts";
import type { InputView } from "./input_rows.ts";
import { takePaste } from "./paste.ts";
import type { KeyEvent } from "../terminal/keys.ts";
import { type Question, type QuestionKind, reactionMs } from "./question.ts";
import { momentView, questionView } from "./question_view.ts";
import { Questions } from "./questions.ts";
import { toned } from "../terminal/style.ts";

/** The input of the interface. */
export class Input {
  /** The draft of the current conversation. */
  readonly editor: Editor = new Editor();
  readonly #handlers: InputHandlers;
  readonly #nowMs: () => number;
  #history = new InputHistory();
  readonly #completion: Completion;
  readonly #questions: Questions;
  #search: HistorySearch | null = null;
  #afterControlX = false;
  /**
   * What is typed between the questions of a dialogue, signing in among them: it answers the next one. It may be a password, or
   * meant for one person, so it is neither shown nor sent. Null where what is typed is a draft.
   */
  #hold: Hold | null = new Hold("dialogue");
  /** The draft that came back by itself, and since when it is seen. */
  #returned: { readonly state: EditorState; seenMs: number | null } | null = null;
  /** Whether signing in, the first dialogue, is over. */
  #signedIn = false;
  #asked = false;
  /** The question whether to leave, while or after it is asked. */
  #leaveQuestion: Question | null = null;

  /**
   * @param handlers See {@linkcode InputHandlers}.
   * @param completion What Tab completes with.
   * @param nowMs A clock that only goes forward, in milliseconds.
   */
  constructor(
    handlers: InputHandlers,
    completion: CompletionSource,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#handlers = handlers;
    this.#completion = new Completion(completion);
    this.#nowMs = nowMs;
    this.#questions = new Questions(() => this.#isIdle, nowMs);
  }

  /** What was sent from the current conversation. */
  get history(): InputHistory {
    return this.#history;
  }

  /** Whether what is typed waits for what a command leads to. */
  get holding(): boolean {
    return this.#hold !== null;
  }

  /** Whether the person is asked something. */
  get asking(): boolean {
    return this.#questions.front !== undefined;
  }

  /** In how many milliseconds the question that is shown begins to listen; 0 where it listens. */
  get deafMs(): number {
    return this.#questions.front?.deafMs(this.#nowMs()) ?? 0;
  }

  /** Asks a question; see {@linkcode Question.answer}. Questions are answered one after another. */
  ask(text: string, kind: QuestionKind): Promise<string | null> {
    const { answer } = this.#questions.ask(text, kind);
    if (kind === "consent") return answer;
    this.#asked = true;
    if (this.#hold !== null) this.#takeAll(this.#hold.takeAll());
    return answer;
  }

  /** From now on what is typed waits for what a command leads to: see {@linkcode Hold}. */
  hold(kind: Hold["kind"]): Hold {
    return this.#hold = new Hold(kind);
  }

  /**
   * The command is over: what is typed is a draft again. What was typed meanwhile, and nothing has taken, is dropped.
   *
   * @param hold What {@linkcode Input.hold} gave. Does nothing where that has ended already.
   */
  release(hold: Hold): void {
    if (!this.isHeldBy(hold)) return;
    this.#hold = null;
    if (!hold.isEmpty) this.#handlers.onBell();
  }

  /** Whether what is typed still waits for this command. */
  isHeldBy(hold: Hold): boolean {
    return this.#hold === hold;
  }

  /** Signing in, with which every session begins, is over: what is typed is a draft. */
  endSignIn(): void {
    const held = this.#hold?.takeAll() ?? [];
    this.#hold = null;
    // What is left over may belong to an answer. Only where nothing was asked it was meant to be a draft.
    if (!this.#asked) this.#takeAll(held);
    this.#signedIn = true;
  }

  /**
   * Goes to the draft of another conversation, and to what was sent from there.
   *
   * @param draft The draft.
   * @param history What was sent.
   * @param returned Whether the draft came back by itself, and is seen now for the first time.
   * @param hold What waits for the command that leads there: that is meant for there. What waits for another one goes on waiting.
   */
  switchTo(
    draft: EditorState,
    history: InputHistory,
    returned: boolean,
    hold: Hold | null,
  ): void {
    this.editor.load(draft);
    this.#history = history;
    this.#search = null;
    history.rest();
    this.#returned = returned ? { state: draft, seenMs: null } : null;
    if (hold?.kind !== "move" || !this.isHeldBy(hold)) return;
    this.#hold = null;
    this.#takeAll(hold.takeAll());
  }

  /**
   * A text that could not be sent comes back, if nothing is typed. Keys that come before a person can have seen it begin a
   * draft of their own: they must not be sent together.
   *
   * @return Whether it is in the draft.
   */
  giveBack(text: string): boolean {
    this.#history.add(text);
    if (this.editor.text !== "") return false;
    this.editor.load({ text, cursor: text.length });
    this.#returned = { state: this.editor.state, seenMs: null };
    return true;
  }

  /** What was typed in another session of the account takes the place of the draft. Nobody has meant to send it before it was seen. */
  showDraft(text: string): void {
    this.editor.replace(text);
    this.#returned = text === "" ? null : { state: this.editor.state, seenMs: null };
  }

  /** What is typed; null while it is a line that was sent before. */
  get written(): string | null {
    const { text } = this.editor;
    return this.#history.isShown(text) ? null : text;
  }

  /** Something begins in the place of what is typed. */
  begin(text: string): void {
    this.editor.load({ text, cursor: text.length });
  }

  /** Whether the draft came back so short a time ago that nobody can have seen it. */
  get isDraftUnseen(): boolean {
    const returned = this.#returned;
    if (returned === null || returned.state !== this.editor.state) return false;
    return returned.seenMs === null || this.#nowMs() - returned.seenMs < reactionMs;
  }

  /** Takes what a person did. */
  take(event: KeyEvent): void {
    if (event.type === "key" && this.#takeAlways(event.name)) return;
    const question = this.#questions.front;
    if (question !== undefined) {
      if (question === this.#leaveQuestion) return this.#takeAtLeaving(event, question);
      if (!this.#takeInQuestion(event, question)) return;
    }
    if (this.#hold !== null) return this.#holdBack(event, this.#hold);
    if (this.#search !== null && this.#takeInSearch(event, this.#search)) return;
    if (this.#makeWay(event)) return;
    if (event.type === "text") this.#type(event.text);
    else if (event.type === "paste") {
      takePaste(event.text, this, this.#handlers, () => this.#submit());
    } else this.#key(event.name);
  }

  /** What to show. */
  view(hint: string): InputView {
    const question = this.#questions.front;
    if (question !== undefined) return questionView(question, this.deafMs > 0);
    if (this.#search !== null) {
      const { words, found = "" } = this.#search;
      const prompt = toned("accent", `search "${safeText(words)}": `);
      return { prompt, state: { text: found, cursor: found.length }, hint: "" };
    }
    if (this.#hold?.kind === "move") return momentView(this.#hold.text);
    if (this.#returned !== null) this.#returned.seenMs ??= this.#nowMs();
    return { prompt: toned("accent", "> "), state: this.editor.state, hint };
  }

  /** Whether nothing is typed, and nothing else goes on. */
  get #isIdle(): boolean {
    return this.#hold === null && this.#search === null && this.editor.text === "";
  }

  /** @return Whether the key belongs to the draft. */
  #takeInQuestion(event: KeyEvent, question: Question): boolean {
    switch (question.take(event, this.#nowMs())) {
      case "answered":
        this.#questions.remove(question);
        return false;
      case "taken":
        return false;
      case "ignored":
        this.#handlers.onBell();
        return false;
      case "passed":
        return this.#takeOver(event, question);
    }
  }

  /** What was typed at a consent and is none is a draft, which wants another Enter. @return Whether the key goes on there. */
  #takeOver(event: KeyEvent, question: Question): boolean {
    const { text } = question.editor;
    if (text === "") return true;
    question.hide();
    if (event.type === "key" && event.name === "enter") {
      this.giveBack(text);
      this.#handlers.onBell();
      return false;
    }
    this.editor.insert(text);
    return true;
  }

  /** Whoever types on does not want to leave: that is no answer, but the draft. */
  #takeAtLeaving(event: KeyEvent, question: Question): void {
    if (isControlC(event)) this.#handlers.onLeave();
    const taken = question.take(event, this.#nowMs());
    if (taken === "answered") return this.#questions.remove(question);
    if (event.type === "key") return this.#handlers.onBell();
    question.cancel();
    this.#questions.remove(question);
    this.take(event);
  }

  /**
   * What came a moment ago is not what a person goes on writing, or sends: Up brings it back once more.
   *
   * @return Whether the key is over.
   */
  #makeWay(event: KeyEvent): boolean {
    const isUnseen = this.isDraftUnseen;
    const isEnter = event.type === "key" && event.name === "enter";
    if (isUnseen && (isEnter || event.type !== "key" || event.name === "tab")) {
      this.#handlers.onBell();
      if (isEnter) return true;
      this.history.add(this.editor.text);
      this.editor.load(emptyState);
    }
    this.#returned = null;
    return false;
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

  #holdBack(event: KeyEvent, hold: Hold): void {
    if (event.type === "key" && ["ctrl-c", "ctrl-d"].includes(event.name)) {
      if (!this.#signedIn) this.#handlers.onLeave();
      else if (hold.isEmpty) this.#askToLeave();
      hold.takeAll();
      return;
    }
    if (!hold.add(event)) this.#handlers.onBell();
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
    "alt-r": () => this.#command("/reply"),
    "alt-e": () => this.#command("/edit"),
    // In a text it makes a capital letter.
    "alt-c": () =>
      this.editor.text === "" ? this.#command("/context") : editByKey(this.editor, "alt-c"),
    "ctrl-c": () => this.#interrupt(),
    "ctrl-d": () =>
      this.editor.text === "" ? this.#handlers.onLeave() : this.editor.delete("right"),
  };

  #submit(): void {
    const { text } = this.editor;
    if (text.trim() === "") return this.#handlers.onSubmitNothing();
    const { history } = this;
    if (!this.#handlers.onSubmit(text)) return;
    history.add(text);
    // The handler may have switched to a conversation with a draft of its own.
    if (this.editor.text === text) this.editor.take();
  }

  /** A command for a key: what is typed must not be lost to it. */
  #command(line: string): void {
    if (this.editor.text === "") this.#handlers.onSubmit(line);
    else this.#handlers.onBell();
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
    const question = this.#questions.ask("Leave the chat? (y/n; Ctrl-C again leaves) ", "choice");
    this.#leaveQuestion = question;
    if (await question.answer === "y") this.#handlers.onLeave();
  }

  /** @return False for a key that ends the search and means something beside it. */
  #takeInSearch(event: KeyEvent, search: HistorySearch): boolean {
    if (search.take(event) || event.type !== "key") return true;
    this.#search = null;
    if (["ctrl-g", "ctrl-c", "escape"].includes(event.name)) return true;
    if (search.found !== undefined) this.editor.replace(search.found);
    // Enter takes what was found; sending it wants a look and another Enter.
    return event.name === "enter";
  }
}

function isControlC(event: KeyEvent): boolean {
  return event.type === "key" && event.name === "ctrl-c";
}
