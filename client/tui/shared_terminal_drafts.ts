/**
 * What is being typed in a terminal is in all sessions of the account. Commands, lines of before and answers to questions are nobody
 * else's business.
 *
 * @module
 */
import type { ChatClient, ClientEvent } from "../core/chat/chat_client.ts";
import type { SharedDrafts, WrittenDraft } from "../core/chat/shared_drafts.ts";
import { classify, type Typed } from "./commands/commands.ts";
import type { Conversation, Conversations } from "./conversations/conversations.ts";
import type { View } from "./view/view.ts";

/** What drafts are shared with. */
export interface SharedTerminalDraftsOptions {
  readonly client: Pick<ChatClient, "shareDrafts">;
  readonly view: View;
  readonly conversations: Conversations;
  /** A draft was shown. */
  readonly onShown: () => void;
}

/** The drafts of one session. */
export class SharedTerminalDrafts {
  readonly #options: SharedTerminalDraftsOptions;
  /** Null until they are shared. */
  #drafts: SharedDrafts | null = null;
  #isStopped = false;
  /** What came from another session and was not changed here, by its conversation. */
  readonly #came = new WeakMap<Conversation, string>();

  /** @param options See {@linkcode SharedTerminalDraftsOptions}. */
  constructor(options: SharedTerminalDraftsOptions) {
    this.#options = options;
  }

  /** Begins to share them. */
  async start(): Promise<void> {
    const drafts = await this.#options.client.shareDrafts((...draft) => this.#show(...draft));
    if (this.#isStopped) return;
    this.#drafts = drafts;
    this.note();
    drafts.begin();
  }

  /** Takes what the client tells of them, and of its connection. */
  take(event: Extract<ClientEvent, { type: "draft" | "online" }>): void {
    if (event.type === "draft") this.#drafts?.take(event.sealed);
    else this.#drafts?.begin();
  }

  /** What is typed may have changed. */
  note(): void {
    if (this.#drafts === null) return;
    const { view, conversations: { current, list } } = this.#options;
    this.#drafts.note(list.map((one): WrittenDraft => {
      const { title, draft: { text }, history } = one;
      const aside = history.isShown(text) ? null : text;
      const written = one === current ? view.input.written : aside;
      if (written !== this.#came.get(one)) this.#came.delete(one);
      return { title, written: this.#came.has(one) || isMessage(written) ? written : null };
    }));
  }

  /** What a line is, in the conversation that is shown. What came from another session was typed here as no command, whatever it looks like. */
  classified(text: string): Typed {
    const typed = classify(text);
    const isFromElsewhere = this.#came.get(this.#options.conversations.current) === text;
    return isFromElsewhere && typed.type !== "post" ? { type: "doubtful" } : typed;
  }

  /** Shares nothing any more. */
  stop(): void {
    this.#isStopped = true;
    void this.#drafts?.stop();
  }

  #show(title: string, text: string): boolean {
    const { view, conversations, onShown } = this.#options;
    const conversation = conversations.find(title) ?? this.#opened(title, text);
    if (conversation === undefined) return false;
    if (text === "") this.#came.delete(conversation);
    else this.#came.set(conversation, text);
    if (conversation === conversations.current) view.input.showDraft(text);
    else {
      conversation.draft = { text, cursor: text.length };
      conversation.draftReturned = text !== "";
    }
    onShown();
    return true;
  }

  /** A private conversation begins with what is typed for it elsewhere. */
  #opened(title: string, text: string): Conversation | undefined {
    if (text === "" || title.startsWith("#")) return undefined;
    return this.#options.conversations.open(title);
  }
}

function isMessage(written: string | null): boolean {
  return written === "" || (written !== null && classify(written).type === "post");
}
