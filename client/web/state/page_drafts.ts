/**
 * What is being typed in a page is in all sessions of the account, other tabs among them.
 *
 * @module
 */
import { batch, effect } from "@preact/signals";
import type { ChatClient } from "../../core/chat/chat_client.ts";
import type { SharedDrafts } from "../../core/chat/shared_drafts.ts";
import type { PageConversations } from "./page_conversations.ts";
import type { PageKeeping } from "./page_keeping.ts";

/**
 * Begins to share drafts.
 *
 * @param client Who shares them.
 * @param conversations Where they are typed.
 * @param keeping Knows when those were changed that the page has kept.
 */
export async function sharePageDrafts(
  client: Pick<ChatClient, "shareDrafts">,
  conversations: PageConversations,
  keeping: Pick<PageKeeping, "times">,
): Promise<SharedDrafts> {
  const drafts = await client.shareDrafts((title, text) =>
    // Together: nobody has emptied what was just opened.
    batch(() => {
      const isNew = text !== "" && !title.startsWith("#");
      const found = conversations.find(title) ?? (isNew ? conversations.open(title) : undefined);
      found?.takeDraft(text);
      return found !== undefined;
    })
  );
  drafts.restore(conversations.list.value, keeping.times());
  keeping.times = () => drafts.times;
  effect(() => drafts.note(conversations.list.value));
  drafts.begin();
  return drafts;
}
