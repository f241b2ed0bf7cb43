/**
 * What is told beside the page: to a screen reader, to the desktop, in the title and on the icon of the tab.
 *
 * @module
 */
import { effect, signal } from "@preact/signals";
import { changesTarget } from "../../../protocol/content.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { isPrivate, type ShownPost } from "../../core/e2e/message_view.ts";
import type { PageConversations } from "./page_conversations.ts";
import type { MessageChoice, PageKeeping } from "./page_keeping.ts";

/** Messages that are said one by one; of more, only how many. */
const saidMax = 3;
/** Characters of a message that the desktop shows. */
const excerptMax = 140;

/** The icon of the tab; with a dot where something is unread. */
function icon(hasNews: boolean): string {
  const dot = hasNews ? "<circle cx='25' cy='7' r='7' fill='%23d9480f'/>" : "";
  return "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>" +
    "<path d='M5 4h22a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4H15l-8 6v-6H5a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4z' " +
    `fill='%230b7285'/>${dot}</svg>`;
}

/** Tells what has come. */
export class PageAlerts {
  /** What a screen reader says next. */
  readonly spoken = signal("");
  readonly #conversations: PageConversations;
  readonly #keeping: PageKeeping;

  /**
   * @param conversations The conversations.
   * @param keeping What the person likes.
   */
  constructor(conversations: PageConversations, keeping: PageKeeping) {
    this.#conversations = conversations;
    this.#keeping = keeping;
    effect(() => this.#showTitle());
  }

  /** Posts have come. */
  take(posts: readonly ShownPost[]): void {
    const { ownName } = this.#conversations;
    const news = posts.filter(({ from, kind }) => from !== ownName && !changesTarget(kind));
    this.#speak(news.filter((post) => this.#isIn(post, this.#keeping.speak.value)));
    if (document.visibilityState === "visible" && document.hasFocus()) return;
    const shown = news.filter((post) => this.#isIn(post, this.#keeping.notify.value));
    const last = shown.at(-1);
    if (last !== undefined) this.#notify(last, shown.length);
  }

  #isIn(post: ShownPost, choice: MessageChoice): boolean {
    if (choice === "off") return false;
    const conversation = this.#conversations.find(this.#conversations.titleOf(post));
    if (conversation?.muted.value === true) return false;
    return choice === "all" || this.#conversations.concerns(post);
  }

  #speak(news: readonly ShownPost[]): void {
    if (news.length === 0) return;
    const current = this.#conversations.current.value.title;
    this.spoken.value = news.length > saidMax ? `${news.length} new messages` : news.map((post) => {
      const where = this.#conversations.titleOf(post);
      const place = where === current ? "" : ` in ${safeText(where)}`;
      return `${safeText(post.from)}${place}: ${safeText(post.message.text ?? "")}`;
    }).join(". ");
  }

  #notify(post: ShownPost, count: number): void {
    if (typeof Notification === "undefined" || Notification.permission !== "granted") return;
    const where = this.#conversations.titleOf(post);
    const place = where === post.from ? "" : ` in ${safeText(where)}`;
    // A desktop shows it on locked screens, too, and may keep it: nothing of what is meant for one person only.
    const words = isPrivate(post) ? "A private message" : safeText(post.message.text ?? "");
    const body = count > 1 ? `${count} new messages` : words.slice(0, excerptMax);
    const title = `${safeText(post.from)}${place}`;
    const notification = new Notification(title, { body, tag: where, icon: icon(false) });
    notification.onclick = () => {
      globalThis.focus();
      this.#conversations.current.value = this.#conversations.open(where);
      notification.close();
    };
  }

  #showTitle(): void {
    const loud = this.#conversations.list.value.filter(({ muted }) => !muted.value);
    const unread = loud.reduce((sum, one) => sum + one.unread.value, 0);
    const forMe = loud.reduce((sum, one) => sum + one.mentions.value, 0);
    const count = unread === 0 ? "" : `(${unread}${forMe > 0 ? "!" : ""}) `;
    document.title = `${count}${safeText(this.#conversations.current.value.title)} · chat`;
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    const shown = icon(unread > 0);
    if (link !== null && link.getAttribute("href") !== shown) link.href = shown;
  }
}
