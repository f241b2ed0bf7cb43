/**
 * Every request, reply and event of the protocol: one schema each. docs/protocol.md shows them with examples.
 *
 * A request is `{"type": …, "id": …, …}`; its reply `{"reply": id, …}` or `{"reply": id, "error": {…}}`; an event
 * `{"event": …, …}`. Unknown fields are ignored, so that old and new versions can talk.
 *
 * @module
 */
import * as v from "valibot";
import { ChatError, isServerCode } from "./errors.ts";
import {
  frameBytesMax,
  frameBytesMaxBeforeSignIn,
  iterationsMax,
  iterationsMin,
  keyRecordBytesMax,
  listPageMax,
  maskBytesMax,
  pagePostsMax,
  removalReasonBytesMax,
  roleHoldersMax,
  roomEntriesMax,
  sealedCharactersMax,
  sealedVaultCharactersMax,
  topicBytesMax,
} from "./limits.ts";
import { postIdPattern } from "./post_id.ts";
import { roomSchemas } from "./room_rules.ts";

/** The version of the protocol that this code speaks. */
export const protocolVersion = 1;

/** Names are only bounded here; protocol/names/names.ts says which exist. */
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(256));
/**
 * A name that a client shows in a sentence: of characters that names have. Others could make it pass for what somebody has said.
 * Letters that this program does not know yet are among them.
 */
