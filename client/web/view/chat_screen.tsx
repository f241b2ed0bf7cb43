/**
 * The chat: conversations on the left, one of them in the middle, people on the right; on a narrow screen one of the three.
 *
 * @module
 */
import { useEffect } from "preact/hooks";
import type { PageSession } from "../state/page_session.ts";
import { ConversationView } from "./conversation_view.tsx";
import { useShortcuts } from "./shortcuts.ts";
import { NoticeList } from "./notice_list.tsx";
import { OverlayPlace } from "./overlay_place.tsx";
import { PeoplePanel } from "./people_panel.tsx";
import { Sidebar } from "./sidebar.tsx";

/** Everything that is there after the sign-in. */
export function ChatScreen({ session }: { readonly session: PageSession }) {
  useShortcuts(session);
  useEffect(() => {
    const seen = () => session.markSeen();
    globalThis.addEventListener("focus", seen);
    return () => globalThis.removeEventListener("focus", seen);
  }, [session]);
  const current = session.conversations.current.value;
  const shown = session.showsList.value ? "list" : "conversation";
  return (
    <div
      class="chat"
      data-shown={shown}
      data-people={session.overlay.value === "people"}
      // Wherever it is dropped: else the browser would leave the page, and open it.
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        session.transfers.ask(current, [...event.dataTransfer?.files ?? []]);
      }}
    >
      <Sidebar session={session} />
      <ConversationView key={current.title} session={session} conversation={current} />
      <PeoplePanel session={session} conversation={current} />
      <NoticeList notices={session.notices} />
      <OverlayPlace session={session} />
      <p class="unseen" aria-live="polite">{session.alerts.spoken}</p>
    </div>
  );
}
