/**
 * Whether files are sent that were dropped or pasted.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import { sizeText } from "../../../protocol/text/size_text.ts";
import type { PageSession } from "../state/page_session.ts";
import { Modal } from "./modal.tsx";

/** What is about to be sent, and where to. */
export function FilesDialog({ session: { transfers } }: { readonly session: PageSession }) {
  const { conversation, files } = transfers.question.value!;
  const title = files.length === 1 ? "Send this file?" : `Send ${files.length} files?`;
  return (
    <Modal title={title} onClose={() => transfers.answer(false)}>
      <ul class="files">
        {files.map(({ name, size }, at) => (
          <li key={at}>
            <bdi>{safeText(name)}</bdi> <small>{sizeText(size)}</small>
          </li>
        ))}
      </ul>
      <div class="buttons">
        <button type="button" class="primary" autofocus onClick={() => transfers.answer(true)}>
          Send to <bdi>{safeText(conversation.title)}</bdi>
        </button>
        <button type="button" onClick={() => transfers.answer(false)}>Do not send</button>
      </div>
    </Modal>
  );
}
