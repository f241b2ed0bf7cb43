/**
 * What programs say to one another through the server without its being kept, between the servers of a cluster. Within a server
 * each wire does that by itself.
 *
 * @module
 */
import type { Signal, Whispers } from "../storage/whispers.ts";

/** Signals to and from the other servers. */
export class Signals {
  readonly #whispers: Whispers | undefined;
  readonly #run = crypto.randomUUID();
  readonly #listeners = new Set<(signal: Signal) => void>();
  /** Called before something is said: whoever says it must be known where it is heard. */
  beforeSend: () => void = () => {};

  /** @param whispers Where servers whisper; undefined where the server is alone. */
  constructor(whispers: Whispers | undefined) {
    this.#whispers = whispers;
    whispers?.hear((whisper) => {
      if (whisper.type !== "signal" || whisper.run === this.#run) return;
      for (const listener of this.#listeners) listener(whisper.signal);
    });
  }

  /** Says something to people on the other servers. Whether the sender may do so was asked before. */
  send(signal: Signal): void {
    if (this.#whispers === undefined) return;
    this.beforeSend();
    this.#whispers.tell({ type: "signal", run: this.#run, signal });
  }

  /** Calls `listener` for each signal from another server, until the returned function is called. */
  hear(listener: (signal: Signal) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
