/**
 * Every request: one schema each; replies.ts has those of the replies. docs/protocol.md shows them with examples.
 *
 * A request is `{"type": …, "id": …, …}`; its reply `{"reply": id, …}` or `{"reply": id, "error": {…}}`.
 *
 * @module
 */
import * as v from "valibot";
import { exchangedSchemas } from "./exchanged_fields.ts";
import { fieldSchemas } from "./fields.ts";
import {
  frameBytesMax,
  iterationsMax,
  iterationsMin,
  pagePostsMax,
  removalReasonBytesMax,
} from "./limits.ts";
import { annotationKinds, plainKinds } from "./post_kinds.ts";
import type { replies } from "./replies.ts";
import { roomSchemas } from "./room_rules.ts";

const { base64, body, mask, name, nothing, place, postId, sealedBody, sequence, topic } =
  fieldSchemas;
const {
  scramText,
  deviceToken,
  wrappedKey,
  keySupplement,
  identity,
  vault,
  fileId,
  fileTicket,
  fileBytes,
} = exchangedSchemas;
const { role, list: roomList, someRules } = roomSchemas;
/** Only bounded here: protocol/text/text_rules.ts says which texts may be posted, and why one may not. */
const text = v.pipe(v.string(), v.maxLength(frameBytesMax));
/** SCRAM's keys of a password. */
const salt = base64(88);
const iterations = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(iterationsMin),
  v.maxValue(iterationsMax),
);
const storedKey = base64(44);
const serverKey = base64(44);
const limit = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(pagePostsMax));
const reason = v.pipe(v.string(), v.maxBytes(removalReasonBytesMax));
const postedKind = v.picklist([...plainKinds, "file"]);

