/**
 * Comparing safety numbers with somebody.
 *
 * @module
 */
import { useEffect, useState } from "preact/hooks";
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { PageSession } from "../state/page_session.ts";
import { Modal } from "./modal.tsx";

/** A number as the client gives it. */
interface SafetyNumber {
  readonly number: string;
  readonly verified: boolean;
}

/** The number of the conversation that is shown. */
export function SafetyDialog({ session }: { readonly session: PageSession }) {
  const { title } = session.conversations.current.value;
  const [safety, setSafety] = useState<SafetyNumber | null>(null);
  const close = () => session.overlay.value = null;
  useEffect(() => {
    void session.tell(async () => setSafety(await session.client.safetyNumber(title)));
  }, [title]);
  const verify = () =>
    void session.tell(async () => {
      if (safety !== null) await session.client.verify(title, safety.number);
      await session.protectionChanged(title);
      close();
    });
  return (
    <Modal title="Safety number" onClose={close}>
      <p>
        Ask <bdi>{safeText(title)}</bdi>{" "}
        to open the same number, and compare: face to face, or on the phone. If all digits are the
        same, nobody is between you.
      </p>
      {safety === null ? <p class="busy">Asking for the keys…</p> : (
        <>
          <p class="safety" aria-label={`Safety number: ${safety.number}`}>
            {safety.number.split(" ").map((group, at) => <span key={at}>{group}</span>)}
          </p>
          <div class="buttons">
            {safety.verified
              ? <p role="status">You have compared this number.</p>
              : (
                <button type="button" class="primary" onClick={verify}>
                  They are the same
                </button>
              )}
          </div>
        </>
      )}
    </Modal>
  );
}
