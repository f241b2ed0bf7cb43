/**
 * Scrolling of a conversation: it stays at the end while one is there, what one reads stays where it is whatever is added above
 * or taken away, and more is fetched before one comes to an end.
 *
 * @module
 */
import { type RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { FoldedPost } from "../../talk/folded_posts.ts";
import type { PageConversation } from "../state/page_conversation.ts";
import type { PageSession } from "../state/page_session.ts";

/** So near its end a conversation counts as at the end, in pixels. */
const endPixels = 48;
/** So near an end more is fetched. */
const fetchPixels = 900;

/** A message and where it stands on the screen. */
interface Anchor {
  readonly id: string;
  readonly top: number;
}

/** What the feed needs to be scrolled. */
export interface FeedScroll {
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** Whether the end is out of sight. */
  readonly isAway: boolean;
  readonly onScroll: () => void;
  /** Goes to the newest message. */
  readonly toEnd: () => Promise<void>;
}

/** Scrolls one conversation. @param posts What is drawn now. */
export function useFeedScroll(
  session: PageSession,
  conversation: PageConversation,
  posts: readonly FoldedPost[],
): FeedScroll {
  const { timeline, target } = conversation;
  const scroller = useRef<HTMLDivElement>(null);
  const anchor = useRef<Anchor | null>(null);
  const [isAway, setAway] = useState(false);
  // Before anything is drawn anew.
  anchor.current = timeline.isFollowed ? null : anchorOf(scroller.current);

  const onScroll = (): void => {
    const element = scroller.current;
    if (element === null) return;
    const belowPixels = element.scrollHeight - element.scrollTop - element.clientHeight;
    const isAtEnd = belowPixels < endPixels && !timeline.hasNewer.value;
    setAway(!isAtEnd);
    if (timeline.isFollowed !== isAtEnd) session.followed(conversation, isAtEnd);
    if (element.scrollTop < fetchPixels) void session.tell(() => timeline.loadOlder());
    if (belowPixels < fetchPixels) void session.tell(() => timeline.loadNewer());
  };

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    if (timeline.isFollowed) element.scrollTop = element.scrollHeight;
    else if (anchor.current !== null) keep(element, anchor.current);
    // What is drawn may not even fill the screen.
    if (posts.length > 0 && element.scrollHeight <= element.clientHeight + fetchPixels) onScroll();
  }, [posts]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      if (timeline.isFollowed) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    if (element.firstElementChild !== null) observer.observe(element.firstElementChild);
    return () => observer.disconnect();
  }, [conversation]);

  useLayoutEffect(() => {
    if (target.value === null) return;
    const found = document.getElementById(`post-${target.value}`);
    found?.scrollIntoView({ block: "center" });
    found?.focus({ preventScroll: true });
  }, [target.value, posts]);

  const toEnd = async (): Promise<void> => {
    await session.goToEnd(conversation);
    const element = scroller.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
  };

  return { scroller, isAway, onScroll, toEnd };
}

/** The first message in sight. */
function anchorOf(scroller: HTMLElement | null): Anchor | null {
  if (scroller === null) return null;
  const { left, top, width, height } = scroller.getBoundingClientRect();
  for (const part of [0.02, 0.25, 0.5, 0.75]) {
    const found = document.elementFromPoint(left + width / 2, top + height * part);
    const article = found?.closest("article");
    if (article?.id) return { id: article.id, top: article.getBoundingClientRect().top };
  }
  return null;
}

function keep(scroller: HTMLElement, { id, top }: Anchor): void {
  const article = document.getElementById(id);
  if (article !== null) scroller.scrollTop += article.getBoundingClientRect().top - top;
}
