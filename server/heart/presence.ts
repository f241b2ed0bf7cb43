/**
 * Who is online, and who is to be told of comings and goings.
 *
 * @module
 */
import type { PresenceEvent, Room, Session, User } from "./session.ts";
import { SortedUsers } from "./sorted_users.ts";

const noSessions: ReadonlySet<Session> = new Set();

/** The sessions that are signed in, by user. */
export class Presence {
  readonly #sessions = new Map<string, Set<Session>>();
  readonly #users = new SortedUsers();
  readonly #watchers = new Set<(event: PresenceEvent) => void>();

  /** Calls `watcher` for each event until the returned function is called. */
  watch(watcher: (event: PresenceEvent) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Tells every watcher. */
  tell(event: PresenceEvent): void {
    for (const watcher of this.#watchers) watcher(event);
  }

  /** A session came. */
  add(session: Session): void {
    const { key, name } = session.user;
    const sessions = this.#sessions.get(key);
    if (sessions !== undefined) {
      sessions.add(session);
      return;
    }
    this.#sessions.set(key, new Set([session]));
    this.#users.add(session.user);
    this.tell({ type: "connected", name, rooms: [...session.rooms] });
  }

  /** A session went, from these rooms. */
  remove(session: Session, rooms: readonly Room[]): void {
    const { key, name } = session.user;
    const sessions = this.#sessions.get(key);
    if (sessions === undefined || !sessions.delete(session) || sessions.size > 0) return;
    this.#sessions.delete(key);
    this.#users.delete(session.user);
    this.tell({ type: "disconnected", name, rooms });
  }

  /** The user of that folded name, if online. */
  user(key: string): User | undefined {
    const [session] = this.sessions(key);
    return session?.user;
  }

  /** The sessions of a user, by folded name. */
  sessions(key: string): ReadonlySet<Session> {
    return this.#sessions.get(key) ?? noSessions;
  }

  /** Whether a user is online, by folded name. */
  isOnline(key: string): boolean {
    return this.#sessions.has(key);
  }

  /**
   * Everyone online, each once, sorted by name. Nobody may come or go before all that is wanted was taken.
   *
   * @param after Only names after this one.
   */
  users(after?: string): Generator<User> {
    return this.#users.from(after);
  }

  /** How many users are online. */
  get size(): number {
    return this.#sessions.size;
  }
}
