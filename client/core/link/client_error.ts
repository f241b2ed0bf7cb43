/**
 * What the core has to say, as data: an interface makes the sentences, since only it knows how its commands are written.
 *
 * @module
 */
import { ChatError, type ErrorCode } from "../../../protocol/wire/errors.ts";

/** It is about a user, by the name as shown. No name of a server is safe for a terminal. */
interface About {
  readonly name: string;
}

/** Nothing more is to be said. */
type Plain = unknown;

/** What can be remarked, and the data of each. */
export interface Remarks {
  /** The connection was closed from here, or by the server; it broke, or nothing comes over it. */
  readonly connection_closed: Plain;
  readonly server_closed: Plain;
  readonly connection_lost: Plain;
  readonly no_answer: Plain;
  /** The server sends more than anyone can read. */
  readonly server_floods: Plain;
  readonly session_ended: Plain;
  /** So many messages wait for the server that no more are taken. */
  readonly queue_full: { readonly count: number };
  /** The server answered about another account, user or room than the one asked for. */
  readonly wrong_account: Plain;
  readonly wrong_user: Plain;
  readonly wrong_room: Plain;
  readonly old_password_wrong: Plain;
  readonly password_changed_elsewhere: Plain;
  /** The server is older than requests about sessions, or about the rules of rooms. */
  readonly sessions_unsupported: Plain;
  readonly ruling_unsupported: Plain;
  /** The account's own keys: they do not open, they are not those of before, or there are none now. */
  readonly own_keys_closed: Plain;
  readonly own_keys_changed: About & { readonly given: boolean };
  readonly own_keys_replaced: Plain;
  readonly own_keys_missing: Plain;
  /** There is nothing to compare with oneself. */
  readonly own_key: Plain;
  /** A peer's key: there is none, it is forged, it is another one, it is gone, or it changed under one's eyes. */
  readonly no_key: About;
  readonly forged_key: About;
  readonly key_changed: About;
  readonly key_withdrawn: About;
  /** What a peer's key record has grown by is another one, or, without one given, gone. */
  readonly supplement_changed: About & { readonly given: boolean };
  readonly key_changed_meanwhile: About;
  /** A peer has no keys: the server could read what is sent to it. And the good news, when it has some. */
  readonly not_encrypted: About;
  readonly encrypted_now: About;
  /** A peer has a session in a page that the server gives out: whoever runs the server can change that. */
  readonly on_page: About;
  /** A message cannot be opened, for the reason that the error gives. */
  readonly closed: { readonly error: ChatError };
  /** Reasons for that: it was meant for others, no key can check it, it is damaged, or its key is not accepted. */
  readonly message_of_others: Plain;
  readonly unchecked: About;
  readonly damaged: Plain;
  readonly unaccepted_key: About;
  readonly earlier_key: About;
  /** Messages of a sender were left out, or came twice or late. */
  readonly missing: About & { readonly count: number };
  readonly repeated: About;
  readonly late: About;
  /** A file that is sent has changed meanwhile; one that is fetched is not what its sender has said, or a part of it is damaged. */
  readonly file_changed: Plain;
  readonly file_size_wrong: Plain;
  readonly file_hash_wrong: Plain;
  readonly file_damaged: Plain;
  /** A peer's program shows no files that are sent in private. */
  readonly no_files_for: About;
  /** The person, or the end of the program, has stopped a transfer. */
  readonly transfer_stopped: Plain;
  /** The person does not want the file any more: nothing of it is kept. */
  readonly transfer_cancelled: Plain;
  /** The list of trusted keys that the server sent is damaged, of a newer program, or older than one that was seen. */
  readonly vault_damaged: Plain;
  readonly vault_newer: Plain;
  readonly vault_old: { readonly version: number; readonly seenVersion: number };
}

/** Something that a person has to be told. client/talk/remark_text.ts has the words. */
export type Remark = {
  [K in keyof Remarks]: { readonly kind: K } & Remarks[K];
}[keyof Remarks];

/** An error that the client itself has found. Its message is for programs: the words for people are made of the remark. */
export class ClientError extends ChatError {
  /** What is wrong. */
  readonly remark: Remark;

  /**
   * Makes the error.
   *
   * @param code What went wrong, in the protocol's terms.
   * @param remark The same as data.
   * @param options `cause`, kept for logs.
   */
  constructor(code: ErrorCode, remark: Remark, options: { cause?: unknown } = {}) {
    super(code, remark.kind, options);
    this.name = "ClientError";
    this.remark = remark;
  }
}

/**
 * What takes the rejection of a request that older servers do not know.
 *
 * @param remark What that means for the person.
 * @return Throws it in place of `unsupported`; every other error stays what it is.
 */
export function unsupportedAs(remark: Remark): (cause: unknown) => never {
  return (cause) => {
    if (!(cause instanceof ChatError) || cause.code !== "unsupported") throw cause;
    throw new ClientError("unsupported", remark, { cause });
  };
}
