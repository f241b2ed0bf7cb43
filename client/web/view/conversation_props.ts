/**
 * What the parts of a conversation are given.
 *
 * @module
 */
import type { PageConversation } from "../state/page_conversation.ts";
import type { PageSession } from "../state/page_session.ts";

/** Whose page it is, and which conversation is shown. */
export interface ConversationProps {
  readonly session: PageSession;
  readonly conversation: PageConversation;
}
