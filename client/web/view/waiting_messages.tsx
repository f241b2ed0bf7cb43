/**
 * Own messages that the server does not have yet.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { ConversationProps } from "./conversation_props.ts";

/** They stand below the others, paler. */
export function WaitingMessages({ session, conversation }: ConversationProps) {
  const all = session.outgoing.waiting.value.filter((one) => one.conversation === conversation);
  if (all.length === 0) return null;
  const isOnline = session.connection.now.value.kind === "online";
  return (
    <ul class="waiting" aria-label="Messages on their way">
      {all.map(({ id, text }) => (
        <li key={id}>
          <span class="waiting-text">{safeText(text, { lines: "keep" })}</span>
          <small>{isOnline ? "sending…" : "waiting for the connection"}</small>
        </li>
      ))}
    </ul>
  );
}
