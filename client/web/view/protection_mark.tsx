/**
 * How a private conversation is protected, in a few words.
 *
 * @module
 */
import type { Protection } from "../../core/chat/chat_client.ts";
import type { ConversationProps } from "./conversation_props.ts";
import { Icon, type IconName } from "./icons.tsx";

const marks: Readonly<Record<Protection, readonly [icon: IconName, words: string]>> = {
  verified: ["shield", "End-to-end encrypted, keys compared"],
  encrypted: ["lock", "End-to-end encrypted"],
  readable: ["lockOpen", "Not encrypted: the server can read this"],
  changed: ["warning", "The key has changed: nothing is sent"],
};

/** A button that leads to the safety number. */
export function ProtectionMark({ session, conversation }: ConversationProps) {
  const protection = conversation.protection.value;
  if (protection === null) return <p class="topic" />;
  const [icon, words] = marks[protection];
  return (
    <button
      type="button"
      class={`protection ${protection}`}
      onClick={() => session.overlay.value = "safety"}
    >
      <Icon name={icon} />
      {words}
    </button>
  );
}
