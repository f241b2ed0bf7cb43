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
    const { nameKey, name } = session.user;
    const sessions = this.#sessions.get(nameKey);
    if (sessions !== undefined) {
      sessions.add(session);
      return;
    }
    this.#sessions.set(nameKey, new Set([session]));
    this.#users.add(session.user);
    this.tell({ type: "connected", name, rooms: [...session.rooms] });
  }

  /** A session went, from these rooms. */
  remove(session: Session, rooms: readonly Room[]): void {
    const { nameKey, name } = session.user;
    const sessions = this.#sessions.get(nameKey);
    if (sessions === undefined || !sessions.delete(session) || sessions.size > 0) return;
    this.#sessions.delete(nameKey);
    this.#users.delete(session.user);
    this.tell({ type: "disconnected", name, rooms });
  }

  /** The user of that folded name, if online. */
  user(nameKey: string): User | undefined {
    const [session] = this.sessions(nameKey);
    return session?.user;
  }

  /** The sessions of a user, by folded name. */
  sessions(nameKey: string): ReadonlySet<Session> {
    return this.#sessions.get(nameKey) ?? noSessions;
  }

  /** Whether a user is online, by folded name. */
  isOnline(nameKey: string): boolean {
    return this.#sessions.has(nameKey);
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
