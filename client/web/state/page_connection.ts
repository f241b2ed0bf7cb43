/**
 * Whether the server can be reached, as it is told to a person.
 *
 * @module
 */
import { signal } from "@preact/signals";
import type { ClientEvent } from "../../core/chat/chat_client.ts";
import { movedText } from "../../talk/wording.ts";
import { pageErrorText } from "../text/page_words.ts";
import type { PageNotices } from "./page_notices.ts";

/** How it is. */
export type ConnectionNow =
  | { readonly kind: "online" }
  | { readonly kind: "moving" }
  /** `retryAtMs`: when the next try is, by `performance.now()`. */
  | { readonly kind: "offline"; readonly retryAtMs: number; readonly mayHurry: boolean }
  | { readonly kind: "ended"; readonly why: string };

/** The connection of one page. */
export class PageConnection {
  readonly now = signal<ConnectionNow>({ kind: "online" });
  readonly #notices: PageNotices;

  /** @param notices Where it is told that the connection is there again. */
  constructor(notices: PageNotices) {
    this.#notices = notices;
  }

  /** Takes what the client tells of it. @return Whether the connection is there again. */
  take(event: ClientEvent): boolean {
    switch (event.type) {
      case "moving":
        this.now.value = { kind: "moving" };
        return false;
      case "offline": {
        const { retryMs, mayHurry } = event;
        this.now.value = { kind: "offline", retryAtMs: performance.now() + retryMs, mayHurry };
        return false;
      }
      case "online":
        this.now.value = { kind: "online" };
        if (event.movedTo !== null) this.#notices.tell(`${movedText(event.movedTo)}.`);
        return event.again;
      case "ended":
        this.now.value = { kind: "ended", why: pageErrorText(event.error) };
        return false;
      default:
        return false;
    }
  }
}
