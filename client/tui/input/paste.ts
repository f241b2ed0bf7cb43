/**
 * What is pasted: put into the draft, or asked about, or refused.
 *
 * @module
 */
import { textBytesMax } from "../../../protocol/wire/limits.ts";
import { numberText } from "../../../protocol/text/number_text.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { excerpt } from "../terminal/text_width.ts";
import type { Editor } from "./editor.ts";
import type { InputHandlers } from "./input_handlers.ts";
import type { QuestionKind } from "./question.ts";

/** What a paste belongs to. */
export interface PasteTarget {
  /** The draft. */
  readonly editor: Editor;
  /** Asks a question; null where the person gives no answer. */
  ask(text: string, kind: QuestionKind): Promise<string | null>;
}

/** A paste of more lines is asked about. */
const linesMax = 5;

/**
 * Takes a paste. What cannot be posted is not put into the draft either: it would only be found out later.
 *
 * @param pasted The text.
 * @param input Where it belongs.
 * @param handlers What has to be said, and where the draft would go.
 * @param submit Sends the draft.
 */
export async function takePaste(
  pasted: string,
  input: PasteTarget,
  handlers: InputHandlers,
  submit: () => void,
): Promise<void> {
  const path = handlers.fileIn(pasted);
  if (path !== null) return await offerFile(path, input, handlers, pasted);
  const text = safeText(pasted.replace(/\n+$/, ""), { lines: "keep" });
  const bytes = bytesOf(text);
  if (bytes > textBytesMax) {
    return handlers.onNotice(refusal(`The paste has ${numberText(bytes)} bytes`));
  }
  const lines = text.split("\n").length;
  if (lines <= linesMax) return input.editor.insert(text);
  const what = `${numberText(lines)} lines pasted ("${
    excerpt(text)
  }"). Send them to ${handlers.place()}`;
  const { state } = input.editor;
  const answer = await input.ask(`${what} as one message? (y; n or Esc: edit) `, "choice");
  if (answer !== "y") return keep(text, input, handlers);
  if (input.editor.state !== state) {
    // What has come from another session meanwhile was not asked about, and nobody has seen it.
    handlers.onBell();
    return keep(text, input, handlers);
  }
  input.editor.insert(text);
  submit();
}

/** A path that is dropped on a terminal comes as if it was pasted. */
async function offerFile(
  path: string,
  input: PasteTarget,
  handlers: InputHandlers,
  pasted: string,
): Promise<void> {
  const what = `Send the file ${excerpt(path.split(/[\\/]/).at(-1)!)} to ${handlers.place()}`;
  const answer = await input.ask(`${what}? (y; n or Esc: as text) `, "choice");
  if (answer === "y") handlers.onFile(path);
  else keep(safeText(pasted.trim()), input, handlers);
}

function keep(text: string, { editor }: PasteTarget, handlers: InputHandlers): void {
  const bytes = bytesOf(editor.text + text);
  if (bytes > textBytesMax) {
    return handlers.onNotice(
      refusal(`With the paste the input would have ${numberText(bytes)} bytes`),
    );
  }
  editor.insert(text);
  handlers.onChanged();
}

function refusal(what: string): string {
  return `${what}; a message can have at most ${numberText(textBytesMax)}. Nothing was pasted.`;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
