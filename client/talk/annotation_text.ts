/**
 * The words for what is said about earlier posts. Both interfaces say the same.
 *
 * @module
 */
import { safeText } from "../../protocol/text/safe_text.ts";
import { isPrivate, type ShownPost } from "../core/e2e/message_view.ts";
import type { FoldedPost, Reaction } from "./folded_posts.ts";

/** Characters of a post that are quoted. */
const quotedCharactersMax = 40;
/** People who are named for one reaction. */
const namesMax = 3;
/** Different reactions that are shown. */
const reactionsShownMax = 8;

/** What stands where a message was. */
export const takenBackText = "(taken back)";

/** What stands behind something private that its two ends are not alone with. */
export const readableMark = " (not end-to-end encrypted)";

/** The beginning of a text, in one line; safe. */
export function quoted(text: string): string {
  const [line = "", ...more] = safeText(text, { lines: "keep" }).trim().split("\n");
  const characters = [...line];
  const isShort = characters.length <= quotedCharactersMax && more.length === 0;
  return isShort ? line : `${characters.slice(0, quotedCharactersMax).join("").trimEnd()}…`;
}

/** What a reply answers: `jack: roses are red`; safe. */
export function answeredText({ answered }: Pick<FoldedPost, "answered">): string {
  if (answered === null) return "an earlier message";
  const { kind, from, message } = answered;
  const text = kind === "retracted" ? takenBackText : quoted(message.text ?? "");
  return `${safeText(from)}: ${text}`;
}

/** Reactions in one line: `👍 alan, jill · ❤ jack`; safe; empty for none. Of very many different ones some. */
export function reactionsText(reactions: readonly Reaction[]): string {
  const byText = Map.groupBy(reactions, ({ text }) => text);
  const shown = [...byText].slice(0, reactionsShownMax).map(([text, same]) => {
    const names = [...new Set(same.map(({ from }) => from))];
    const named = names.slice(0, namesMax).map((name) => safeText(name)).join(", ");
    const more = names.length > namesMax ? ` and ${names.length - namesMax} more` : "";
    return `${safeText(text)} ${named}${more}`;
  });
  const others = byText.size - shown.length;
  return [...shown, ...others > 0 ? [`${others} others`] : []].join(" · ");
}

/**
 * What somebody has just done with an earlier post, as a sentence without its end; safe. Null for what is shown as a message.
 *
 * @param post What was said about it.
 * @param target The earlier post, where it is known.
 */
export function annotationSentence(post: ShownPost, target: ShownPost | null): string | null {
  const from = safeText(post.from);
  const text = safeText(post.message.text ?? "");
  const isOwn = target === null || target.from === post.from;
  const whose = isOwn ? "a message" : `a message of ${safeText(target.from)}`;
  // What is sealed takes back nothing else: the server is asked to remove messages.
  const isOfReaction = target?.kind === "reaction" || post.message.encrypted;
  const what = isOfReaction
    ? "a reaction"
    : target?.kind === "edit"
    ? "a change of a message"
    : whose;
  const mark = isPrivate(post) && !post.message.encrypted ? readableMark : "";
  switch (post.kind) {
    case "edit":
      // In private no server refuses it: it changes nothing.
      if (!isOwn) return `${from} tried to edit ${whose}: ${text}${mark}`;
      return `${from} edited a message: ${text}${mark}`;
    case "reaction":
      return target === null || target.kind === "retracted"
        ? `${from} reacts to an earlier message: ${text}${mark}`
        : `${from} reacts to "${quoted(target.message.text ?? "")}": ${text}${mark}`;
    case "retraction":
      return `${from} took ${what} back`;
    default:
      return null;
  }
}
