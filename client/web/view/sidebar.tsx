/**
 * Rooms and people, with what is unread.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import { counted } from "../../talk/wording.ts";
import type { PageConversation } from "../state/page_conversation.ts";
import type { PageSession } from "../state/page_session.ts";
import { hueOf, initialOf } from "../text/name_hues.ts";
import { Icon, IconButton } from "./icons.tsx";

/** The list on the left. */
export function Sidebar({ session }: { readonly session: PageSession }) {
  const { rooms, people } = session.conversations;
  const openSwitcher = () => session.overlay.value = "switcher";
  return (
    <nav class="sidebar" aria-label="Conversations">
      <header>
        <button type="button" class="find" onClick={openSwitcher}>
          <Icon name="search" />
          <span>Go to…</span>
          <kbd>Ctrl K</kbd>
        </button>
      </header>
      <div class="scrolling">
        <Section title="Rooms" add="Join or create a room" onAdd={openSwitcher}>
          {rooms.value.map((one) => <Item key={one.title} session={session} conversation={one} />)}
        </Section>
        <Section title="People" add="Write to somebody" onAdd={openSwitcher}>
          {people.value.map((one) => <Item key={one.title} session={session} conversation={one} />)}
        </Section>
      </div>
      <footer>
        <span class={`avatar ${hueOf(session.client.name)}`} aria-hidden="true">
          {initialOf(session.client.name)}
        </span>
        <span class="signed-in">
          <bdi>{safeText(session.client.name)}</bdi>
          <small>{safeText(session.server)}</small>
        </span>
        <IconButton
          icon="settings"
          label="Settings"
          onClick={() => session.overlay.value = "settings"}
        />
      </footer>
    </nav>
  );
}

/** What a section of the list has. */
interface SectionProps {
  readonly title: string;
  readonly add: string;
  readonly onAdd: () => void;
  // deno-lint-ignore no-explicit-any -- what stands between two tags has any type in JSX.
  readonly children: any;
}

function Section({ title, add, onAdd, children }: SectionProps) {
  return (
    <section>
      <div class="section-head">
        <h2>{title}</h2>
        <IconButton icon="plus" label={add} onClick={onAdd} />
      </div>
      <ul>{children}</ul>
    </section>
  );
}

/** What an item of the list shows. */
interface ItemProps {
  readonly session: PageSession;
  readonly conversation: PageConversation;
}

function Item({ session, conversation }: ItemProps) {
  const { title, isRoom, unread, mentions, muted, draft } = conversation;
  const isCurrent = session.conversations.current.value === conversation;
  const isOnline = !isRoom && session.presence.isOnline(title);
  const isLoud = unread.value > 0 && !muted.value;
  return (
    <li>
      <button
        type="button"
        class={`item ${isLoud ? "loud" : ""} ${muted.value ? "muted" : ""}`}
        aria-current={isCurrent ? "page" : undefined}
        onClick={() => void session.show(conversation)}
      >
        {isRoom
          ? <span class="mark" aria-hidden="true">#</span>
          : <span class={`dot ${isOnline ? "online" : ""}`} aria-hidden="true" />}
        <bdi class="title">{safeText(title).replace(/^#/, "")}</bdi>
        {!isRoom && isOnline && <span class="unseen">, online</span>}
        {draft.value !== "" && !isCurrent && <Draft />}
        {unread.value > 0 && !muted.value && (
          <span class={`badge ${mentions.value > 0 ? "for-me" : ""}`}>
            <span aria-hidden="true">{unread.value > 99 ? "99+" : unread.value}</span>
            <span class="unseen">, {counted(unread.value, "unread message")}</span>
          </span>
        )}
      </button>
    </li>
  );
}

function Draft() {
  return (
    <span class="draft-mark">
      <Icon name="edit" />
      <span class="unseen">, has a draft</span>
    </span>
  );
}
