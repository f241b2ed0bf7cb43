/**
 * Short messages of the page itself, above the conversation, until they are dismissed or have been there long enough.
 *
 * @module
 */
import { signal } from "@preact/signals";

/** One of them. */
export interface PageNotice {
  readonly id: number;
  readonly tone: "plain" | "warning";
  readonly text: string;
}

/** How long a plain one stays, in milliseconds. Warnings stay until somebody has read them. */
const plainMs = 8_000;
/** How many are there at once. */
const noticesMax = 5;

/** All that are shown. */
export class PageNotices {
  readonly list = signal<readonly PageNotice[]>([]);
  #nextId = 1;
  #refusalId = 0;

  /** Says something that may pass. */
  tell(text: string): void {
    const { id } = this.#add("plain", text);
    setTimeout(() => this.dismiss(id), plainMs);
  }

  /** Says something that must be read. */
  warn(text: string): void {
    if (!this.list.value.some((one) => one.text === text)) this.#add("warning", text);
  }

  /** Says why what was typed is not sent: in place of what was said of that before. */
  refuse(text: string): void {
    this.endRefusal();
    this.#refusalId = this.#add("warning", text).id;
  }

  /** Something else is sent: what was refused need not be told any longer. */
  endRefusal(): void {
    this.dismiss(this.#refusalId);
  }

  /** Takes one away. */
  dismiss(id: number): void {
    this.list.value = this.list.value.filter((one) => one.id !== id);
  }

  #add(tone: PageNotice["tone"], text: string): PageNotice {
    const notice = { id: this.#nextId++, tone, text };
    this.list.value = [...this.list.value, notice].slice(-noticesMax);
    return notice;
  }
}
