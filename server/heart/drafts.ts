/**
 * What is being typed is passed on to the other sessions of the same account, on all servers of a cluster. It is sealed with a key that
 * no server has, and is stored nowhere: who is not there misses it.
 *
 * @module
 */
import type { Allowances } from "../common/allowances.ts";
import type { Presence } from "./presence.ts";
import { requireLive, type Session, type SessionEvent } from "./session.ts";
import type { Whisper, Whispers } from "../storage/whispers.ts";

/** What this is made with. */
export interface DraftsOptions {
  readonly allowances: Allowances;
  readonly presence: Presence;
  readonly whispers: Whispers;
}

/** Passes drafts on. */
export class Drafts {
  readonly #options: DraftsOptions;
  /** Ids of sessions mean something on their own server only. */
  readonly #run = crypto.randomUUID();
  /** Called before one is passed on: whoever has asked for drafts must be known where they are told of. */
  beforeSend: () => void = () => {};

  /** @param options See {@linkcode DraftsOptions}. */
  constructor(options: DraftsOptions) {
    this.#options = options;
    options.whispers.hear((whisper) => this.#hear(whisper));
  }

  /**
   * Passes a draft on to all other sessions of a session's account.
   *
   * @param session Where it is typed.
   * @param sealed What the wire has taken; its size was judged there.
   * @return Whether there is another session that opens it. Whoever is alone need not send anything.
   * @throws {ChatError} `slow_down`; `not_signed_in` where the session was ended.
   */
  pass(session: Session, sealed: string): boolean {
    const { allowances, presence, whispers } = this.#options;
    requireLive(session);
    allowances.takeDraft(session, sealed);
    const { id, user: { nameKey } } = session;
    this.beforeSend();
    whispers.tell({ type: "draft", run: this.#run, session: id, nameKey, sealed });
    return [...presence.sessions(nameKey)].some((one) => one !== session && one.opensSealed);
  }

  #hear(whisper: Whisper): void {
    if (whisper.type !== "draft") return;
    const { run, session, nameKey, sealed } = whisper;
    const event: SessionEvent = { type: "draft", sealed };
    for (const other of this.#options.presence.sessions(nameKey)) {
      const isSender = run === this.#run && other.id === session;
      // A session elsewhere is told by its own server.
      if (isSender || other.elsewhere || !other.opensSealed) continue;
      other.deliver(event);
    }
  }
}
