/**
 * The sessions of one account, on whatever wires: how many there may be, which there are, and how their owner ends them.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { sessionsPerAccountMax } from "../../protocol/wire/limits.ts";
import { networkOf } from "../common/address.ts";
import type { Allowances } from "../common/allowances.ts";
import type { Presence } from "./presence.ts";
import type { Session, SessionConnection, User } from "./session.ts";
import type { CommandLog } from "../storage/command_log.ts";
import { translated } from "../storage/store_errors.ts";

/** When to try again where there are too many: dead connections are noticed by then, or dead servers. */
const goneMs = 30_000;
const goneElsewhereMs = 8_000;

/** A session as its account sees it. */
export interface ListedSession {
  readonly id: number;
  readonly wire: SessionConnection["wire"];
  /** When it came: milliseconds since 1970. */
  readonly sinceMs: number;
  /** When something was last heard from it: milliseconds since 1970. */
  readonly seenMs: number;
  /** See `networkOf()`. */
  readonly network: string;
  /** Whether it is the one that asks. */
  readonly own: boolean;
}

/** What this is made with. */
export interface AccountSessionsOptions {
  readonly log: CommandLog;
  readonly presence: Presence;
  readonly allowances: Allowances;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Lets a session go; safe to call twice. */
  readonly disconnect: (session: Session) => void;
}

/** The sessions of each account. */
export class AccountSessions {
  readonly #options: AccountSessionsOptions;
  /** Of accounts whose password was changed since the server started: a sign-in that began before is void. */
  readonly #passwordGenerations = new Map<string, number>();
  /** Accounts that have refused pages since the server started: a sign-in of a page that began before is void. */
  readonly #refusingPages = new Set<string>();
  readonly #watchers = new Set<(nameKey: string, origin: number) => void>();

  /** @param options See {@linkcode AccountSessionsOptions}. */
  constructor(options: AccountSessionsOptions) {
    this.#options = options;
    options.log.watch({
      password: ({ nameKey, keepSessions }, { generation }, origin) =>
        this.#passwordChanged(nameKey, generation, { keepSessions, origin }),
      pages: ({ nameKey, refuses }) => this.#pagesChanged(nameKey, refuses),
    });
  }

