/**
 * Who rules the server: sessions of the account that its owner has named, and those that have given its password.
 *
 * @module
 */
import type { Session } from "./session.ts";

/** The sessions that rule the server. */
export class Operators {
  readonly #account: string | null;
  readonly #sessions = new Set<Session>();

  /** @param account The folded name of the account that rules the server; null where none does. */
  constructor(account: string | null) {
    this.#account = account;
  }

  /** A session came, or speaks for somebody else from now on. */
  welcome(session: Session): void {
    const { account, nameKey } = session.user;
    if (account && nameKey === this.#account) this.add(session);
  }

  /** A session rules the server from now on. */
  add(session: Session): void {
    session.rulesServer = true;
    this.#sessions.add(session);
  }

  /** A session rules it no longer. */
  remove(session: Session): void {
    session.rulesServer = false;
    this.#sessions.delete(session);
  }

  /** An account has a new password: nobody rules the server by the old one but the session that has changed it. */
  passwordChanged(nameKey: string, own: number): void {
    if (nameKey !== this.#account) return;
    for (const session of [...this.#sessions]) {
      if (session.id !== own) this.remove(session);
    }
  }
}
