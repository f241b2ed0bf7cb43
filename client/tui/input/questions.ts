/**
 * The questions that wait, and which of them a person sees.
 *
 * @module
 */
import { Question, type QuestionKind } from "./question.ts";

/** Questions, one after another. */
export class Questions {
  readonly #queue: Question[] = [];
  /** These wait until nothing is typed: they must not take the keys of a text. */
  readonly #consents: Question[] = [];
  readonly #isIdle: () => boolean;
  readonly #nowMs: () => number;

  /**
   * @param isIdle Whether nothing is typed, and nothing else goes on where one types.
   * @param nowMs A clock that only goes forward, in milliseconds.
   */
  constructor(isIdle: () => boolean, nowMs: () => number) {
    this.#isIdle = isIdle;
    this.#nowMs = nowMs;
  }

  /** Asks a question, after those that wait already. */
  ask(text: string, kind: QuestionKind): Question {
    const question = new Question(text, kind);
    (kind === "consent" ? this.#consents : this.#queue).push(question);
    this.#showFront();
    return question;
  }

  /** The question that is shown. */
  get front(): Question | undefined {
    this.#endPauses();
    const [question] = this.#queue;
    const [consent] = this.#consents;
    if (question !== undefined || consent === undefined) return question;
    if (this.#isIdle()) consent.show(this.#nowMs());
    else consent.hide();
    return consent.isShown ? consent : undefined;
  }

  /** A question is answered. */
  remove(question: Question): void {
    for (const list of [this.#queue, this.#consents]) {
      const at = list.indexOf(question);
      if (at >= 0) list.splice(at, 1);
    }
    this.#showFront();
  }

  #endPauses(): void {
    const [question] = this.#queue;
    if (question?.isOver(this.#nowMs()) !== true) return;
    question.cancel();
    this.remove(question);
  }

  /** From now on its time counts. */
  #showFront(): void {
    const [question] = this.#queue;
    if (question === undefined) return;
    question.show(this.#nowMs());
    this.#consents[0]?.hide();
  }
}
