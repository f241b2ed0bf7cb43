/**
 * Who is in a room, or whom one writes to.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { PageConversation } from "../state/page_conversation.ts";
import type { PageSession } from "../state/page_session.ts";
import { hueOf, initialOf } from "../text/name_hues.ts";
import type { ConversationProps } from "./conversation_props.ts";
import { IconButton } from "./icons.tsx";
import { ProtectionMark } from "./protection_mark.tsx";

/** Names that are drawn; of more, how many. */
const shownMax = 200;

/** The panel on the right. */
export function PeoplePanel({ session, conversation }: ConversationProps) {
  return (
    <aside class="people" aria-label={conversation.isRoom ? "People" : "About"}>
      <header>
        <h2>{conversation.isRoom ? "Here now" : "About"}</h2>
        <IconButton
          icon="close"
          label="Close"
          class="close-people"
          onClick={() => session.overlay.value = null}
        />
      </header>
      <div class="scrolling">
        {conversation.isRoom
          ? <Present session={session} names={conversation.present.value ?? []} />
          : <Peer session={session} conversation={conversation} />}
        <LeaveButton session={session} conversation={conversation} />
      </div>
    </aside>
  );
}

function Present({ session, names }: {
  readonly session: PageSession;
  readonly names: readonly string[];
}) {
  const shown = names.slice(0, shownMax);
  return (
    <>
      <ul>
        {shown.map((name) => (
          <li key={name}>
            <Person session={session} name={name} />
          </li>
        ))}
      </ul>
      {names.length > shown.length && <p class="fine">and {names.length - shown.length} more</p>}
    </>
  );
}

function Person({ session, name }: { readonly session: PageSession; readonly name: string }) {
  const isOwn = name === session.client.name;
  const face = (
    <>
      <span class={`avatar small ${hueOf(name)}`} aria-hidden="true">{initialOf(name)}</span>
      <bdi>{safeText(name)}</bdi>
      {isOwn && <small>you</small>}
    </>
  );
  if (isOwn) return <span class="person">{face}</span>;
  return (
    <button type="button" class="person" onClick={() => void session.goTo(name)}>{face}</button>
  );
}

function Peer({ session, conversation }: ConversationProps) {
  const { title } = conversation;
  const isOnline = session.presence.isOnline(title);
  return (
    <div class="peer">
      <span class={`avatar large ${hueOf(title)}`} aria-hidden="true">{initialOf(title)}</span>
      <h3>
        <bdi>{safeText(title)}</bdi>
      </h3>
      <p class="fine">{isOnline ? "online" : "not online"}</p>
      <ProtectionMark session={session} conversation={conversation} />
      <button type="button" onClick={() => session.overlay.value = "safety"}>
        Compare safety numbers
      </button>
    </div>
  );
}

function LeaveButton({ session, conversation }: ConversationProps) {
  if (isLobby(session, conversation)) return null;
  return (
    <button type="button" class="quiet leave" onClick={() => void session.close(conversation)}>
      {conversation.isRoom ? "Leave this room" : "Close this conversation"}
    </button>
  );
}

function isLobby(session: PageSession, { title }: PageConversation): boolean {
  return title === session.client.welcome.lobby;
}
