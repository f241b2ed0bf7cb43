/**
 * What is told and not stored. It is plain data, as commands are, and names no object of one process; but nobody waits for it,
 * and what nobody hears is gone.
 *
 * @module
 */

/** Something that is told. */
export type Whisper =
  /** An account has read everything up to a sequence. `nameKey`: its folded name. */
  { readonly type: "read"; readonly nameKey: string; readonly sequence: number };

/** Where what is not stored is told and heard. */
export interface Whispers {
  /** Tells everyone who listens, in this process too. */
  tell(whisper: Whisper): void;
  /**
   * Listens from now on.
   *
   * @param listener Must not throw and must not wait.
   * @returns Ends it.
   */
  hear(listener: (whisper: Whisper) => void): () => void;
}

/** Whispers within one process. */
export class LocalWhispers implements Whispers {
  readonly #listeners = new Set<(whisper: Whisper) => void>();

  /** See {@linkcode Whispers.tell}. */
  tell(whisper: Whisper): void {
    for (const listener of this.#listeners) listener(whisper);
  }

  /** See {@linkcode Whispers.hear}. */
  hear(listener: (whisper: Whisper) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
