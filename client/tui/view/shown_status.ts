/**
 * What the status line shows of the conversations.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { Conversation, Conversations } from "../conversations/conversations.ts";
import type { ConnectionStatus, Status, StatusConversation } from "./status.ts";

/**
 * The status line of a session.
 *
 * @param conversations Its conversations.
 * @param connection How the connection is.
 * @param server Which of several servers one is connected to; null where there is only one.
 */
export function shownStatus(
  conversations: Conversations,
  connection: ConnectionStatus,
  server: string | null,
): Status {
  const { current } = conversations;
  return {
    current: shown(current),
    unread: conversations.unread().map(shown),
    ...connection,
    server,
    protection: current.protection,
  };
}

function shown({ number, title, unread, mentions }: Conversation): StatusConversation {
  return { number, title: safeText(title), unread, mentions };
}
