/**
 * The whole page.
 *
 * @module
 */
import type { PageState } from "../state/page_state.ts";
import { ChatScreen } from "./chat_screen.tsx";
import { EntryScreen } from "./entry_screen.tsx";

/** The way in, or the chat. */
export function PageView({ state }: { readonly state: PageState }) {
  const session = state.session.value;
  return session === null ? <EntryScreen entry={state.entry} /> : <ChatScreen session={session} />;
}
