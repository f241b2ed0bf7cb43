/**
 * What the states of a classic connection are made of. Each state says what it reads, how long it waits, and which state
 * is next:
 *
 * ```
 * name ─► create password ─┐            ┌─► broadcast ─────────┐
 *   └───► type password ───┴─► key ─► operation ◄──────────────┤
 *                                       └─► target ─► private ─┘
 * ```
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { Logger } from "../../common/log.ts";
import type { Session, SessionConnection } from "../../heart/session.ts";
import type { FieldForm, MessageType } from "./fields.ts";
import type { OutboxFailure } from "../connection/outbox.ts";

/** What a connection waits for. */
export interface State {
  /** For logs. */
  readonly name: string;
  /** What may be in the next field. */
  readonly reads: FieldForm;
  /** How long the client may be silent. */
  readonly silenceTimeoutMs: number;
  /**
   * Takes the field.
   *
   * @return The next state; null to end the connection after what was told has been sent.
   */
  take(content: Uint8Array<ArrayBuffer>): Promise<State | null>;
}

/** What the connection needs of a client that is signed in. */
export interface SignedIn {
  readonly session: Session;
  /** Resolves when all private messages up to now were sealed and told. Never rejects. */
  sealed(): Promise<void>;
}

/** What the states need of the connection. */
export interface ClassicClient extends SessionConnection {
  readonly logger: Logger;
  /** Whether nothing can be told any more. */
  readonly closed: boolean;
  /** Sends a message. Never waits. */
  tell(type: MessageType, body: string): void;
  /** Resolves when nothing waits to be sent any more. */
  drained(): Promise<void>;
  /** What is being done counts for so many more fields: the next one is read later, where the client has sent too many. */
  charge(cost: number): void;
  /** Resolves after some milliseconds, or at once when the connection is closed. */
  pause(ms: number): Promise<void>;
  /** Remembers who has signed in. */
  signedIn(member: SignedIn): void;
  /** Closes at once because of the client. */
  cut(reason: OutboxFailure): void;
  /** Closes at once because of an error that no client causes. */
  failed(error: unknown): void;
}

/**
 * Reads a text.
 *
 * @throws {ChatError} `bad_text`, where it is not UTF-8.
 */
export function readText(content: Uint8Array<ArrayBuffer>): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch (cause) {
    throw new ChatError("bad_text", "This is not UTF-8. Use a terminal that writes UTF-8.", {
      cause,
    });
  }
}

/**
 * Tells a client why something was not done. Errors that no client causes are thrown again.
 *
 * @param client Who is told.
 * @param what What was not done, in words; empty where the reason says enough.
 * @param error The error.
 * @return The error, which is one of the client's.
 */
export function tellRefusal(client: ClassicClient, what: string, error: unknown): ChatError {
  if (!(error instanceof ChatError)) throw error;
  const { code, message: reason } = error;
  client.logger.debug("Refused a request: {reason}", { reason, code, address: client.address });
  client.tell("Confirmation", what + safeText(error.message));
  return error;
}
