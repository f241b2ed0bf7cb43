/**
 * What carries a session's conversation: a native connection, or one of a page.
 *
 * @module
 */
import type { Logger } from "../../common/log.ts";
import type { Session, SessionConnection } from "../../heart/session.ts";
import type { GivenPipe } from "../connection/wire_connection.ts";
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
  /**
   * Gives the connection over to the bytes of a file, when all that was pushed has left. It ends with them.
   *
   * @param use Reads and writes them. What it throws is thrown here.
   */
  giveOver(use: (pipe: GivenPipe) => Promise<void>): Promise<void>;
  /** Closes at once. Safe to call twice. */
  close(): void;
  /** Reads nothing more; closes when what waits was sent. */
  end(): void;
}
