/**
 * What people think of a message.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { FoldedPost } from "../../talk/folded_posts.ts";
import type { FeedChoice } from "./feed_choice.ts";

/** Different reactions that are shown. */
const shownMax = 12;
/** People who are named for one of them. */
const namesMax = 8;

/** What a bar is given. */
interface ReactionBarProps {
  readonly post: FoldedPost;
  readonly choice: FeedChoice;
  readonly ownName: string;
}

/** Each reaction with how many; one's own can be taken back, another one joined. */
export function ReactionBar({ post, choice, ownName }: ReactionBarProps) {
  if (post.reactions.length === 0) return null;
  const byText = [...Map.groupBy(post.reactions, ({ text }) => text)].slice(0, shownMax);
  return (
    <ul class="reactions" aria-label="Reactions">
      {byText.map(([text, same]) => {
        const names = [...new Set(same.map(({ from }) => from))];
        const shown = names.slice(0, namesMax).map((name) => safeText(name)).join(", ");
        const more = names.length > namesMax ? ` and ${names.length - namesMax} more` : "";
        return (
          <li key={text}>
            <button
              type="button"
              aria-pressed={names.includes(ownName)}
              aria-label={`${safeText(text)} ${names.length}: ${shown}${more}`}
              title={`${shown}${more}`}
              onClick={() => choice.react(post, text)}
            >
              <bdi>{safeText(text)}</bdi> <span>{names.length}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
