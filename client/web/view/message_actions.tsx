/**
 * What can be done with the chosen message.
 *
 * @module
 */
import { useEffect, useRef } from "preact/hooks";
import type { ReadonlySignal } from "@preact/signals";
import type { FoldedPost } from "../../talk/folded_posts.ts";
import { usualReactions } from "../text/reactions.ts";
import type { FeedChoice } from "./feed_choice.ts";
import { IconButton } from "./icons.tsx";

/** What the actions are given. */
interface MessageActionsProps {
  readonly post: FoldedPost;
  readonly choice: FeedChoice;
  readonly isChosen: ReadonlySignal<boolean>;
}

/** Buttons beside the chosen message. */
export function MessageActions({ post, choice, isChosen }: MessageActionsProps) {
  if (!isChosen.value) return null;
  const { answer, change } = choice.may(post);
  if (!answer && !change) return null;
  switch (choice.question.value) {
    case "reaction":
      return <ReactionChoice post={post} choice={choice} />;
    case "take_back":
      return <TakeBackQuestion post={post} choice={choice} />;
    case null:
      return (
        <div class="actions" role="toolbar" aria-label="Message">
          {answer && (
            <IconButton
              icon="smile"
              label="React"
              onClick={() => choice.question.value = "reaction"}
            />
          )}
          {answer && <IconButton icon="reply" label="Reply" onClick={() => choice.reply(post)} />}
          {answer && change && (
            <IconButton
              icon="edit"
              label="Edit"
              onClick={() => choice.edit(post)}
            />
          )}
          {change && (
            <IconButton
              icon="takeBack"
              label="Take back"
              onClick={() => choice.question.value = "take_back"}
            />
          )}
        </div>
      );
  }
}

/** The first button of what has just appeared gets the focus. */
function useFirstButton() {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.querySelector("button")?.focus(), []);
  return place;
}

/** What {@linkcode ReactionChoice} and {@linkcode TakeBackQuestion} are given. */
type QuestionProps = Pick<MessageActionsProps, "post" | "choice">;

function ReactionChoice({ post, choice }: QuestionProps) {
  const place = useFirstButton();
  return (
    <div class="actions" role="group" aria-label="React with" ref={place}>
      {usualReactions.map(([emoji, name]) => (
        <button
          type="button"
          key={emoji}
          class="emoji"
          aria-label={name}
          title={name}
          onClick={() => choice.react(post, emoji)}
        >
          {emoji}
        </button>
      ))}
    </div>
  );
}

function TakeBackQuestion({ post, choice }: QuestionProps) {
  const place = useFirstButton();
  return (
    <div class="actions" role="group" aria-label="Take this message back?" ref={place}>
      <button type="button" class="danger" onClick={() => choice.takeBack(post)}>Take back</button>
      <button type="button" onClick={() => choice.question.value = null}>Keep it</button>
    </div>
  );
}
