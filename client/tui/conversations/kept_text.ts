/**
 * A text that is kept on this machine, and written anew only where it has changed.
 *
 * @module
 */
import type { TextStore } from "../../core/link/text_store.ts";

/** One text in its store. */
export class KeptText {
  readonly #store: TextStore;
  #saved: string | undefined;
  #saving: Promise<void> = Promise.resolve();

  /**
   * @param store Where it is kept.
   * @param saved What is kept there now; undefined where there is nothing.
   */
  constructor(store: TextStore, saved: string | undefined) {
    this.#store = store;
    this.#saved = saved;
  }

  /** Keeps a text; one that cannot be written is as good as none. Resolves when it is written. */
  async save(text: string): Promise<void> {
    if (text === this.#saved) return;
    this.#saved = text;
    this.#saving = this.#saving.then(() => this.#store.save(text)).catch(() => {});
    await this.#saving;
  }
}
