/**
 * Leaving, where messages may still wait for a connection.
 *
 * @module
 */
import { counted } from "../talk/wording.ts";
import type { ChatClient } from "../core/chat/chat_client.ts";
import type { OutgoingPosts } from "./outgoing.ts";
import type { View } from "./view/view.ts";

/** What leaving works with. */
export interface LeavingOptions {
  readonly client: ChatClient;
  readonly view: View;
  readonly outgoing: OutgoingPosts;
  /** Ends the session, and waits before that, if so, until everything is sent. */
  readonly end: (waits: boolean) => void;
  /** How long that may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** The end of one session, when the person wants it. */
export class LeavingDialogue {
  readonly #options: LeavingOptions;
  #asking = false;

  /** @param options See {@linkcode LeavingOptions}. */
  constructor(options: LeavingOptions) {
    this.#options = options;
  }

  /** Leaves; asks first whether to wait where messages wait for a connection. */
  async leave(): Promise<void> {
    const { client, view, outgoing, end, timeoutMs } = this.#options;
    const count = outgoing.unsent.length;
    if (count === 0 || client.online) return end(true);
    if (this.#asking) return;
    this.#asking = true;
    const what = `No connection, and ${counted(count, "message")} not sent.`;
    const wait = `Wait up to ${Math.ceil(timeoutMs / 1_000)} s?`;
    const question = `${what} ${wait} (y: wait; n: leave now; Esc: stay) `;
    const answer = await view.ask(question, "choice");
    this.#asking = false;
    if (answer !== null) end(answer === "y");
  }
}
