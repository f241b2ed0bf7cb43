/**
 * Every request and its reply: one schema each. docs/protocol.md shows them with examples.
 *
 * A request is `{"type": …, "id": …, …}`; its reply `{"reply": id, …}` or `{"reply": id, "error": {…}}`.
 *
 * @module
 */
import * as v from "valibot";
import { annotationKinds, plainKinds } from "./post_kinds.ts";
import { fieldSchemas } from "./fields.ts";
import {
  aliveIntervalMsMax,
  aliveIntervalMsMin,
  frameBytesMax,
  frameBytesMaxBeforeSignIn,
  iterationsMax,
  iterationsMin,
  keyRecordBytesMax,
  keySupplementBytes,
  listPageMax,
  pageAnnotationsMax,
  pagePostsMax,
  removalReasonBytesMax,
  roleHoldersMax,
  roomEntriesMax,
  sealedVaultCharactersMax,
} from "./limits.ts";
import { fileIdPattern } from "./file_id.ts";
import { roomSchemas } from "./room_rules.ts";

const {
  base64,
  body,
  mask,
  name,
  names,
  nothing,
  place,
  post,
  postId,
  room,
  sealedBody,
  sequence,
  servers,
  shownName,
  shownSubject,
  timeMs,
  topic,
} = fieldSchemas;
/** Only bounded here: protocol/text/text_rules.ts says which texts may be posted, and why one may not. */
const text = v.pipe(v.string(), v.maxLength(frameBytesMax));
const scramText = v.pipe(v.string(), v.maxLength(frameBytesMaxBeforeSignIn / 4));
const deviceToken = v.pipe(v.string(), v.maxLength(256));
const passwordKeys = {
  salt: base64(88),
  iterations: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(iterationsMin),
    v.maxValue(iterationsMax),
  ),
  storedKey: base64(44),
  serverKey: base64(44),
};
const keyRecord = base64(Math.ceil(keyRecordBytesMax / 3) * 4);
/** protocol/e2e/key_supplement.ts says what it is. */
const keySupplement = base64(Math.ceil(keySupplementBytes / 3) * 4);
/** What a key record has grown by, null where there is nothing yet; servers of before do not say it. */
const keptSupplement = v.optional(v.nullable(keySupplement));
/** protocol/e2e/identity.ts says what is in these, and that the server cannot open the last two. */
const identity = v.object({ record: keyRecord, sealedKeys: base64(168), wrappedKey: base64(80) });
const keptIdentity = v.object({ ...identity.entries, supplement: keptSupplement });
/** Above `vaultVersionLast`, since older servers may have stored such a one, and below what leaves no room for a next one. */
const vaultVersionMax = 2 ** 40;
const vault = v.object({
  version: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(vaultVersionMax)),
  sealed: base64(sealedVaultCharactersMax),
});
const fileId = v.pipe(v.string(), v.regex(fileIdPattern));
const fileTicket = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
/** More than the largest file has, as it is stored. */
const fileBytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(2 ** 41));
const limit = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(pagePostsMax));
const page = v.object({
  posts: v.pipe(v.array(post), v.maxLength(pagePostsMax)),
  /** Edits and reactions of these posts that are newer than the page, oldest first. Servers of before send none. */
  annotations: v.optional(v.pipe(v.array(post), v.maxLength(pageAnnotationsMax)), []),
  more: v.boolean(),
});
const { role, list: roomList, rules: roomRules, someRules } = roomSchemas;
/** Whether the user has a session in a page that the server gives out; left out where not, and by servers that know none. */
const onPage = v.optional(v.boolean());
const reason = v.pipe(v.string(), v.maxBytes(removalReasonBytesMax));
const subject = { name: v.optional(name), mask };