const shownName = v.pipe(name, v.regex(/^[#~]?[\p{L}\p{M}\p{N}\p{Cn}_.-]+$/u));
/** Only bounded here: protocol/text/text_rules.ts says which texts may be posted, and why one may not. */
const text = v.pipe(v.string(), v.maxLength(frameBytesMax));
const sequence = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const timeMs = v.pipe(v.number(), v.safeInteger());
const postId = v.pipe(v.string(), v.regex(postIdPattern));
const scramText = v.pipe(v.string(), v.maxLength(frameBytesMaxBeforeSignIn / 4));
const deviceToken = v.pipe(v.string(), v.maxLength(256));
const base64 = (charactersMax: number) =>
  v.pipe(v.string(), v.maxLength(charactersMax), v.base64());
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
/** protocol/e2e/identity.ts says what is in these, and that the server cannot open the last two. */
const identity = v.object({ record: keyRecord, sealedKeys: base64(168), wrappedKey: base64(80) });
/** Above `vaultVersionLast`, since older servers may have stored such a one, and below what leaves no room for a next one. */
const vaultVersionMax = 2 ** 40;
const vault = v.object({
  version: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(vaultVersionMax)),
  sealed: base64(sealedVaultCharactersMax),
});
const limit = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(pagePostsMax));
const sealedBody = base64(sealedCharactersMax);
const postKind = v.picklist(["text", "sealed", "action", "notice"]);
const body = v.pipe(v.string(), v.maxLength(sealedCharactersMax));

const post = v.object({
  sequence,
  timeMs,
  from: shownName,
  /** A room, with its `#`, or the recipient's name. */
  to: shownName,
  id: postId,
  kind: postKind,
  body,
});
const page = v.object({
  posts: v.pipe(v.array(post), v.maxLength(pagePostsMax)),
  more: v.boolean(),
});
const room = v.object({ name: shownName, topic: v.pipe(v.string(), v.maxLength(topicBytesMax)) });
const names = v.pipe(v.array(name), v.maxLength(listPageMax));
const shownNames = v.pipe(v.array(shownName), v.maxLength(listPageMax));
const nothing = v.object({});
const { role, list: roomList, rules: roomRules, someRules } = roomSchemas;
const reason = v.pipe(v.string(), v.maxBytes(removalReasonBytesMax));
/** Whom an entry of a room's list is about: one of both, an account or a mask of `nick!user@host`. */
const mask = v.optional(v.pipe(v.string(), v.maxBytes(maskBytesMax)));
const subject = { name: v.optional(name), mask };
const shownSubject = { name: v.optional(shownName), mask };
const someEntries = v.pipe(
  v.array(v.object({ list: roomList, ...shownSubject, listed: v.boolean() })),
  v.maxLength(roomEntriesMax),
);

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
    }),
    reply: v.object({ data: scramText }),
  },
  /** SCRAM's final message, and the server's final; from then on the connection is signed in. */
  sign_in_proof: {
    request: v.object({ data: scramText }),
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
      /** The account's sealed keys; null for an account that was made over a wire that has none. */
      identity: v.nullable(identity),
    }),
  },
  /** The public keys of a user, null where there are none; and the version of the asker's own vault, 0 for none. */
  keys: {
    request: v.object({ name }),
    reply: v.object({ name, record: v.nullable(keyRecord), vaultVersion: sequence }),
  },
  /** Gives an account that has no keys its first ones. Answered with those that it has then. */
  set_keys: { request: v.object({ identity }), reply: v.object({ identity }) },
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
      kind: v.optional(v.picklist(["text", "action", "notice"]), "text"),
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
  /** A page of posts, oldest first: of one room, of the conversation `with` one user, or of all that may be read. */
  history: {
    request: v.object({
      room: v.optional(name),
      with: v.optional(name),
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
  user: { request: v.object({ name }), reply: v.object({ name, online: v.boolean() }) },
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
    request: v.object({ room: name, topic: v.pipe(v.string(), v.maxLength(topicBytesMax)) }),
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

/** For each event: what it holds beside `event`. */
export const events = {
  /** The server's first words. */
  hello: v.object({
    protocol: v.pipe(v.number(), v.integer()),
    server: v.pipe(v.string(), v.maxLength(256)),
    registration: v.picklist(["open", "closed"]),
    motd: v.optional(v.pipe(v.string(), v.maxLength(16 * 1024))),
  }),
  /** A post to a room that one is in, or a private message from or to oneself; one's own posts too. */
  post: v.object({ post }),
  /** Who came online and who left, since the last such event. */
  presence: v.object({ came: shownNames, left: shownNames }),
  /** Who entered and who left a room. */
  members: v.object({ room: shownName, joined: shownNames, left: shownNames }),
  /** A room's topic was set. */
  topic: v.object({
    room: shownName,
    topic: v.pipe(v.string(), v.maxLength(topicBytesMax)),
    by: shownName,
  }),
  /** This account entered or left a room, maybe on another machine. */
  joined: room,
  left: v.object({
    room: shownName,
    /** Who has taken the account out of the room, and why; where somebody has. */
    by: v.optional(shownName),
    reason: v.optional(v.pipe(v.string(), v.maxLength(1024))),
  }),
  /** Somebody has changed what holds in a room. */
  ruled: v.object({
    room: shownName,
    by: shownName,
    roles: v.pipe(
      v.array(v.object({ name: shownName, role, held: v.boolean() })),
      v.maxLength(roleHoldersMax),
    ),
    rules: someRules,
    entries: someEntries,
  }),
  /** Someone in a room wants this account in it. */
  invited: v.object({ room: shownName, by: shownName }),
  /** Another session of the same account has shown everything up to this post. */
  read: v.object({ sequence }),
  /** The server wants a sign of life. */
  probe: nothing,
  /** The server is about to close this connection. */
  closing: v.object({
    reason: v.pipe(v.string(), v.maxLength(512)),
    /** Whether the account wanted it so: a program must not come back by itself then. */
    final: v.optional(v.boolean()),
  }),
  /** A frame could not be answered by a reply, because it could not be read. */
  error: v.object({ code: v.string(), message: v.pipe(v.string(), v.maxLength(1024)) }),
} as const;

/** The types of events. */
export type EventType = keyof typeof events;
/** What an event of a type holds, without `event`. */
export type EventOf<T extends EventType> = v.InferOutput<(typeof events)[T]>;
/** An event that was read. */
export type ServerEvent = {
  [T in EventType]: { readonly event: T; readonly content: EventOf<T> };
}[EventType];
/** A post as it travels. */
export type Post = v.InferOutput<typeof post>;
/** What a post's body is. */
export type PostKind = Post["kind"];
/** A page of posts. */
export type PostPage = v.InferOutput<typeof page>;

/** A reply that was read, before its content is checked against the request's schema. */
export interface ReplyEnvelope {
  /** The request's id. */
  readonly reply: number;
  /** Why the request was not served; null if it was. */
  readonly error: ChatError | null;
  /** What the reply holds, as it came. */
  readonly content: unknown;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const requestEnvelope = v.object({
  type: v.pipe(v.string(), v.maxLength(64)),
  id: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1)), 0),
});
const serverEnvelope = v.union([
  v.object({ reply: v.pipe(v.number(), v.integer()), error: v.optional(v.unknown()) }),
  v.object({ event: v.string() }),
]);
const errorContent = v.object({
  code: v.pipe(v.string(), v.maxLength(64)),
  message: v.pipe(v.string(), v.maxLength(1024)),
  retryAfterMs: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(86_400_000))),
});

