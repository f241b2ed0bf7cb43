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

/** Reactions in one line: `alan, jill: 👍 · jack: ❤`; safe; empty for none. Of very many different ones some. */
export function reactionsText(reactions: readonly Reaction[]): string {
  const byText = Map.groupBy(reactions, ({ text }) => text);
  const shown = [...byText].slice(0, reactionsShownMax).map(([text, same]) => {
    return `${someNames(same.map(({ from }) => from))}: ${safeText(text)}`;
  });
  const others = byText.size - shown.length;
  return [...shown, ...others > 0 ? [`${others} others`] : []].join(" · ");
}

/** What somebody has just done with an earlier post; safe. */
export interface AnnotationWords {
  /** As a sentence without its end: `jill edited a message`. */
  readonly what: string;
  /** What was said: the new text, the reaction; null where nothing was. */
  readonly said: string | null;
  /** Both in a short line: `jill edited: roses`, `alan, jill: 👍 to "roses"`. */
  readonly line: string;
}

/**
 * The words for what somebody has just done with an earlier post. Null for what is shown as a message.
 *
 * @param post What was said about it.
 * @param target The earlier post, where it is known, and with it what others think of it.
 */
export function annotationWords(
  post: ShownPost,
  target: ShownPost | FoldedPost | null,
): AnnotationWords | null {
  const from = safeText(post.from);
  const mark = isPrivate(post) && !post.message.encrypted ? readableMark : "";
  const said = safeText(post.message.text ?? "") + mark;
  switch (post.kind) {
    case "edit": {
      // In private no server refuses it: it changes nothing.
      const isOwn = target === null || target.from === post.from;
      const edited = isOwn ? "edited" : "tried to edit";
      const what = `${from} ${edited} ${whose(post, target)}`;
      return { what, said, line: isOwn ? `${from} edited: ${said}` : `${what}: ${said}` };
    }
    case "reaction": {
      const isKnown = target !== null && target.kind !== "retracted";
      const which = isKnown ? `"${quoted(target.message.text ?? "")}"` : "an earlier message";
      const names = isKnown ? namesOf(post, target) : from;
      return { what: `${from} reacts to ${which}`, said, line: `${names}: ${said} to ${which}` };
    }
    case "retraction": {
      // What is sealed takes back nothing else: the server is asked to remove messages.
      const isOfReaction = target?.kind === "reaction" || post.message.encrypted;
      const isOfEdit = target?.kind === "edit";
      const back = isOfReaction
        ? "a reaction"
        : isOfEdit
        ? "a change of a message"
        : whose(post, target);
      const what = `${from} took ${back} back`;
      return { what, said: null, line: what };
    }
    default:
      return null;
  }
}

function whose(post: ShownPost, target: ShownPost | null): string {
  const isOwn = target === null || target.from === post.from;
  return isOwn ? "a message" : `a message of ${safeText(target.from)}`;
}

/** Everyone who has reacted so. */
function namesOf({ from, message }: ShownPost, target: ShownPost | FoldedPost): string {
  const reactions = "reactions" in target ? target.reactions : [];
  const same = reactions.filter(({ text }) => text === message.text).map((one) => one.from);
  return someNames([...same.filter((name) => name !== from), from]);
}

/** The first names of several, and how many more there are. */
function someNames(all: readonly string[]): string {
  const names = [...new Set(all)];
  const named = names.slice(0, namesMax).map((name) => safeText(name)).join(", ");
  return names.length > namesMax ? `${named} and ${names.length - namesMax} more` : named;
}

/**
 * How a message was changed, from its first text on; safe.
 *
 * @param post The message.
 */
export function versionLines({ sequence, from, kind, first, edits }: FoldedPost): string[] {
  const what = `Message ${sequence} of ${safeText(from)}`;
  if (kind === "retracted") return [`${what} was taken back.`];
  if (edits.length === 0) return [`${what} was not changed.`];
  return [
    `${what} said at first: ${safeText(first.text ?? "")}`,
    ...edits.map(({ message }) => `edited: ${safeText(message.text ?? "")}`),
  ];
}
