/**
 * One message with all that stands around it.
 *
 * @module
 */
import { Component } from "preact";
import { computed } from "@preact/signals";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { answeredText } from "../../talk/annotation_text.ts";
import type { FoldedPost } from "../../talk/folded_posts.ts";
import type { PageSession } from "../state/page_session.ts";
import { machineTime, momentText, shortTimeOfDay, timeOfDay } from "../text/moments.ts";
import { hueOf, initialOf } from "../text/name_hues.ts";
import type { FeedChoice } from "./feed_choice.ts";
import type { FeedRow } from "./feed_rows.ts";
import { Icon } from "./icons.tsx";
import { MessageActions } from "./message_actions.tsx";
import { MessageBody } from "./message_body.tsx";
import { ReactionBar } from "./reaction_bar.tsx";

/** What a row is given. */
export interface MessageRowProps extends FeedRow {
  readonly session: PageSession;
  readonly choice: FeedChoice;
  readonly isLast: boolean;
  readonly isTarget: boolean;
}

/** Drawn anew only where something of it has changed: there are hundreds, and one comes after the other. */
export class MessageRow extends Component<MessageRowProps> {
  readonly #isChosen = computed(() => this.props.choice.chosen.value === this.props.post.sequence);

  override shouldComponentUpdate(next: MessageRowProps): boolean {
    return (Object.keys(next) as (keyof MessageRowProps)[])
      .some((name) => next[name] !== this.props[name]);
  }

  override render() {
    const { post, isFirst, day, isUnreadLine, choice, session, isLast, isTarget } = this.props;
    const id = `post-${post.sequence}`;
    const isOwn = post.from === session.client.name;
    return (
      <>
        {day !== "" && <div class="day">{day}</div>}
        {isUnreadLine && <div class="unread-line">New</div>}
        <article
          id={id}
          class={`message ${isFirst ? "first" : ""} ${isOwn ? "own" : ""} ${
            isTarget ? "found" : ""
          }`}
          tabIndex={isLast ? 0 : -1}
          aria-label={`${safeText(post.from)} ${timeOfDay(post.timeMs)}`}
          aria-describedby={`${id}-text`}
          onFocusIn={() => choice.choose(post)}
          onPointerMove={this.#onPointer}
          onPointerDown={this.#onPointer}
          onKeyDown={this.#onKey}
        >
          {isFirst ? avatar(post.from) : marginTime(post.timeMs)}
          <div class="message-main">
            {isFirst && head(post)}
            {post.kind === "reply" && <Quoted post={post} session={session} />}
            <MessageBody
              id={`${id}-text`}
              post={post}
              ownName={session.client.name}
              transfers={session.transfers}
            />
            {post.reactions.length > 0 && (
              <ReactionBar post={post} choice={choice} ownName={session.client.name} />
            )}
          </div>
          <MessageActions post={post} choice={choice} isChosen={this.#isChosen} />
        </article>
      </>
    );
  }

  /** A mouse that rests chooses nothing, whatever comes to lie under it: in a busy room that would be another message each time. */
  readonly #onPointer = (): void => {
    const { choice, post } = this.props;
    if (choice.question.value === null) choice.choose(post);
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const isOnArticle = event.target === event.currentTarget;
    if (!isOnArticle && event.key !== "Escape") return;
    if (this.props.choice.onKey(event.key, this.props.post)) event.preventDefault();
  };
}

// Functions and not components: two hundred messages in a second are to be drawn.

function avatar(name: string) {
  return <span class={`avatar ${hueOf(name)}`} aria-hidden="true">{initialOf(name)}</span>;
}

function marginTime(timeMs: number) {
  return <span class="margin-time" aria-hidden="true">{shortTimeOfDay(timeMs)}</span>;
}

function head({ from, timeMs }: FoldedPost) {
  return (
    <p class="message-head">
      <bdi class={`from ${hueOf(from)}`}>{safeText(from)}</bdi>{" "}
      <time dateTime={machineTime(timeMs)} title={momentText(timeMs)}>{timeOfDay(timeMs)}</time>
    </p>
  );
}

/** What a reply answers; it leads there. */
function Quoted({ post, session }: { readonly post: FoldedPost; readonly session: PageSession }) {
  const { answered, target } = post;
  const go = () => {
    if (target !== undefined) void session.showPost({ ...(answered ?? post), sequence: target });
  };
  return (
    <button type="button" class="quoted" onClick={go}>
      <Icon name="reply" />
      <span>{answeredText(post)}</span>
    </button>
  );
}
