/**
 * What a page keeps between its visits: open private conversations, drafts, and what the person likes.
 *
 * @module
 */
import { effect, signal } from "@preact/signals";
import * as v from "valibot";
import type { TextStore } from "../../core/link/text_store.ts";
import type { PageConversations } from "./page_conversations.ts";

/** Titles that are kept. */
const titlesMax = 200;
/** How long changes are collected before they are written, in milliseconds. */
const saveDelayMs = 500;

const title = v.pipe(v.string(), v.maxLength(256));
const titles = v.pipe(v.array(title), v.maxLength(titlesMax));
const choice = v.picklist(["all", "mentions", "off"]);
const keptSchema = v.object({
  people: v.optional(titles, []),
  muted: v.optional(titles, []),
  drafts: v.optional(v.record(title, v.string()), {}),
  /** When drafts were changed, also those that are empty now. */
  times: v.optional(v.record(v.string(), v.number()), {}),
  notify: v.optional(choice, "off"),
  speak: v.optional(choice, "all"),
});

/** Which messages something is done with. */
export type MessageChoice = v.InferOutput<typeof choice>;

/** What is kept. */
export class PageKeeping {
  /** Which messages are shown by the desktop while the page is not looked at. */
  readonly notify = signal<MessageChoice>("off");
  /** Which messages a screen reader says. */
  readonly speak = signal<MessageChoice>("all");
  /** When each draft was changed, by its conversation, in milliseconds since 1970. */
  times: () => Record<string, number> = () => ({});
  readonly #store: TextStore;
  #saved = "";
  #stop = (): void => {};
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param store Where it is kept. */
  constructor(store: TextStore) {
    this.#store = store;
  }

  /** Reads what is kept, opens what was open, and keeps what changes from now on. */
  async begin(conversations: PageConversations): Promise<void> {
    const { people, muted, drafts, times, notify, speak } = await this.#load();
    this.times = () => times;
    for (const name of people) conversations.open(name);
    for (const name of muted) {
      const found = conversations.find(name);
      if (found !== undefined) found.muted.value = true;
    }
    for (const [name, text] of Object.entries(drafts)) {
      const found = conversations.find(name);
      if (found !== undefined && found.draft.value === "") found.draft.value = text;
    }
    this.notify.value = notify;
    this.speak.value = speak;
    this.#stop = effect(() => this.#saveLater(this.#keptOf(conversations)));
  }

  /** Keeps nothing any more. */
  stop(): void {
    this.#stop();
    clearTimeout(this.#timer);
  }

  async #load(): Promise<v.InferOutput<typeof keptSchema>> {
    try {
      return v.parse(keptSchema, JSON.parse(await this.#store.load() ?? "{}"));
    } catch {
      return v.parse(keptSchema, {});
    }
  }

  #keptOf(conversations: PageConversations): object {
    const list = conversations.list.value;
    const people = conversations.people.value.slice(0, titlesMax).map(({ title }) => title);
    const muted = list.filter((one) => one.muted.value).slice(0, titlesMax);
    const drafted = list.filter(({ written }) => written !== "").slice(0, titlesMax);
    return {
      people,
      muted: muted.map(({ title }) => title),
      drafts: Object.fromEntries(drafted.map(({ title, written }) => [title, written])),
      notify: this.notify.value,
      speak: this.speak.value,
    };
  }

  #saveLater(kept: object): void {
    clearTimeout(this.#timer);
    const text = JSON.stringify(kept);
    if (text === this.#saved) return;
    this.#timer = setTimeout(() => {
      this.#saved = text;
      // What cannot be kept is only missed at the next visit.
      this.#store.save(JSON.stringify({ ...kept, times: this.times() })).catch(() => {});
    }, saveDelayMs);
  }
}
