/**
 * One conversation: its head, what was said, and where something is written.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import { Composer } from "./composer.tsx";
import type { ConversationProps } from "./conversation_props.ts";
import { ConnectionBanner } from "./connection_banner.tsx";
import { IconButton } from "./icons.tsx";
import { KeyBanner } from "./key_banner.tsx";
import { MessageFeed } from "./message_feed.tsx";
import { ProtectionMark } from "./protection_mark.tsx";
import { TransferList } from "./transfer_list.tsx";
import { WaitingMessages } from "./waiting_messages.tsx";

/** The middle of the page. */
export function ConversationView({ session, conversation }: ConversationProps) {
  return (
    <main class="conversation">
      <Head session={session} conversation={conversation} />
      <ConnectionBanner session={session} />
      <KeyBanner session={session} conversation={conversation} />
      <MessageFeed session={session} conversation={conversation} />
      <WaitingMessages session={session} conversation={conversation} />
      <TransferList transfers={session.transfers} />
      <Composer session={session} conversation={conversation} />
    </main>
  );
}

function Head({ session, conversation }: ConversationProps) {
  const { title, isRoom, topic, muted } = conversation;
  const { overlay } = session;
  const togglePeople = () => overlay.value = overlay.value === "people" ? null : "people";
  return (
    <header class="head">
      <IconButton
        icon="back"
        label="All conversations"
        class="narrow-only"
        onClick={() => session.showsList.value = true}
      />
      <div class="head-text">
        <h1>
          <bdi>{safeText(title)}</bdi>
        </h1>
        {isRoom
          ? <p class="topic" title={safeText(topic.value)}>{safeText(topic.value)}</p>
          // A changed key is told below, with what can be done.
          : conversation.protection.value !== "changed" && (
            <ProtectionMark session={session} conversation={conversation} />
          )}
      </div>
      <IconButton
        icon={muted.value ? "bellOff" : "bell"}
        label={muted.value ? "Unmute" : "Mute"}
        pressed={muted.value}
        onClick={() => muted.value = !muted.value}
      />
      <IconButton icon="search" label="Search" onClick={() => overlay.value = "search"} />
      <IconButton
        icon="people"
        label={isRoom ? "People in this room" : "About this conversation"}
        class="people-toggle"
        pressed={overlay.value === "people"}
        onClick={togglePeople}
      />
    </header>
  );
}
