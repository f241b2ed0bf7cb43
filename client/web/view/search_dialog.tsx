/**
 * A search, and what it has found.
 *
 * @module
 */
import { useEffect } from "preact/hooks";
import { numberText } from "../../../protocol/text/number_text.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { isPrivate } from "../../core/e2e/message_view.ts";
import type { FoldedPost } from "../../talk/folded_posts.ts";
import type { PageSearch } from "../state/page_search.ts";
import type { PageSession } from "../state/page_session.ts";
import { dayName, machineTime, timeOfDay } from "../text/moments.ts";
import { hueOf } from "../text/name_hues.ts";
import { MessageBody } from "./message_body.tsx";
import { Modal } from "./modal.tsx";

/** Each thing found leads to where it was said. */
export function SearchDialog({ session }: { readonly session: PageSession }) {
  const { search, conversations, overlay } = session;
  const { title, isRoom } = conversations.current.value;
  useEffect(() => () => search.stop(), []);
  return (
    <Modal title="Search" class="wide" onClose={() => overlay.value = null}>
      <form
        class="search-form"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          void search.begin();
        }}
      >
        <input
          // One of type "search" would take the first Esc for itself.
          type="text"
          role="searchbox"
          enterkeyhint="search"
          aria-label="Words"
          placeholder="Words that were said"
          autofocus
          value={search.words.value}
          onInput={(event) => search.words.value = event.currentTarget.value}
        />
        {isRoom && (
          <label class="check">
            <input
              type="checkbox"
              checked={search.room.value === title}
              onChange={(event) => search.room.value = event.currentTarget.checked ? title : null}
            />
            Only in <bdi>{safeText(title)}</bdi>
          </label>
        )}
        <button type="submit" class="primary">Search</button>
      </form>
      <p class="problem" role="alert">{search.problem.value}</p>
      <FoundList session={session} />
      <Scope search={search} />
    </Modal>
  );
}

/** What is searched, or was. */
function Scope({ search }: { readonly search: PageSearch }) {
  const progress = search.progress.value;
  if (progress === null) {
    return <p class="fine">{search.scope.value || "Private messages are read in this page."}</p>;
  }
  return (
    <p class="fine">
      <progress max={1} value={progress.part} aria-label="Reading private messages" />{" "}
      Reading private messages ({numberText(progress.read)})
    </p>
  );
}

function FoundList({ session }: { readonly session: PageSession }) {
  const { search } = session;
  const found = search.found.value;
  const isReading = search.progress.value !== null;
  return (
    <div role="status" class="found-list">
      {found !== null && found.length === 0 && !isReading && <p>Nothing was found.</p>}
      {found !== null && found.length > 0 && (
        <ul>
          {found.map((post) => (
            <li key={post.sequence}>
              <Found session={session} post={post} />
            </li>
          ))}
        </ul>
      )}
      {search.hasMore.value && (
        <button type="button" onClick={() => void search.loadMore()}>Older ones</button>
      )}
    </div>
  );
}

function Found({ session, post }: { readonly session: PageSession; readonly post: FoldedPost }) {
  const { timeMs, from, to, sequence } = post;
  return (
    <div class="found-post">
      <p class="message-head">
        <bdi class={`from ${hueOf(from)}`}>{safeText(from)}</bdi> {isPrivate(post) ? "to" : "in"}
        {" "}
        <bdi>{safeText(to)}</bdi>{" "}
        <time dateTime={machineTime(timeMs)}>
          {dayName(timeMs, Date.now())}, {timeOfDay(timeMs)}
        </time>
      </p>
      <MessageBody
        id={`found-${sequence}`}
        post={post}
        ownName={session.client.name}
        transfers={session.transfers}
      />
      <button
        type="button"
        class="quiet"
        aria-describedby={`found-${sequence}`}
        onClick={() => void session.showPost(post)}
      >
        Show it where it was said
      </button>
    </div>
  );
}
