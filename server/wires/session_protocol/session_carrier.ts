/**
 * What carries a session's conversation: a native connection, or one of a page.
 *
 * @module
 */
import type { Logger } from "../../common/log.ts";
import type { Session, SessionConnection } from "../../heart/session.ts";
import type { PasswordProof } from "../../accounts/sign_in.ts";

/** A connection, as the session protocol sees it. */
export interface SessionCarrier extends SessionConnection {
  readonly logger: Logger;
  /** Whether a proof of the password must be bound to the connection's certificate, which a page cannot see. */
  readonly bindings: "required" | "none";
  /** Whether the server itself gives out the program at the other end: then not every account is used there. */
  readonly isPage: boolean;
  /** Takes encoded frames. */
  readonly outbox: { push(frame: Uint8Array): void };
  /** Null until it is signed in. */
  readonly session: Session | null;
  /** The sign-in, or the change of the password, that is under way. */
  proof: PasswordProof | null;
  /** Lifts the caps that hold before sign-in. */
  signedIn(session: Session): void;
  /** Answers later, without keeping the next request waiting. */
  answerLater(id: number, reply: Promise<Uint8Array>): void;
  /** Reads nothing more; closes when what waits was sent. */
  end(): void;
}
