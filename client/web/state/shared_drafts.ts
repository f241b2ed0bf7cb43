/**
 * Drafts of one account in several tabs of a browser: what is typed in one is in the others.
 *
 * @module
 */
import { effect } from "@preact/signals";
import * as v from "valibot";
import type { PageConversations } from "./page_conversations.ts";

const draftSchema = v.object({ title: v.string(), text: v.string() });

/**
 * Begins to share them, as long as the page is there.
 *
 * @param name Of the channel between the tabs of one account.
 * @param conversations Where they are typed. Another tab's draft of a conversation that is not open here is not wanted.
 * @return The channel, which ends it when it is closed.
 */
export function shareDrafts(name: string, conversations: PageConversations): BroadcastChannel {
  const channel = new BroadcastChannel(name);
  /** What all tabs have. */
  const shared = new Map<string, string>();
  effect(() => {
    for (const { title, written: text } of conversations.list.value) {
      if ((shared.get(title) ?? "") === text) continue;
      shared.set(title, text);
      channel.postMessage({ title, text });
    }
  });
  channel.onmessage = ({ data }) => {
    const { title, text } = v.parse(draftSchema, data);
    const conversation = conversations.find(title);
    if (conversation === undefined) return;
    shared.set(conversation.title, text);
    conversation.takeDraft(text);
  };
  return channel;
}
