/**
 * What lies over the page: one dialogue at a time.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { PageSession } from "../state/page_session.ts";
import { FilesDialog } from "./files_dialog.tsx";
import { HelpDialog } from "./help_dialog.tsx";
import { Modal } from "./modal.tsx";
import { SafetyDialog } from "./safety_dialog.tsx";
import { SearchDialog } from "./search_dialog.tsx";
import { SettingsDialog } from "./settings_dialog.tsx";
import { Switcher } from "./switcher.tsx";

/** What is open, if anything is. A question about what is being sent comes first. */
export function Overlays({ session }: { readonly session: PageSession }) {
  if (session.outgoing.consent.value !== null) return <ConsentDialog session={session} />;
  if (session.transfers.question.value !== null) return <FilesDialog session={session} />;
  switch (session.overlay.value) {
    case "switcher":
      return <Switcher session={session} />;
    case "search":
      return <SearchDialog session={session} />;
    case "safety":
      return <SafetyDialog session={session} />;
    case "settings":
      return <SettingsDialog session={session} />;
    case "help":
      return <HelpDialog session={session} />;
    case "people":
    case null:
      return null;
  }
}

/** Some programs have no keys: the person decides, once for each user. */
function ConsentDialog({ session }: { readonly session: PageSession }) {
  const { outgoing } = session;
  const name = safeText(outgoing.consent.value?.conversation.title ?? "");
  return (
    <Modal title="Send without encryption?" onClose={() => void outgoing.answerConsent(false)}>
      <p>
        <bdi>{name}</bdi>{" "}
        uses a program without end-to-end encryption: the server could read your message, and later
        ones to <bdi>{name}</bdi>.
      </p>
      <div class="buttons">
        <button type="button" class="primary" onClick={() => void outgoing.answerConsent(false)}>
          Do not send
        </button>
        <button type="button" onClick={() => void outgoing.answerConsent(true)}>
          Send it readable
        </button>
      </div>
    </Modal>
  );
}