  /**
   * Calls `watcher` with an account's folded name and the id of the session that asked, for each change of a password, until the
   * returned function is called: for wires on which a password opens more than a session.
   */
  watchPasswords(watcher: (nameKey: string, origin: number) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /**
   * Whether a user may have one more session. The newest is refused: if the oldest ended instead, programs that come back
   * by themselves would end one another for ever.
   *
   * @throws {ChatError} `too_many`: dead connections are noticed in time, so trying again later helps; `sign_in_refused`
   * where the password was changed since the user proved to know it.
   */
  check(user: User): void {
    if (!user.account) return;
    this.checkPassword(user);
    const staying = this.#staying(user.nameKey);
    if (staying.length < sessionsPerAccountMax) return;
    const retryAfterMs = staying.some(({ elsewhere }) => elsewhere) ? goneElsewhereMs : goneMs;
    throw new ChatError("too_many", tooManyText(user), { retryAfterMs });
  }

  /** Whether an account has too many sessions: each of two servers may have let in the last one that there may be. */
  hasSurplus(nameKey: string): boolean {
    return this.#staying(nameKey).length > sessionsPerAccountMax;
  }

  /** An account's sessions, but for those on servers that stop: each of them is about to come back as another one. */
  #staying(nameKey: string): Session[] {
    return [...this.#options.presence.sessions(nameKey)].filter(({ leaving }) => !leaving);
  }

  /**
   * Ends those of an account's sessions that are too many. All servers do so by the same order.
   *
   * @param nameKey The account, by its folded name.
   * @param order Compares two sessions: the first to stay comes first.
   */
  endSurplus(nameKey: string, order: (one: Session, other: Session) => number): void {
    for (const session of this.#staying(nameKey).sort(order).slice(sessionsPerAccountMax)) {
      if (!session.elsewhere) this.#revoke(session, tooManyText(session.user));
    }
  }

  /**
   * Whether the password by which somebody has proved to be a user is still the account's: checking it takes a while.
   *
   * @throws {ChatError} `sign_in_refused`.
   */
  checkPassword(user: User): void {
    const generation = this.#passwordGenerations.get(user.nameKey) ?? 0;
    if ((user.passwordGeneration ?? 0) < generation) {
      throw new ChatError(
        "sign_in_refused",
        "The password has just been changed. Sign in with the new one.",
      );
    }
  }

  /**
   * Whether a user's account may be used by a page of the server, as far as it was said since the server started.
   *
   * @throws {ChatError} `forbidden`.
   */
  checkPage({ nameKey }: User): void {
    if (this.#refusingPages.has(nameKey)) throw new ChatError("forbidden", refusesPagesText);
  }

  /** Whoever is connected often may not ask more often on a wire: such sessions of an account share what they may ask. */
  shareQuestions(session: Session): void {
    if (!session.user.account) return;
    for (const other of this.#options.presence.sessions(session.user.nameKey)) {
      if (other === session || other.connection.wire !== session.connection.wire) continue;
      session.questions = other.questions;
      return;
    }
  }

  /** The sessions of a session's account, the oldest first. */
  list(own: Session): ListedSession[] {
    const nowMs = this.#options.nowMs();
    const sessions = [...this.#options.presence.sessions(own.user.nameKey)];
    return sessions.sort((a, b) => a.id - b.id).map((session) => {
      const { id, sinceMs, connection } = session;
      return {
        id,
        wire: connection.wire,
        sinceMs,
        seenMs: nowMs - Math.max(0, Math.round(connection.silentMs())),
        network: networkOf(connection.address),
        own: session === own,
      };
    });
  }

  /**
   * Ends another session of the same account. Everyone may be told that somebody went, so it counts as a post.
   *
   * @param own The session that asks.
   * @param id Which one to end.
   * @throws {ChatError} `not_found`: the account has no such session, whether or not another account has it; `forbidden`
   * for the one that asks; `slow_down`.
   */
  end(own: Session, id: number): void {
    this.#options.allowances.takeChange(own);
    if (id === own.id) {
      throw new ChatError("forbidden", "That is this session. Leave the chat to end it.");
    }
    for (const session of this.#options.presence.sessions(own.user.nameKey)) {
      if (session.id !== id) continue;
      return this.#revoke(session, "This session was ended from another session of your account.");
    }
    throw new ChatError(
      "not_found",
      "You have no session with that number. List your sessions to see their numbers.",
    );
  }

  /**
   * Says whether a session's account is never used by a page that a server gives out.
   *
   * @throws {ChatError} `slow_down`, `storage_failed`.
   */
  async setPages(own: Session, refuses: boolean): Promise<void> {
    this.#options.allowances.takeChange(own);
    const { nameKey } = own.user;
    const command = { type: "pages", version: 1, nameKey, refuses } as const;
    await translated(this.#options.log.submit(command, own.id));
  }

  /** The other sessions of a session's account. */
  others(own: Session): Session[] {
    return [...this.#options.presence.sessions(own.user.nameKey)]
      .filter((session) => session !== own);
  }

  /** An account has a new password: who signs in meanwhile is refused, and the other sessions end unless they are kept. */
  #passwordChanged(
    nameKey: string,
    generation: number,
    { keepSessions, origin }: { keepSessions: boolean; origin: number },
  ): void {
    this.#passwordGenerations.set(nameKey, generation);
    for (const watcher of this.#watchers) watcher(nameKey, origin);
    if (keepSessions) return;
    for (const session of [...this.#options.presence.sessions(nameKey)]) {
      // Its own server ends it, and knows which of its sessions has asked.
      if (session.id === origin || session.elsewhere) continue;
      this.#revoke(
        session,
        "The password of this account was changed. Start again and sign in with the new one.",
      );
    }
  }

  #pagesChanged(nameKey: string, refuses: boolean): void {
    if (!refuses) return void this.#refusingPages.delete(nameKey);
    this.#refusingPages.add(nameKey);
    for (const session of [...this.#options.presence.sessions(nameKey)]) {
      if (session.elsewhere || session.connection.wire !== "web") continue;
      this.#revoke(session, refusesPagesText);
    }
  }

  /** The heart lets it go at once: its connection may take its time to end. */
  #revoke(session: Session, reason: string): void {
    session.revoked = true;
    session.connection.endBecause(reason);
    this.#options.disconnect(session);
  }
}

/** What a page is told of an account that refuses pages. */
export const refusesPagesText =
  "This account is never used by a page that the server gives out, as its owner has said. Use the program.";

function tooManyText({ name }: User): string {
  return `${name} already has ${sessionsPerAccountMax} connections. Close one of these programs, or wait three minutes: ` +
    "dead connections are dropped by then.";
}
