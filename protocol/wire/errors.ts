/**
 * The one error of the protocol, and the codes it can have.
 *
 * @module
 */

/** What went wrong, for programs. Codes are stable: docs/protocol.md explains each. */
export type ErrorCode =
  /** A frame's length is 0 or above the limit. */
  | "bad_frame"
  /** The payload is not a message: no UTF-8, no JSON, a wrong or missing field. */
  | "bad_message"
  /** A name that does not exist as a user or room name: see protocol/names/names.ts. */
  | "bad_name"
  /** A text with control characters, too many combining marks, nothing in it, or too long. */
  | "bad_text"
  /** A proof, nonce, signature or channel binding that is not right. */
  | "bad_proof"
  /** The server does not know a request of this type. */
  | "unsupported"
  /** The request wants a signed-in connection. */
  | "not_signed_in"
  /** The connection is signed in already. */
  | "signed_in_already"
  /** Wrong name or password. */
  | "sign_in_refused"
  /** Too many tries, or too many requests: try again after `retryAfterMs`. */
  | "slow_down"
  /** The name, or one that looks like it, belongs to someone. */
  | "name_taken"
  /** New accounts are not accepted. */
  | "registration_closed"
  /** No account has that name. */
  | "no_such_user"
  /** No room has that name. */
  | "no_such_room"
  /** A room of that name exists, or one whose name looks like it. */
  | "room_taken"
  /** The request wants the account to be in the room. */
  | "not_in_room"
  /** The account may not do this. */
  | "forbidden"
  /** A cap was reached. */
  | "too_many"
  /** An id that the same sender used for another text. */
  | "id_reused"
  /** A newer version of the same record is stored. */
  | "conflict"
  /** What was asked for does not exist. */
  | "not_found"
  /** What is sealed does not open: damaged, altered, or for other keys. */
  | "cannot_open"
  /** The peer's key is another one than before: nothing is sent to it until the person trusts it. Only within a client. */
  | "key_changed"
  /** The peer has no keys: the server could read what is sent to it. Only within a client. */
  | "not_encrypted"
  /** The server cannot store anything at the moment: nothing of the request was done. */
  | "storage_failed"
  /** The server has lost the others of its cluster: it is not known yet whether this was done. Asking again does no harm. */
  | "unconfirmed"
  /** The server is stopping. */
  | "stopping"
  /** No complete frame, sign-in or reply in time. */
  | "timeout"
  /** The connection was lost, or never made. */
  | "disconnected";

/** Whether a server's reply may have the code. The others a client says to itself: they decide whom it trusts and what it sends again. */
const saidByServers: Record<ErrorCode, boolean> = {
  bad_frame: true,
  bad_message: true,
  bad_name: true,
  bad_text: true,
  bad_proof: true,
  unsupported: true,
  not_signed_in: true,
  signed_in_already: true,
  sign_in_refused: true,
  slow_down: true,
  name_taken: true,
  registration_closed: true,
  no_such_user: true,
  no_such_room: true,
  room_taken: true,
  not_in_room: true,
  forbidden: true,
  too_many: true,
  id_reused: true,
  conflict: true,
  not_found: true,
  cannot_open: false,
  key_changed: false,
  not_encrypted: false,
  storage_failed: true,
  unconfirmed: true,
  stopping: true,
  timeout: false,
  disconnected: false,
};

/**
 * Whether a code is one that a server's reply may have.
 *
 * @param code What the server sent.
 */
export function isServerCode(code: string): code is ErrorCode {
  return Object.hasOwn(saidByServers, code) && saidByServers[code as ErrorCode];
}

/** An error of a peer, or one that a peer is told: a stable code, and a sentence that says what to do. */
export class ChatError extends Error {
  /** What went wrong, for programs. */
  readonly code: ErrorCode;
  /** When it makes sense to try again, in milliseconds from now; undefined where time does not help. */
  readonly retryAfterMs: number | undefined;
  /** Whether a server has answered it: then the message is the server's own text, and an interface says so. */
  readonly fromServer: boolean;

  /**
   * Makes the error.
   *
   * @param code What went wrong, for programs.
   * @param message What went wrong and what to do about it, for people: no secrets, no stack.
   * @param options `retryAfterMs` in milliseconds; `cause`, kept for logs; `fromServer`: see the field.
   */
  constructor(
    code: ErrorCode,
    message: string,
    options: { retryAfterMs?: number; cause?: unknown; fromServer?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ChatError";
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.fromServer = options.fromServer ?? false;
  }
}