/** For each type of request: what it holds beside `type` and `id`, and what its reply holds beside `reply`. */
export const requests = {
  /** Is there an account of that name? Always yes where registration is closed. */
  lookup: { request: v.object({ name }), reply: v.object({ known: v.boolean() }) },
  /** Makes an account with its keys. The password stays with the client (RFC 5802, section 3). */
  register: { request: v.object({ name, ...passwordKeys, identity }), reply: nothing },
  /** SCRAM's first message, and the server's first. */
  sign_in: {
    request: v.object({
      data: scramText,
      device: v.optional(deviceToken),
      /** What a client has seen on another server of the cluster: this one is to have it, too, before it answers. */
      place: v.optional(place),
    }),
    reply: v.object({ data: scramText }),
  },
  /** SCRAM's final message, and the server's final; from then on the connection is signed in. */
  sign_in_proof: {
    request: v.object({
      data: scramText,
      /** The version of contents that the client shows (protocol/content.ts): what is newer is sent as something older. */
      contentVersion: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1)), 1),
    }),
    reply: v.object({
      data: scramText,
      /** The account's name as it is shown. */
      name,
      /** To be sent with the next `sign_in` from this machine. */
      device: deviceToken,
      /** The last post that was delivered to this account, on whichever machine. */
      readSequence: sequence,
      /** The newest post on the server. */
      lastSequence: sequence,
      rooms: v.pipe(v.array(room), v.maxLength(listPageMax)),
      /** The room that everyone is in. Servers of before do not name it: theirs has this name. */
      lobby: v.optional(v.pipe(shownName, v.startsWith("#")), "#lobby"),
      /** The account's sealed keys; null for an account that was made over a wire that has none. */
      identity: v.nullable(keptIdentity),
      /** Where the other servers of the cluster are reached; left out by a server that is alone. */
      servers: v.optional(servers),
      /** Something comes from this server at least so often, in milliseconds; left out by a server that is alone. */
      aliveMs: v.optional(
        v.pipe(
          v.number(),
          v.integer(),
          v.minValue(aliveIntervalMsMin),
          v.maxValue(aliveIntervalMsMax),
        ),
      ),
    }),
  },
  /** The public keys of a user, null where there are none; and the version of the asker's own vault, 0 for none. */
  keys: {
    request: v.object({ name }),
    reply: v.object({
      name,
      record: v.nullable(keyRecord),
      supplement: keptSupplement,
      vaultVersion: sequence,
      onPage,
    }),
  },
  /** Gives an account that has no keys its first ones. Answered with those that it has then. */
  set_keys: { request: v.object({ identity }), reply: v.object({ identity: keptIdentity }) },
  /** Gives the account's key record what it grows by, once. Answered with what it has then. */
  set_supplement: {
    request: v.object({ supplement: keySupplement }),
    reply: v.object({ supplement: keySupplement }),
  },
  /** The account's own vault (protocol/e2e/vault.ts). */
  vault: { request: nothing, reply: v.object({ vault: v.nullable(vault) }) },
  /** Stores a vault; `conflict` where its version is not above the stored one, or too far above. */
  save_vault: { request: vault, reply: nothing },
  /** SCRAM's first message with the old password; the server's first, and the wrapped key that is to be wrapped anew. */
  begin_password: {
    request: v.object({ data: scramText }),
    reply: v.object({ data: scramText, wrappedKey: base64(80) }),
  },
  /**
   * SCRAM's final message with the old password, and all that the new one changes; the server's final. The account's other
   * sessions end, unless they are to be kept.
   */
  change_password: {
    request: v.object({
      data: scramText,
      ...passwordKeys,
      wrappedKey: base64(80),
      keepSessions: v.optional(v.boolean(), false),
    }),
    reply: v.object({
      data: scramText,
      /** As of `sign_in_proof`: the one from before does not count any more. Servers that end no sessions do not send it. */
      device: v.optional(deviceToken),
      /** How many other sessions were ended; from servers that do so. */
      ended: v.optional(sequence),
    }),
  },
  /** Whether the asker's account is never used by a page that a server gives out. Sessions in such pages end. */
  set_pages: { request: v.object({ refused: v.boolean() }), reply: nothing },
  /** The sessions of the asker's account. */
  sessions: {
    request: nothing,
    reply: v.object({
      sessions: v.pipe(
        v.array(v.object({
          /** Never used twice while the server runs. */
          id: sequence,
          /** The kind of program: `native`, `irc`, `classic`, or what later servers call theirs. */
          wire: v.pipe(v.string(), v.maxLength(32)),
          /** When it signed in. */
          sinceMs: timeMs,
          /** When something was last heard from it. */
          seenMs: timeMs,
          /** The address, or what stands for the whole network where a host has many. */
          network: v.pipe(v.string(), v.maxLength(64)),
          /** Whether it is the one that asks. */
          own: v.boolean(),
        })),
        v.maxLength(listPageMax),
      ),
    }),
  },
  /** Ends another session of the same account. */
  end_session: { request: v.object({ session: sequence }), reply: nothing },
  /** Nothing but a sign of life. */
  ping: { request: nothing, reply: nothing },
  /** Posts to a room. Answered when it is committed. */
  post: {
    request: v.object({
      room: name,
      postId,
      text,
      kind: v.optional(v.picklist([...plainKinds, "file"]), "text"),
    }),
    reply: v.object({ sequence, timeMs }),
  },
  /**
   * A private message. Answered when it is committed; `online` tells whether the recipient is there, `readable` whether with
   * a program that can show it: one for IRC opens nothing that is sealed. Servers of before do not say it.
   */
  private: {
    request: v.pipe(
      v.object({ to: name, postId, kind: v.picklist(["text", "sealed"]), body }),
      // What other wires store as sealed is no base64: nobody can pass for them.
      v.check(({ kind, body }) => kind === "text" || v.is(sealedBody, body), "body: not base64"),
    ),
    reply: v.object({
      sequence,
      timeMs,
      online: v.boolean(),
      readable: v.optional(v.boolean()),
    }),
  },
  /**
   * Says something about an earlier post of a room (protocol/content.ts), or takes back a private message: what else is said about
   * one is sealed, as a private message itself.
   */
  annotate: {
    request: v.pipe(
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
    reply: v.object({ sequence, timeMs }),
  },
  /**
   * Begins to send a file, or goes on with it: the post with that id will bring it. Answered with its id, how many of its bytes are
   * there already, and a ticket for `file_bytes`.
   */
  send_file: {
    request: v.pipe(
      v.object({
        room: v.optional(name),
        with: v.optional(name),
        postId,
        /** As it is stored (protocol/files/chunk_cipher.ts). */
        bytes: v.pipe(fileBytes, v.minValue(1)),
      }),
      v.check((one) => (one.room === undefined) !== (one.with === undefined), "room or with"),
    ),
    reply: v.object({ file: fileId, offset: fileBytes, ticket: fileTicket }),
  },
  /** Begins to fetch a file. Answered with its size as it is stored, and a ticket for `file_bytes`. */
  get_file: {
    request: v.object({ file: fileId }),
    reply: v.object({ bytes: fileBytes, ticket: fileTicket }),
  },
  /** Takes a file back that one has begun to send. */
  drop_file: { request: v.object({ file: fileId }), reply: nothing },
  /**
   * The first request of a connection for the bytes of a file, which needs no sign-in. After its reply the connection carries nothing
   * but them, from the offset on: up, until the server says `file_stored`; or down, until it ends.
   */
  file_bytes: {
    request: v.object({ ticket: fileTicket, offset: fileBytes }),
    reply: v.object({ bytes: fileBytes }),
  },
  /**
   * A page of posts, oldest first: of one room, of the conversation `with` one user, of all that is `private`, or of all that may be
   * read. Servers of before do not know `private`, and give all.
   */
  history: {
    request: v.object({
      room: v.optional(name),
      with: v.optional(name),
      private: v.optional(v.boolean()),
      before: v.optional(sequence),
      after: v.optional(sequence),
      limit,
    }),
    reply: page,
  },
  /** The newest posts in rooms that hold all the words. */
  search: {
    request: v.object({
      words: v.pipe(v.string(), v.maxLength(256)),
      room: v.optional(name),
      before: v.optional(sequence),
      limit,
    }),
    reply: page,
  },
  /** Who is online, in a room or anywhere, in alphabetical pages after the name `after`. */
  who: {
    request: v.object({ room: v.optional(name), after: v.optional(name) }),
    reply: v.object({ names, more: v.boolean() }),
  },
  /** Is there such a user, how is the name written, and is that user online? */
  user: { request: v.object({ name }), reply: v.object({ name, online: v.boolean(), onPage }) },
  /** The rooms, in alphabetical pages after the name `after`. */
  rooms: {
    request: v.object({ after: v.optional(name) }),
    reply: v.object({
      rooms: v.pipe(
        v.array(v.object({ ...room.entries, online: sequence, joined: v.boolean() })),
        v.maxLength(listPageMax),
      ),
      more: v.boolean(),
    }),
  },
  /** Enters a room, which is made if there is none of that name. */
  join: {
    request: v.object({ room: name, roomKey: v.optional(v.pipe(v.string(), v.maxLength(256))) }),
    reply: v.object({ ...room.entries, created: v.boolean() }),
  },
  /** Leaves a room. */
  leave: { request: v.object({ room: name }), reply: nothing },
  /** Sets a room's topic. */
  topic: {
    request: v.object({ room: name, topic }),
    reply: nothing,
  },
  /** What holds in a room: its rules, who has which role, and, for people in it, its lists. */
  rules: {
    request: v.object({ room: name }),
    reply: v.object({
      /** The key is told to people in the room only. */
      rules: roomRules,
      roles: v.pipe(
        v.array(v.object({ name: shownName, roles: v.array(role) })),
        v.maxLength(roleHoldersMax),
      ),
      entries: v.pipe(
        v.array(v.object({ list: roomList, ...shownSubject, by: shownName, timeMs })),
        v.maxLength(roomEntriesMax),
      ),
    }),
  },
  /** Changes some rules of a room. */
  set_rules: { request: v.object({ room: name, rules: someRules }), reply: nothing },
  /** Gives somebody a role in a room, or takes it. */
  set_role: { request: v.object({ room: name, name, role, held: v.boolean() }), reply: nothing },
  /** Puts somebody on a list of a room, or takes them off. A ban of an account also takes it out of the room. */
  set_entry: {
    request: v.pipe(
      v.object({ room: name, list: roomList, ...subject, listed: v.boolean() }),
      v.check(({ name, mask }) => (name === undefined) !== (mask === undefined), "name or mask"),
    ),
    reply: nothing,
  },
  /** Takes somebody out of a room. */
  remove: { request: v.object({ room: name, name, reason: v.optional(reason) }), reply: nothing },
  /** Tells somebody that they are wanted in a room. */
  invite: {
    request: v.object({ room: name, name }),
    reply: v.object({
      /** Whether any program of theirs was shown it. */
      told: v.boolean(),
      /** Whether it lets them in, whatever the rules are. */
      opened: v.boolean(),
    }),
  },
  /** Everything up to this sequence was delivered. The one request without a reply. */
  read: { request: v.object({ sequence }), reply: nothing },
  /** Ends the session; the server answers, then closes. */
  sign_out: { request: nothing, reply: nothing },
} as const;

/** The types of requests. */
export type RequestType = keyof typeof requests;
/** What a request of a type holds, without `type` and `id`. */
export type RequestOf<T extends RequestType> = v.InferOutput<(typeof requests)[T]["request"]>;
/** What a sender has to give for a request of a type. */
export type RequestInputOf<T extends RequestType> = v.InferInput<(typeof requests)[T]["request"]>;
/** What a reply to a request of a type holds, without `reply`. */
export type ReplyOf<T extends RequestType> = v.InferOutput<(typeof requests)[T]["reply"]>;
/** A request that was read: its type tells what it holds. */
export type Request = {
  [T in RequestType]: { readonly type: T; readonly id: number; readonly content: RequestOf<T> };
}[RequestType];
