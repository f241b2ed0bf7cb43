/**
 * The input while it holds no draft: a question, or what is typed until it is known for whom it is.
 *
 * @module
 */
import type { InputView } from "./input_rows.ts";
import type { Question } from "./question.ts";
import { toned } from "../terminal/style.ts";

/** While it is not decided yet for whom what is typed is meant. */
export function momentView(text: string): InputView {
  return { prompt: toned("dim", "(one moment) "), state: { text, cursor: text.length }, hint: "" };
}

/** A question that does not listen yet is dim. */
export function questionView(question: Question, deaf: boolean): InputView {
  const { text, kind, editor } = question;
  // Whoever types nothing need not be told to stop.
  if (kind === "pause" && !question.hasText) return momentView("");
  const prompt = toned(deaf ? "dim" : "warning", text);
  const state = kind === "secret" || kind === "pause" ? { text: "", cursor: 0 } : editor.state;
  return { prompt, state, hint: "" };
}