/** A request that cannot be served, with the id that its error reply must carry (0: none could be read). */
export class RequestError extends Error {
  /** The class, for logs. */
  override readonly name = "RequestError";
  /** The request's id. */
  readonly id: number;
  /** What is wrong with it. */
  readonly error: ChatError;
  /**
   * Makes the error.
   *
   * @param id The request's id, 0 if it could not be read.
   * @param error What is wrong with it.
   */
  constructor(id: number, error: ChatError) {
    super(error.message, { cause: error });
    this.id = id;
    this.error = error;
  }
}

/**
 * Reads a request.
 *
 * @param payload A frame's payload.
 * @return The request, with unknown fields left out.
 * @throws {RequestError} with `bad_message` or `unsupported`.
 */
export function parseRequest(payload: Uint8Array): Request {
  const value = parseJson(payload, (error) => new RequestError(0, error));
  const envelope = v.safeParse(requestEnvelope, value);
  if (!envelope.success) throw new RequestError(0, badMessage("a request", envelope.issues));
  const { type, id } = envelope.output;
  if (!Object.hasOwn(requests, type)) {
    const message = "This server does not know requests of that type. A newer one may.";
    throw new RequestError(id, new ChatError("unsupported", message));
  }
  const result = v.safeParse(requests[type as RequestType].request, value);
  if (!result.success) throw new RequestError(id, badMessage(`"${type}"`, result.issues));
  return { type, id, content: result.output } as Request;
}

/**
 * Reads what a server sent.
 *
 * @param payload A frame's payload.
 * @return An event, a reply, or null for an event that this version does not know.
 * @throws {ChatError} `bad_message`.
 */
export function parseFromServer(payload: Uint8Array): ServerEvent | ReplyEnvelope | null {
  const value = parseJson(payload, (error) => error);
  const envelope = v.safeParse(serverEnvelope, value);
  if (!envelope.success) throw badMessage("a reply or event", envelope.issues);
  if ("reply" in envelope.output) {
    const { reply, error } = envelope.output;
    return { reply, error: error === undefined ? null : parseError(error), content: value };
  }
  const type = envelope.output.event;
  if (!Object.hasOwn(events, type)) return null;
  const result = v.safeParse(events[type as EventType], value);
  if (!result.success) throw badMessage(`event "${type}"`, result.issues);
  return { event: type, content: result.output } as ServerEvent;
}

/**
 * Reads a reply's content.
 *
 * @param type The type of the request that it answers.
 * @param content `ReplyEnvelope.content`.
 * @return The content, with unknown fields left out.
 * @throws {ChatError} `bad_message`.
 */
export function parseReply<T extends RequestType>(type: T, content: unknown): ReplyOf<T> {
  const result = v.safeParse(requests[type].reply, content);
  if (!result.success) throw badMessage(`the reply to "${type}"`, result.issues);
  return result.output as ReplyOf<T>;
}

function parseJson(payload: Uint8Array, wrap: (error: ChatError) => Error): unknown {
  try {
    return JSON.parse(decoder.decode(payload));
  } catch (cause) {
    throw wrap(new ChatError("bad_message", "A payload must be JSON in UTF-8.", { cause }));
  }
}

/** Names the first wrong field, but repeats nothing of what the peer sent. */
function badMessage(
  what: string,
  issues: readonly v.BaseIssue<unknown>[],
): ChatError {
  const field = issues[0]?.path?.map((item) => String(item.key).slice(0, 32)).join(".");
  const where = field === undefined ? "its form is wrong" : `its field "${field}" is wrong`;
  return new ChatError("bad_message", `This is not ${what}: ${where}.`);
}

/** A code that is not known, or that only a client says, must not stand for something that this client has found out itself. */
function parseError(value: unknown): ChatError {
  const result = v.safeParse(errorContent, value);
  if (!result.success) throw badMessage("an error", result.issues);
  const { code, message, retryAfterMs } = result.output;
  return new ChatError(isServerCode(code) ? code : "forbidden", message, {
    fromServer: true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
