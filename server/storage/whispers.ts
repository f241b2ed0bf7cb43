/**
 * What is told and not stored. It is plain data, as commands are, and names no object of one process; but nobody waits for it,
 * and what nobody hears is gone.
 *
 * @module
 */

/** A session as other servers are told of it. */
export interface ToldSession {
  /** Its id on its own server. */
  readonly id: number;
  readonly name: string;
  readonly nameKey: string;
  readonly account: boolean;
  /** What masks see beside the name, where its wire has it. */
  readonly origin: { readonly username: string; readonly host: string } | null;
  /** The ids of its rooms. */
  readonly rooms: readonly number[];
  readonly followsAccount: boolean;
  readonly wire: "native" | "irc" | "classic";
  readonly secure: boolean;
  readonly opensSealed: boolean;
  readonly showsInvitations: boolean;
  /** When it came: milliseconds since 1970. */
  readonly sinceMs: number;
}

/** Something that is told. `run` names a run of a server: a random text, never used again. */
export type Whisper =
  /** An account has read everything up to a sequence. `nameKey`: its folded name. */
  | { readonly type: "read"; readonly nameKey: string; readonly sequence: number }
  /**
   * Sessions of a server that have come or changed, and the ids of those that have gone. `number` counts such whispers of a run.
   * `part` of `parts`: all sessions that it has, in so many whispers with one number; both 0 where it is only what has changed.
   */
  | {
    readonly type: "sessions";
    readonly run: string;
    readonly number: number;
    readonly part: number;
    readonly parts: number;
    readonly sessions: readonly ToldSession[];
    readonly gone: readonly number[];
  }
  /** A server is there, and has told so many changes. */
  | { readonly type: "alive"; readonly run: string; readonly number: number }
  /** All sessions of a server are wanted, or of every server where `run` is null. */
  | { readonly type: "wanted"; readonly run: string | null }
  /** A server stops. */
  | { readonly type: "stopping"; readonly run: string }
  /** A session of the server `run` is to be ended by its account's wish. */
  | {
    readonly type: "end";
    readonly run: string;
    readonly session: number;
    readonly reason: string;
  }
  /** A session of the server `run` is invited; `opened`: whatever the room's rules are. */
  | {
    readonly type: "invited";
    readonly run: string;
    readonly session: number;
    readonly room: number;
    readonly by: string;
    readonly opened: boolean;
  };

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
