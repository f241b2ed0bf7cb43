/**
 * What the whole page shows: the way in, or somebody who is in.
 *
 * @module
 */
import { signal } from "@preact/signals";
import type { PageSettings } from "../wire/page_settings.ts";
import { PageEntry } from "./entry.ts";
import { PageSession } from "./page_session.ts";

/** The whole page. */
export class PageState {
  readonly entry: PageEntry;
  /** Null until somebody is signed in. */
  readonly session = signal<PageSession | null>(null);

  /** @param settings What whoever serves the page says about it. */
  constructor(settings: PageSettings) {
    this.entry = new PageEntry(settings, async (entered) => {
      const session = await PageSession.open(entered);
      this.session.value = session;
      if (entered.isNew) session.notices.tell("Your account has been created.");
    });
  }

  /** Begins. */
  async start(): Promise<void> {
    await this.entry.start();
  }
}
