/**
 * What was said in a conversation.
 *
 * @module
 */
import { useMemo } from "preact/hooks";
import { counted } from "../../talk/wording.ts";
import type { ConversationProps } from "./conversation_props.ts";
import { FeedChoice } from "./feed_choice.ts";
import { feedRows } from "./feed_rows.ts";
import { useFeedScroll } from "./feed_scroll.ts";
import { Icon } from "./icons.tsx";
import { MessageRow } from "./message_row.tsx";

/**
 * A feed of articles: one can go through it by keys.
 *
 * It is a component around the one that is drawn anew with each message: what stands around that keeps the nodes of its first drawing, and
 * over them, one drawing after the other, Preact would keep every message that was ever shown.
 */
export function MessageFeed(props: ConversationProps) {
  return <Feed {...props} />;
}

function Feed({ session, conversation }: ConversationProps) {
  const { timeline, unreadLine, unread, target } = conversation;
  const posts = timeline.posts.value;
  const choice = useMemo(() => new FeedChoice(session, conversation), [conversation]);
  const { scroller, isAway, onScroll, toEnd } = useFeedScroll(session, conversation, posts);
  const rows = useMemo(() => feedRows(posts, unreadLine.value, Date.now()), [
    posts,
    unreadLine.value,
  ]);
  const last = posts.at(-1)?.sequence;
  const isEmpty = posts.length === 0 && timeline.fetching.value === null;
  return (
    <div class="feed-frame">
      <div class="feed" ref={scroller} onScroll={onScroll}>
        <div
          role="feed"
          aria-label="Messages"
          aria-busy={timeline.fetching.value !== null}
          class="feed-inner"
          onKeyDown={moveByKeys}
          onPointerLeave={() => choice.leave()}
        >
          {!timeline.hasOlder.value && <Beginning conversation={conversation} isEmpty={isEmpty} />}
          {rows.map((row) => (
            <MessageRow
              key={row.post.sequence}
              {...row}
              session={session}
              choice={choice}
              isLast={row.post.sequence === last}
              isTarget={row.post.sequence === target.value}
            />
          ))}
        </div>
      </div>
      {(isAway || timeline.hasNewer.value) && (
        <button
          type="button"
          class="to-end"
          onClick={() => void toEnd()}
        >
          <Icon name="down" />
          {unread.value > 0 ? counted(unread.value, "new message") : "Newest"}
        </button>
      )}
    </div>
  );
}

function Beginning({ conversation, isEmpty }: {
  readonly conversation: ConversationProps["conversation"];
  readonly isEmpty: boolean;
}) {
  const who = conversation.isRoom ? "this room" : "you two";
  return (
    <div class="beginning">
      {isEmpty ? "Nothing has been said here yet." : `This is where ${who} began.`}
    </div>
  );
}

/** Arrows go from message to message. */
function moveByKeys(event: KeyboardEvent): void {
  const from = event.target instanceof HTMLElement ? event.target.closest("article") : null;
  if (from === null || event.target !== from || event.altKey || event.ctrlKey) return;
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll("article")];
  const at = all.indexOf(from);
  const steps: Readonly<Record<string, number>> = {
    ArrowUp: at - 1,
    ArrowDown: at + 1,
    Home: 0,
    End: all.length - 1,
  };
  const next = all[steps[event.key] ?? -1];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
