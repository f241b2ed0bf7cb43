/**
 * What is told and not stored. It is plain data, as commands are, and names no object of one process; but nobody waits for it,
 * and what nobody hears is gone.
 *
 * @module
 */
import type { Role } from "../../protocol/wire/room_rules.ts";

/** What somebody on IRC says of oneself. */
export interface Profile {
  readonly realname: string;
  /** Why somebody is away; null while here. */
  readonly away: string | null;
  /** The letters of the modes that are set. */
  readonly modes: string;
  readonly metadata: readonly (readonly [key: string, value: string])[];
}

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
  readonly wire: "native" | "web" | "irc" | "classic";
  readonly secure: boolean;
  readonly opensSealed: boolean;
  readonly showsInvitations: boolean;
  /** When it came: milliseconds since 1970. */
  readonly sinceMs: number;
  /** Since when it has the name: of two guests of one name the first keeps it. */
  readonly namedMs: number;
  /** A guest's roles, which are not stored, by the ids of rooms. */
  readonly roles: readonly (readonly [room: number, roles: readonly Role[]])[];
  readonly profile: Profile | null;
}

/** Tokens that were taken: of which count, by whom, who loses it where there are too many; fewer than 0 were given back. */
export type Spent = readonly [count: string, key: string, group: string, tokens: number];

/** What programs say to one another through the server, as those for IRC do: CTCP, tags, notices to some. It is not kept. */
export interface Signal {
  /** Who says it, by the folded name. */
  readonly from: string;
  /** To whom: those in a room, all of them or those with a rank; somebody, by the folded name; all who want what operators of the server say. */
  readonly to:
    | { readonly room: number; readonly rank: "everyone" | "voiced" | "moderator" }
    | { readonly nameKey: string }
    | "wallops";
  readonly verb: "PRIVMSG" | "NOTICE" | "TAGMSG" | "WALLOPS";
  readonly text: string;
  /** Tags of the sender's client, encoded. */
  readonly clientOnly: string;
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
    /** What some of these have said on going. */
    readonly farewells: readonly (readonly [session: number, text: string])[];
  }
  /** A server is there, and has told so many changes. */
  | { readonly type: "alive"; readonly run: string; readonly number: number }
  /** All sessions of a server are wanted, or of every server where `run` is null. */
  | { readonly type: "wanted"; readonly run: string | null }
  /** A server stops. */
  | { readonly type: "stopping"; readonly run: string }
  /** A session of the server `run` is to be ended: by its account's wish, or by an operator. */
  | {
    readonly type: "end";
    readonly run: string;
    readonly session: number;
    readonly reason: string;
    /** What everyone else is told; null for nothing. */
    readonly farewell: string | null;
  }
  /** What is being typed in a session of the server `run`, sealed for the other sessions of its account. */
  | {
    readonly type: "draft";
    readonly run: string;
    readonly session: number;
    readonly nameKey: string;
    readonly sealed: string;
  }
  /** What was counted on the server `run` since it told so last: see `SharedCount`. */
  | { readonly type: "spent"; readonly run: string; readonly spent: readonly Spent[] }
  /** Said by somebody on the server `run`. */
  | { readonly type: "signal"; readonly run: string; readonly signal: Signal }
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
