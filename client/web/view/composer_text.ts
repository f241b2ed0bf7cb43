/**
 * The text that is being written: its keys, and what is offered for half a word.
 *
 * @module
 */
import { signal } from "@preact/signals";
import type { PageConversation } from "../state/page_conversation.ts";
import type { PageSession } from "../state/page_session.ts";
import { type Offers, offersFor } from "../text/completions.ts";
import { withEmoji } from "../text/reactions.ts";
import { commandRefusal } from "../text/typed_commands.ts";

/** What appears by itself is taken to be seen after this long, in milliseconds: an Enter that comes earlier was not meant for it. */
const reactionMs = 1_000;

/** The input of one conversation. */
export class ComposerText {
  /** What is offered at the moment; null for nothing. */
  readonly offers = signal<Offers | null>(null);
  /** Which of them is chosen. */
  readonly chosen = signal(0);
  readonly #session: PageSession;
  readonly #conversation: PageConversation;
  readonly #shownMs = performance.now();

  /**
   * @param session The session.
   * @param conversation Where it is written.
   */
  constructor(session: PageSession, conversation: PageConversation) {
    this.#session = session;
    this.#conversation = conversation;
  }

  /** Something was typed. */
  onInput(area: HTMLTextAreaElement): void {
    this.#conversation.draft.value = area.value;
    const offers = this.#offersIn(area);
    this.#offer(offers?.isEager === true ? offers : null);
  }

  /** A key was pressed. @return Whether it was taken. */
  onKey(event: KeyboardEvent, area: HTMLTextAreaElement): boolean {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return false;
    if (this.offers.value !== null && this.#onOfferKey(event, area)) return true;
    switch (event.key) {
      case "Enter":
        if (event.shiftKey) return false;
        this.send();
        return true;
      case "Tab":
        return !event.shiftKey && this.#complete(area);
      case "ArrowUp":
        return area.value === "" && this.#editLast();
      case "Escape":
        return this.#escape();
      default:
        return false;
    }
  }

  /** Takes what is offered. */
  accept(index: number, area: HTMLTextAreaElement): void {
    const offers = this.offers.value;
    const offer = offers?.list[index];
    if (offers === null || offer === undefined) return;
    const after = area.value.slice(area.selectionEnd).replace(/^ /, "");
    const head = area.value.slice(0, offers.from) + offer.text;
    area.value = head + after;
    area.setSelectionRange(head.length, head.length);
    this.#conversation.draft.value = area.value;
    this.#offer(null);
  }

  /** Sends what was written. What may have been meant as a command stays where it is. */
  send(): void {
    const { draft, about, left } = this.#conversation;
    const text = withEmoji(draft.value).replace(/\s+$/u, "");
    if (text === "" || left.value || this.#isUnseen) return;
    const refusal = commandRefusal(draft.value);
    if (refusal) return this.#session.notices.refuse(refusal);
    this.#session.notices.endRefusal();
    const meant = about.value;
    if (meant?.kind !== "edit") {
      draft.value = "";
      this.#conversation.cameMs = null;
    }
    this.#conversation.forgetAbout();
    this.#offer(null);
    void this.#session.outgoing.send(this.#conversation, text, meant);
    void this.#session.goToEnd(this.#conversation);
  }

  /** Whether the draft came so short a time ago, or is shown so shortly, that nobody can mean to send it. */
  get #isUnseen(): boolean {
    const { cameMs } = this.#conversation;
    return cameMs !== null && performance.now() - Math.max(cameMs, this.#shownMs) < reactionMs;
  }

  #onOfferKey(event: KeyboardEvent, area: HTMLTextAreaElement): boolean {
    const count = this.offers.value!.list.length;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        const step = event.key === "ArrowDown" ? 1 : -1;
        this.chosen.value = (this.chosen.value + step + count) % count;
        return true;
      }
      case "Enter":
      case "Tab":
        this.accept(this.chosen.value, area);
        return true;
      case "Escape":
        this.#offer(null);
        return true;
      default:
        return false;
    }
  }

  /** One offer is taken at once, of several one is chosen. */
  #complete(area: HTMLTextAreaElement): boolean {
    const offers = this.#offersIn(area);
    if (offers === null) return false;
    this.#offer(offers);
    if (offers.list.length === 1) this.accept(0, area);
    return true;
  }

  #editLast(): boolean {
    const conversation = this.#conversation;
    const { name: ownName } = this.#session.client;
    const last = conversation.timeline.posts.value.findLast(({ from, kind, message }) =>
      from === ownName && kind !== "retracted" && (conversation.isRoom || message.encrypted)
    );
    if (last === undefined) return false;
    conversation.edit(last);
    return true;
  }

  #escape(): boolean {
    const conversation = this.#conversation;
    if (conversation.about.value !== null) conversation.forgetAbout();
    else {
      conversation.unreadLine.value = null;
      void this.#session.goToEnd(conversation);
    }
    return true;
  }

  #offersIn(area: HTMLTextAreaElement): Offers | null {
    if (area.selectionStart !== area.selectionEnd) return null;
    const { conversations, presence, client } = this.#session;
    const all = [...this.#conversation.speakers(), ...presence.online.value];
    const users = [...new Set(all)].filter((name) => name !== client.name);
    const rooms = conversations.rooms.value.map(({ title }) => title);
    return offersFor(area.value, area.selectionStart, { users, rooms });
  }

  #offer(offers: Offers | null): void {
    this.offers.value = offers;
    this.chosen.value = 0;
  }
}