/** For each type of request: what it holds beside `type` and `id`. */
export const requests = {
  /** Is there an account of that name? Always yes where registration is closed. */
  lookup: v.object({ name }),
  /** Makes an account with its keys. The password stays with the client (RFC 5802, section 3). */
  register: v.object({ name, salt, iterations, storedKey, serverKey, identity }),
  /** SCRAM's first message, and the server's first. */
  sign_in: v.object({
    data: scramText,
    device: v.optional(deviceToken),
    /** What a client has seen on another server of the cluster: this one is to have it, too, before it answers. */
    place: v.optional(place),
  }),
  /** SCRAM's final message, and the server's final; from then on the connection is signed in. */
  sign_in_proof: v.object({
    data: scramText,
    /** The version of contents that the client shows (protocol/content.ts): what is newer is sent as something older. */
    contentVersion: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1)), 1),
  }),
  /** The public keys of a user, null where there are none; and the version of the asker's own vault, 0 for none. */
  keys: v.object({ name }),
  /** Gives an account that has no keys its first ones. Answered with those that it has then. */
  set_keys: v.object({ identity }),
  /** Gives the account's key record what it grows by, once. Answered with what it has then. */
  set_supplement: v.object({ supplement: keySupplement }),
  /** The account's own vault (protocol/e2e/vault.ts). */
  vault: nothing,
  /** Stores a vault; `conflict` where its version is not above the stored one, or too far above. */
  save_vault: vault,
  /** SCRAM's first message with the old password; the server's first, and the wrapped key that is to be wrapped anew. */
  begin_password: v.object({ data: scramText }),
  /**
   * SCRAM's final message with the old password, and all that the new one changes; the server's final. The account's other
   * sessions end, unless they are to be kept.
   */
  change_password: v.object({
    data: scramText,
    salt,
    iterations,
    storedKey,
    serverKey,
    wrappedKey,
    keepSessions: v.optional(v.boolean(), false),
  }),
  /** Whether the asker's account is never used by a page that a server gives out. Sessions in such pages end. */
  set_pages: v.object({ refused: v.boolean() }),
  /** The sessions of the asker's account. */
  sessions: nothing,
  /** Ends another session of the same account. */
  end_session: v.object({ session: sequence }),
  /** Nothing but a sign of life. */
  ping: nothing,
  /** Posts to a room. Answered when it is committed. */
  post: v.object({
    room: name,
    postId,
    text,
    kind: v.optional(postedKind, "text"),
  }),
  /**
   * A private message. Answered when it is committed; `online` tells whether the recipient is there, `readable` whether with
   * a program that can show it: one for IRC opens nothing that is sealed. Servers of before do not say it.
   */
  private: v.pipe(
    v.object({ to: name, postId, kind: v.picklist(["text", "sealed"]), body }),
    // What other wires store as sealed is no base64: nobody can pass for them.
    v.check(({ kind, body }) => kind === "text" || v.is(sealedBody, body), "body: not base64"),
  ),
  /**
   * Says something about an earlier post of a room (protocol/content.ts), or takes back a private message: what else is said about
   * one is sealed, as a private message itself.
   */
  annotate: v.pipe(
    v.object({
      room: v.optional(name),
      with: v.optional(name),
      postId,
      kind: v.picklist(annotationKinds),
      target: sequence,
      body: v.optional(body, ""),
    }),
    v.check((one) => (one.room === undefined) !== (one.with === undefined), "room or with"),
    // Only the server can take something out of its store.
    v.check(({ kind, room }) => room !== undefined || kind === "retraction", "kind"),
  ),
  /**
   * Begins to send a file, or goes on with it: the post with that id will bring it. Answered with its id, how many of its bytes are
   * there already, and a ticket for `file_bytes`.
   */
  send_file: v.pipe(
    v.object({
      room: v.optional(name),
      with: v.optional(name),
      postId,
      /** As it is stored (protocol/files/chunk_cipher.ts). */
      bytes: v.pipe(fileBytes, v.minValue(1)),
    }),
    v.check((one) => (one.room === undefined) !== (one.with === undefined), "room or with"),
  ),
  /** Begins to fetch a file. Answered with its size as it is stored, and a ticket for `file_bytes`. */
  get_file: v.object({ file: fileId }),
  /** Takes a file back that one has begun to send. */
  drop_file: v.object({ file: fileId }),
  /**
   * The first request of a connection for the bytes of a file, which needs no sign-in. After its reply the connection carries nothing
   * but them, from the offset on: up, until the server says `file_stored`; or down, until it ends.
   */
  file_bytes: v.object({ ticket: fileTicket, offset: fileBytes }),
  /**
   * A page of posts, oldest first: of one room, of the conversation `with` one user, of all that is `private`, or of all that may be
   * read. Servers of before do not know `private`, and give all.
   */
  history: v.object({
    room: v.optional(name),
    with: v.optional(name),
    private: v.optional(v.boolean()),
    before: v.optional(sequence),
    after: v.optional(sequence),
    limit,
  }),
  /** The newest posts in rooms that hold all the words. */
  search: v.object({
    words: v.pipe(v.string(), v.maxLength(256)),
    room: v.optional(name),
    before: v.optional(sequence),
    limit,
  }),
  /** Who is online, in a room or anywhere, in alphabetical pages after the name `after`. */
  who: v.object({ room: v.optional(name), after: v.optional(name) }),
  /** Is there such a user, how is the name written, and is that user online? */
  user: v.object({ name }),
  /** The rooms, in alphabetical pages after the name `after`. */
  rooms: v.object({ after: v.optional(name) }),
  /** Enters a room, which is made if there is none of that name. */
  join: v.object({ room: name, roomKey: v.optional(v.pipe(v.string(), v.maxLength(256))) }),
  /** Leaves a room. */
  leave: v.object({ room: name }),
  /** Sets a room's topic. */
  topic: v.object({ room: name, topic }),
  /** What holds in a room: its rules, who has which role, and, for people in it, its lists. */
  rules: v.object({ room: name }),
  /** Changes some rules of a room. */
  set_rules: v.object({ room: name, rules: someRules }),
  /** Gives somebody a role in a room, or takes it. */
  set_role: v.object({ room: name, name, role, held: v.boolean() }),
  /** Puts somebody on a list of a room, or takes them off. A ban of an account also takes it out of the room. */
  set_entry: v.pipe(
    v.object({ room: name, list: roomList, name: v.optional(name), mask, listed: v.boolean() }),
    v.check(({ name, mask }) => (name === undefined) !== (mask === undefined), "name or mask"),
  ),
  /** Takes somebody out of a room. */
  remove: v.object({ room: name, name, reason: v.optional(reason) }),
  /** Tells somebody that they are wanted in a room. */
  invite: v.object({ room: name, name }),
  /** Passes on what is being typed, sealed (protocol/e2e/draft.ts), to the account's other sessions. It is not stored. */
  draft: v.object({ sealed: sealedBody }),
  /** Everything up to this sequence was delivered. The one request without a reply. */
  read: v.object({ sequence }),
  /** Ends the session; the server answers, then closes. */
  sign_out: nothing,
} as const;

/** The types of requests. */
export type RequestType = keyof typeof requests;
/** What a request of a type holds, without `type` and `id`. */
export type RequestOf<T extends RequestType> = v.InferOutput<(typeof requests)[T]>;
/** What a sender has to give for a request of a type. */
export type RequestInputOf<T extends RequestType> = v.InferInput<(typeof requests)[T]>;
/** What a reply to a request of a type holds, without `reply`. */
export type ReplyOf<T extends RequestType> = v.InferOutput<(typeof replies)[T]>;
/** A request that was read: its type tells what it holds. */
export type Request = {
  [T in RequestType]: { readonly type: T; readonly id: number; readonly content: RequestOf<T> };
}[RequestType];
