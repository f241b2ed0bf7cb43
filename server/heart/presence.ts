/**
 * Who is online, and who is to be told of comings and goings.
 *
 * @module
 */
import { nameOf, type PresenceEvent, type Room, type Session, type User } from "./session.ts";
import { SortedUsers } from "./sorted_users.ts";

const noSessions: ReadonlySet<Session> = new Set();

/** The sessions that are signed in, by user. */
export class Presence {
  readonly #sessions = new Map<string, Set<Session>>();
  readonly #byId = new Map<number, Session>();
  readonly #users = new SortedUsers();
  readonly #watchers = new Set<(event: PresenceEvent) => void>();
  readonly #profileWatchers = new Set<(session: Session) => void>();
  /** Called when a session came, went, or has changed otherwise; for who tells other servers. */
  onChange: ((session: Session) => void) | null = null;

  /** Calls `watcher` for each event until the returned function is called. */
  watch(watcher: (event: PresenceEvent) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Calls `watcher` with each session on another server whose profile was told, until the returned function is called. */
  watchProfiles(watcher: (session: Session) => void): () => void {
    this.#profileWatchers.add(watcher);
    return () => this.#profileWatchers.delete(watcher);
  }

  /** The profile of a session on another server was told. */
  tellProfile(session: Session): void {
    for (const watcher of this.#profileWatchers) watcher(session);
  }

  /** Tells every watcher. */
  tell(event: PresenceEvent): void {
    for (const watcher of this.#watchers) watcher(event);
  }

  /** A session came. */
  add(session: Session): void {
    const { user } = session;
    const sessions = this.#sessions.get(user.nameKey);
    this.#byId.set(session.id, session);
    this.onChange?.(session);
    if (sessions !== undefined) {
      sessions.add(session);
      return;
    }
    this.#sessions.set(user.nameKey, new Set([session]));
    this.#users.add(user);
    this.tell({ type: "connected", user, rooms: Array.from(session.rooms, nameOf) });
  }

  /** A session went, from these rooms. */
  remove(session: Session, rooms: readonly Room[]): void {
    const { user } = session;
    const sessions = this.#sessions.get(user.nameKey);
    if (sessions === undefined || !sessions.delete(session)) return;
    this.#byId.delete(session.id);
    this.onChange?.(session);
    if (sessions.size > 0) return;
    this.#sessions.delete(user.nameKey);
    this.#users.delete(user);
    const said = session.farewell === null ? {} : { farewell: session.farewell };
    this.tell({ type: "disconnected", user, rooms: rooms.map(nameOf), ...said });
  }

  /**
   * A guest's session on another server has another name.
   *
   * @return Whether nothing else had to be done: where the old or the new name has another session, that one has to come and go.
   */
  rename(session: Session, user: User, rooms: readonly Room[]): boolean {
    const before = session.user;
    const sessions = this.#sessions.get(before.nameKey);
    if (sessions?.size !== 1 || !sessions.has(session)) return false;
    if (before.nameKey !== user.nameKey && this.#sessions.has(user.nameKey)) return false;
    this.#sessions.delete(before.nameKey);
    this.#sessions.set(user.nameKey, sessions);
    this.#users.delete(before);
    this.#users.add(user);
    session.user = user;
    this.tell({ type: "renamed", user, before, rooms: rooms.map(nameOf) });
    return true;
  }

  /** Whether a user has a session in a page that this server gives out, by folded name. */
  isOnPage(nameKey: string): boolean {
    return [...this.sessions(nameKey)].some(({ connection }) => connection.wire === "web");
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

  /** The session with that id, if it is here. */
  session(id: number): Session | undefined {
    return this.#byId.get(id);
  }

  /** Every session, in no order. */
  all(): IterableIterator<Session> {
    return this.#byId.values();
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

  /** How many of them are connected to this server, and not only to others of its cluster. */
  get sizeHere(): number {
    const here = Array.from(this.all()).filter(({ elsewhere }) => !elsewhere);
    return new Set(here.map(({ user }) => user.nameKey)).size;
  }
}
