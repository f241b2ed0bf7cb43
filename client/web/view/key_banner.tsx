/**
 * What is asked where a peer's key has changed, or a room was left.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { ConversationProps } from "./conversation_props.ts";
import { Icon } from "./icons.tsx";

/** A line above the messages; nothing while all is well. */
export function KeyBanner({ session, conversation }: ConversationProps) {
  const { title, protection, left } = conversation;
  if (left.value) {
    return (
      <div class="banner" role="status">
        <Icon name="warning" />
        <span>You are not in this room any more: what you write is not sent.</span>
        <button type="button" onClick={() => void session.goTo(title)}>Enter again</button>
      </div>
    );
  }
  if (protection.value !== "changed") return null;
  return (
    <div class="banner danger" role="status">
      <Icon name="warning" />
      <span>
        The key of <bdi>{safeText(title)}</bdi>{" "}
        has changed: either the account was created again, or someone is listening in. Nothing is
        sent until you decide.
      </span>
      <button type="button" onClick={() => session.overlay.value = "safety"}>
        Compare safety numbers
      </button>
      <button type="button" onClick={() => void session.acceptKey(title)}>
        Accept the new key
      </button>
    </div>
  );
}
