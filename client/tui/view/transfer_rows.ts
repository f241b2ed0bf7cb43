/**
 * Files on their way, above the status line: one row for each, with how far it is, how fast, and how long it will take.
 *
 * @module
 */
import { transferText } from "../../talk/transfer_text.ts";
import type { Transfers } from "../../transfers/transfers.ts";
import { toned } from "../terminal/style.ts";
import type { View } from "./view.ts";

/** How often the rows change. */
const intervalMs = 250;

/** The rows of one session. */
export class TransferRows {
  readonly #view: View;
  readonly #transfers: Transfers;
  #timer: ReturnType<typeof setInterval> | null = null;
  #shown = 0;

  /**
   * @param view Where they are shown.
   * @param transfers What is on its way.
   */
  constructor(view: View, transfers: Transfers) {
    this.#view = view;
    this.#transfers = transfers;
    transfers.onChange = () => this.#update();
  }

  #update(): void {
    const views = this.#transfers.views;
    for (const [index, one] of views.entries()) {
      this.#view.showProgress(`file ${index}`, [toned("dim", transferText(one))]);
    }
    for (let index = views.length; index < this.#shown; index++) {
      this.#view.showProgress(`file ${index}`, null);
    }
    this.#shown = views.length;
    if (views.length > 0) this.#timer ??= setInterval(() => this.#update(), intervalMs);
    else if (this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
  }
}
