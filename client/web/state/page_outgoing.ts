/**
 * What a person sends: on its way, refused, or waiting for a decision. A refused text comes back to where it was typed.
 *
 * @module
 */
import { signal } from "@preact/signals";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { newPostId } from "../../../protocol/wire/post_id.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { ChatClient } from "../../core/chat/chat_client.ts";
import { ClientError } from "../../core/link/client_error.ts";
import { type FoldedPost, reactionTo, withEdits } from "../../talk/folded_posts.ts";
import { isUnknownUser, unknownUser } from "../../talk/unknown_user.ts";
import { waitsFor } from "../../talk/wording.ts";
import { pageErrorText } from "../text/page_words.ts";
import type { About, PageConversation } from "./page_conversation.ts";
import type { PageNotices } from "./page_notices.ts";

/** A message that is not in the conversation yet. */
export interface OutgoingMessage {
  readonly id: string;
  readonly conversation: PageConversation;
  readonly text: string;
  /** Whether the server has it: then it is about to come. */
  readonly stored: boolean;
}

/** Somebody must decide whether the server may read what is sent to a user. */
export interface ConsentQuestion {
  readonly conversation: PageConversation;
  readonly text: string;
}

/** What sending works with. */
export interface PageOutgoingOptions {
  readonly client: ChatClient;
  readonly notices: PageNotices;
}

/** Sends. */
export class PageOutgoing {
  /** What is on its way, in order. */
  readonly waiting = signal<readonly OutgoingMessage[]>([]);
  /** Who is asked whether the server may read something; null for nobody. */
  readonly consent = signal<ConsentQuestion | null>(null);
  readonly #client: ChatClient;
  readonly #notices: PageNotices;

  /** @param options See {@linkcode PageOutgoingOptions}. */
  constructor({ client, notices }: PageOutgoingOptions) {
    this.#client = client;
    this.#notices = notices;
  }

  /** Sends what was typed. @param about What it answers or replaces. */
  async send(conversation: PageConversation, text: string, about: About | null): Promise<void> {
    const id = newPostId(Date.now());
    const message = { id, conversation, text, stored: false };
    if (about?.kind !== "edit") this.waiting.value = [...this.waiting.value, message];
    try {
      await this.#send(message, about);
      this.waiting.value = this.waiting.value.map((one) =>
        one.id === id ? { ...one, stored: true } : one
      );
    } catch (error) {
      this.arrived(id);
      this.#refused(conversation, text, about, error);
    }
  }

  /** A message has come back, in its place. */
  arrived(id: string): void {
    if (this.waiting.value.some((one) => one.id === id)) {
      this.waiting.value = this.waiting.value.filter((one) => one.id !== id);
    }
  }

  /** Reacts to a message; the same once more takes it back. */
  async react(conversation: PageConversation, post: FoldedPost, emoji: string): Promise<void> {
    const { title } = conversation;
    const said = reactionTo(post, this.#client.name, emoji);
    await this.#orTell(() => this.#client.annotate(title, said));
  }

  /** Takes a message back. */
  async takeBack(conversation: PageConversation, post: FoldedPost): Promise<void> {
    await this.#orTell(() => this.#client.takeBack(conversation.title, withEdits(post)));
  }

  /** The person has decided about {@linkcode PageOutgoing.consent}. */
  async answerConsent(agrees: boolean): Promise<void> {
    const question = this.consent.value;
    this.consent.value = null;
    if (question === null) return;
    const { conversation, text } = question;
    if (!agrees) return giveBack(conversation, text, null);
    await this.#orTell(() => this.#client.allowReadable(conversation.title));
    await this.send(conversation, text, null);
  }

  async #send({ id, conversation, text }: OutgoingMessage, about: About | null): Promise<void> {
    const { title, isRoom } = conversation;
    if (about !== null) {
      const { kind, post: { sequence, id: targetId } } = about;
      const said = { kind, target: sequence, targetId, text };
      return void await this.#client.annotate(title, said, id);
    }
    if (isRoom) return void await this.#client.post(title, text, id);
    const waits = waitsFor(await this.#client.sendPrivate(title, text, id), safeText(title));
    if (waits !== null) this.#notices.tell(`Stored; ${waits}`);
  }

  #refused(
    conversation: PageConversation,
    text: string,
    about: About | null,
    error: unknown,
  ): void {
    if (!(error instanceof ChatError)) throw error;
    if (error.code === "not_encrypted" && this.consent.value === null) {
      this.consent.value = { conversation, text };
      return;
    }
    giveBack(conversation, text, about);
    if (error instanceof ClientError && error.remark.kind === "key_changed") {
      // It is told above the conversation.
      conversation.protection.value = "changed";
      return;
    }
    const told = !conversation.isRoom && isUnknownUser(error)
      ? unknownUser(conversation.title)
      : error;
    this.#notices.warn(`Not sent to ${safeText(conversation.title)}. ${pageErrorText(told)}`);
  }

  async #orTell(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.#notices.warn(pageErrorText(error));
    }
  }
}

/** A refused text is in the input again, before what has been typed since. */
function giveBack(conversation: PageConversation, text: string, about: About | null): void {
  const { draft } = conversation;
  draft.value = draft.value === "" ? text : `${text}\n${draft.value}`;
  conversation.about.value ??= about;
}
