/**
 * Short messages of the page itself.
 *
 * @module
 */
import type { PageNotices } from "../state/page_notices.ts";
import { IconButton } from "./icons.tsx";

/** They stand above the conversation, or the list of them. */
export function NoticeList({ notices }: { readonly notices: PageNotices }) {
  return (
    <div class="notices" role="status" aria-label="Notices">
      {notices.list.value.map(({ id, tone, text }) => (
        <div key={id} class={`notice ${tone}`}>
          <p>{text}</p>
          <IconButton icon="close" label="Dismiss" onClick={() => notices.dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
