/**
 * Chooses files to send.
 *
 * @module
 */
import { useRef } from "preact/hooks";
import type { ConversationProps } from "./conversation_props.ts";
import { IconButton } from "./icons.tsx";

/** A button that opens the browser's own dialogue. */
export function AttachButton({ session, conversation }: ConversationProps) {
  const chooser = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={chooser}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          const files = [...event.currentTarget.files ?? []];
          event.currentTarget.value = "";
          void session.transfers.send(conversation, files);
        }}
      />
      <IconButton icon="attach" label="Send files" onClick={() => chooser.current?.click()} />
    </>
  );
}
