/**
 * What commands work with.
 *
 * @module
 */
import type { PlainKind } from "../../../protocol/wire/post_kinds.ts";
import type { FoldedPost } from "../../talk/folded_posts.ts";
import type { ChatClient } from "../../core/chat/chat_client.ts";
import type { Conversation, Conversations } from "../conversations/conversations.ts";
import type { Hold } from "../input/hold.ts";
import type { Notifications } from "../conversations/notifications.ts";
import type { PrintedPost, TimeForm } from "../conversations/post_lines.ts";
import type { Transfers } from "../../transfers/transfers.ts";
import type { View } from "../view/view.ts";

/** A signed-in session, as commands see it. */
export interface Desk {
  readonly client: ChatClient;
  readonly view: View;
  readonly conversations: Conversations;
  readonly notifications: Notifications;
  readonly transfers: Transfers;
  /** How times are shown. */
  time: TimeForm;
  /** Whether each message is shown with its number. */
  showsNumbers: boolean;
  /** What was found last: searched for, or shown of the history. */
  found: readonly FoldedPost[];
  /** Sends a text to a room or a user. It was typed in the conversation `origin`, the current one where not given. */
  say(title: string, text: string, origin?: Conversation, kind?: PlainKind): void;
  /** Switches to a conversation and shows its last posts. What was typed since the command of `hold` is meant for there. */
  show(conversation: Conversation, hold?: Hold | null): Promise<void>;
  /** Prints posts of any conversation, each with where it went, and with its number if that is wanted. */
  printFound(posts: readonly PrintedPost[], withNumber?: boolean): void;
  /** The account is not in a room any more. `removed`: that somebody has taken it out, or null. */
  takeLeft(room: string, removed: string | null): void;
  /** Shows the status anew. */
  refresh(): void;
  /** How the conversation with a user is protected has to be looked up anew. */
  protectionChanged(user: string): Promise<void>;
  /** Ends the session; asks first where something is not sent. */
  leave(): void;
}
