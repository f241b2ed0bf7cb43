/**
 * What is told of rooms beside what is said in them: topics, rules and invitations.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { ClientEvent } from "../../core/chat/chat_client.ts";
import { withSlash } from "../../talk/remark_text.ts";
import { invitationText, isRuledHere, ruledLines } from "../../talk/rules_text.ts";
import type { Conversations } from "./conversations.ts";

/** Events about rooms. */
export type RoomNews = ClientEvent & { readonly type: "topic" | "ruled" | "invited" };

/**
 * What the person is told, and what is kept of it.
 *
 * @param event What the server told.
 * @param conversations Where it belongs.
 * @return Lines that are safe for a terminal; none where it concerns a room that is not shown.
 */
export function takeRoomNews(event: RoomNews, conversations: Conversations): readonly string[] {
  if (event.type === "invited") return [`${invitationText(event, withSlash)}.`];
  const { ownName, current } = conversations;
  const conversation = conversations.find(event.room);
  const isHere = conversation === current;
  if (event.type === "ruled") {
    // What one has changed here was told by the command; what concerns oneself is told wherever one is.
    const isTold = isHere || event.roles.some(({ name }) => name === ownName);
    return isTold && !isRuledHere(event, ownName) ? ruledLines(event, ownName) : [];
  }
  if (conversation !== undefined) conversation.topic = event.topic;
  if (!isHere) return [];
  const what = event.topic === "" ? "no longer has a topic" : `is about: ${safeText(event.topic)}`;
  return [`${safeText(event.room)} ${what} (set by ${safeText(event.by)})`];
}
