/**
 * What a person likes, and the way out.
 *
 * @module
 */
import type { Signal } from "@preact/signals";
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { MessageChoice } from "../state/page_keeping.ts";
import type { PageSession } from "../state/page_session.ts";
import { Modal } from "./modal.tsx";

/** Settings. */
export function SettingsDialog({ session }: { readonly session: PageSession }) {
  const { keeping, overlay, client } = session;
  return (
    <Modal title="Settings" onClose={() => overlay.value = null}>
      <Choice
        label="Desktop notifications while this page is in the background"
        value={keeping.notify}
        onChosen={askToNotify}
      />
      <Choice label="Messages that a screen reader reads out" value={keeping.speak} />
      <p class="fine">
        Signed in as <bdi>{safeText(client.name)}</bdi> on <bdi>{safeText(session.server)}</bdi>.
      </p>
      <div class="buttons">
        <button type="button" onClick={() => overlay.value = "help"}>Keys</button>
        <button type="button" class="danger" onClick={() => void session.leave()}>Sign out</button>
      </div>
    </Modal>
  );
}

/** What a choice is given. */
interface ChoiceProps {
  readonly label: string;
  readonly value: Signal<MessageChoice>;
  readonly onChosen?: (choice: MessageChoice) => void;
}

function Choice({ label, value, onChosen = () => {} }: ChoiceProps) {
  return (
    <label>
      {label}
      <select
        value={value.value}
        onChange={(event) => {
          value.value = event.currentTarget.value as MessageChoice;
          onChosen(value.value);
        }}
      >
        <option value="off">None</option>
        <option value="mentions">For me</option>
        <option value="all">All</option>
      </select>
    </label>
  );
}

/** A browser asks the person, once. */
function askToNotify(choice: MessageChoice): void {
  if (choice === "off" || typeof Notification === "undefined") return;
  if (Notification.permission === "default") void Notification.requestPermission();
}
