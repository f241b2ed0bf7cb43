/**
 * The help: every key with what it does.
 *
 * @module
 */
import type { PageSession } from "../state/page_session.ts";
import { Modal } from "./modal.tsx";

/** Every key with what it does. */
const shortcutHelp: readonly (readonly [keys: string, does: string])[] = [
  ["Ctrl K", "Go to a room or a person"],
  ["Ctrl Shift F", "Search"],
  ["Alt ↑  Alt ↓", "The conversation before, or after"],
  ["Alt Shift ↑  Alt Shift ↓", "The same, to one with something unread"],
  ["Enter", "Send"],
  ["Shift Enter", "A new line"],
  ["↑", "In an empty message: edit your last one"],
  ["Tab", "Complete a name, a room or an emoji"],
  ["Esc", "Mark as read, and go to the newest message"],
  ["↑  ↓", "Among messages: choose one"],
  ["R  E  +  Delete", "On a chosen message: reply, edit, react, take back"],
  ["Ctrl /", "This help"],
];

/** All keys. */
export function HelpDialog({ session }: { readonly session: PageSession }) {
  return (
    <Modal title="Keys" onClose={() => session.overlay.value = null}>
      <dl class="keys">
        {shortcutHelp.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              {keys.split("  ").map((one) => <kbd key={one}>{one}</kbd>)}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
