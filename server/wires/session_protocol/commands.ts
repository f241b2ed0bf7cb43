/**
 * What each request does: a table that says who may ask, and the handler.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { placeTimeoutMs } from "../../../protocol/wire/limits.ts";
import type { Request, RequestOf, RequestType } from "../../../protocol/wire/requests.ts";
import type { Chat } from "../../heart/chat.ts";
import type { Session } from "../../heart/session.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { RoomRules } from "../../../protocol/wire/room_rules.ts";
import { subjectOf } from "../../heart/ruling.ts";
import type { ClusterView } from "../../storage/cluster_view.ts";
import type { Page } from "../../storage/post_storage.ts";
import { type EncodeReply, pageFor, replyEncoder, shownSubject } from "./encoding.ts";
import type { FileDesk } from "./file_desk.ts";
import type { IdentityDesk } from "./identity_desk.ts";
import type { SignInDesk } from "./sign_in.ts";
import type { SessionCarrier } from "./session_carrier.ts";

/** Who may make a request: those who are not signed in yet, those who are, or both. */
type Who = "anyone" | "signed_out" | "signed_in";

/** A row of the table. A handler that returns a promise keeps the connection's next request waiting. */
interface Command<T extends RequestType> {
  readonly who: Who;
  handle(connection: SessionCarrier, content: RequestOf<T>, id: number): Promise<void> | void;
}

/** A row for those who are signed in; its handler gets the session. */
function member<T extends RequestType>(
  handle: (
    context: { connection: SessionCarrier; session: Session; id: number },
    content: RequestOf<T>,
  ) => Promise<void> | void,
): Command<T> {
  return {
    who: "signed_in",
    handle: (connection, content, id) =>
      handle({ connection, session: connection.session!, id }, content),
  };
}

/** What the commands work on. */
export interface CommandsOptions {
  readonly chat: Chat;
  readonly desk: SignInDesk;
  readonly identityDesk: IdentityDesk;
  readonly fileDesk: FileDesk;
  /** The cluster that the server is one of; left out where it is alone. */
  readonly cluster?: ClusterView | undefined;
}

/** What the rows work on. */
interface RowOptions extends CommandsOptions {
  readonly encodeReply: EncodeReply;
}

/** The table of commands. */
export class Commands {
  readonly #table: { readonly [T in RequestType]: Command<T> };

  /** @param given See {@linkcode CommandsOptions}. */
  constructor(given: CommandsOptions) {
    const options = { ...given, encodeReply: replyEncoder(given.cluster) };
    this.#table = {
      ...signInCommands(options),
      ...postCommands(options),
      ...roomCommands(options),
      ...rulingCommands(options),
      ...identityCommands(options),
      ...sessionCommands(options),
      ...fileCommands(options),
    };
  }

  /**
   * Answers a request.
   *
   * @throws {ChatError} What the peer is to be told.
   */
  handle(connection: SessionCarrier, request: Request): Promise<void> | void {
    const command: Command<never> = this.#table[request.type];
    const signedIn = connection.session !== null;
    if (command.who === "signed_in" && !signedIn) {
      throw new ChatError("not_signed_in", "Sign in first.");
    }
    // It waited for its turn while its account ended the session.
    if (connection.session?.revoked) {
      throw new ChatError("not_signed_in", "This session has been ended.");
    }
    if (command.who === "signed_out" && signedIn) {
      throw new ChatError("signed_in_already", "This connection is signed in already.");
    }
    return command.handle(connection, request.content as never, request.id);
  }
}

type Rows<T extends RequestType> = { readonly [K in T]: Command<K> };

function signInCommands(
  { desk, encodeReply }: RowOptions,
): Rows<"lookup" | "register" | "sign_in" | "sign_in_proof" | "ping" | "sign_out"> {
  return {
    lookup: {
      who: "signed_out",
      handle: async (connection, { name }, id) => {
        const reply = await desk.lookup(connection, name);
        connection.outbox.push(encodeReply("lookup", id, reply));
      },
    },
    register: {
      who: "signed_out",
      handle: async (connection, content, id) => {
        await desk.register(connection, content);
        connection.outbox.push(encodeReply("register", id, {}));
      },
    },
    sign_in: {
      who: "signed_out",
      handle: async (connection, content, id) => {
        const reply = await desk.begin(connection, content);
        connection.outbox.push(encodeReply("sign_in", id, reply));
      },
    },
    sign_in_proof: {
      who: "signed_out",
      handle: async (connection, content, id) => {
        await desk.finish(connection, content, id);
      },
    },
    ping: {
      who: "anyone",
      handle: (connection, _content, id) => connection.outbox.push(encodeReply("ping", id, {})),
    },
    sign_out: {
      who: "anyone",
      handle: (connection, _content, id) => {
        connection.outbox.push(encodeReply("sign_out", id, {}));
        connection.end();
      },
    },
  };
}

function postCommands(
  { chat, fileDesk, encodeReply, cluster }: RowOptions,
): Rows<"post" | "private" | "annotate" | "history" | "search" | "read" | "draft"> {
  // Pages are read beside the log, and may be a moment ahead: the place that a reply names is to hold what is shown.
  const followed = async (page: Page): Promise<Page> => {
    const posts = [...page.posts, ...page.annotations];
    while (cluster !== undefined && posts.some(({ sequence }) => sequence > chat.lastSequence)) {
      if (!await cluster.reached(cluster.place + 1, placeTimeoutMs)) break;
    }
    return page;
  };
  return {
    // What is posted takes its place in the order at once; only the disk is waited for, and that not in the way of the
    // next request: one connection can have many posts under way.
    post: member(({ connection, session, id }, { room, postId, text, kind }) => {
      const post = { room, id: postId, kind, body: text };
      const answer = () => {
        const reply = chat.post(session, post).then((posted) => encodeReply("post", id, posted));
        connection.answerLater(id, reply);
      };
      if (kind !== "file") return answer();
      // The next request waits meanwhile: posts stay in their order, and whoever is refused has asked a question.
      return fileDesk.requireSent(session, post).then(answer);
    }),
    private: member(async ({ connection, session, id }, { to, postId, kind, body }) => {
      const user = await chat.user(to);
      const sending = chat.sendPrivate(session, user, { id: postId, kind, body });
      connection.answerLater(id, sending.then((sent) => encodeReply("private", id, sent)));
    }),
    annotate: member(async ({ connection, session, id }, content) => {
      const { room, postId, kind, target, body } = content;
      const where = room === undefined ? { with: await chat.user(content.with!) } : { room };
      const posting = chat.annotate(session, { where, id: postId, kind, target, body });
      connection.answerLater(id, posting.then((posted) => encodeReply("annotate", id, posted)));
    }),
    history: member(async ({ connection, session, id }, { private: privateOnly, ...query }) => {
      const wanted = privateOnly === true ? { ...query, privateOnly } : query;
      const page = await followed(await chat.reading.history(session, wanted));
      connection.outbox.push(encodeReply("history", id, pageFor(session, page)));
    }),
    search: member(async ({ connection, session, id }, query) => {
      const page = await followed(await chat.reading.search(session, query));
      connection.outbox.push(encodeReply("search", id, pageFor(session, page)));
    }),
    read: member(({ session }, { sequence }) => chat.markRead(session, sequence)),
    draft: member(({ connection, session, id }, { sealed }) => {
      const heard = chat.drafts.pass(session, sealed);
      connection.outbox.push(encodeReply("draft", id, { heard }));
    }),
  };
}

function fileCommands(
  { fileDesk, encodeReply }: RowOptions,
): Rows<"send_file" | "get_file" | "drop_file" | "file_bytes"> {
  return {
    send_file: member(async ({ connection, session, id }, content) => {
      const reply = await fileDesk.send(session, content);
      connection.outbox.push(encodeReply("send_file", id, reply));
    }),
    get_file: member(async ({ connection, session, id }, { file }) => {
      connection.outbox.push(encodeReply("get_file", id, await fileDesk.fetch(session, file)));
    }),
    drop_file: member(async ({ connection, session, id }, { file }) => {
      await fileDesk.drop(session, file);
      connection.outbox.push(encodeReply("drop_file", id, {}));
    }),
    file_bytes: {
      who: "signed_out",
      handle: async (connection, { ticket, offset }, id) => {
        await fileDesk.carry(connection, { ticket, offset }, (bytes) => {
          connection.outbox.push(encodeReply("file_bytes", id, { bytes }));
        });
      },
    },
  };
}

function roomCommands(
  { chat, encodeReply }: RowOptions,
): Rows<"who" | "user" | "rooms" | "join" | "leave" | "topic"> {
  return {
    who: member(({ connection, session, id }, { room, after }) => {
      connection.outbox.push(encodeReply("who", id, chat.reading.who(session, room, after)));
    }),
    user: member(async ({ connection, id }, content) => {
      const { name, nameKey } = await chat.user(content.name);
      const online = chat.presence.isOnline(nameKey);
      const onPage = chat.presence.isOnPage(nameKey) || undefined;
      connection.outbox.push(encodeReply("user", id, { name, online, onPage }));
    }),
    rooms: member(({ connection, session, id }, { after }) => {
      const { rooms, more } = chat.listRooms(session, after);
      const list = rooms.map((room) => ({
        name: room.name,
        topic: room.topic,
        online: room.people,
        joined: session.rooms.has(room),
      }));
      connection.outbox.push(encodeReply("rooms", id, { rooms: list, more }));
    }),
    // Entering and leaving wait for the disk and are told to everyone in the room, as a post is.
    join: member(async ({ connection, session, id }, content) => {
      const { room, created } = await chat.join(session, content.room, content);
      const { name, topic } = room;
      connection.outbox.push(encodeReply("join", id, { name, topic, created }));
    }),
    leave: member(async ({ connection, session, id }, content) => {
      await chat.leave(session, content.room);
      connection.outbox.push(encodeReply("leave", id, {}));
    }),
    topic: member(async ({ connection, session, id }, content) => {
      await chat.setTopic(session, content.room, content.topic);
      connection.outbox.push(encodeReply("topic", id, {}));
    }),
  };
}

function rulingCommands(
  { chat, encodeReply }: RowOptions,
): Rows<"rules" | "set_rules" | "set_role" | "set_entry" | "remove" | "invite"> {
  const { ruling } = chat;
  return {
    rules: member(({ connection, session, id }, content) => {
      const { rules, roles, entries } = ruling.show(session, content.room);
      const reply = {
        rules,
        roles: roles.map(({ name, roles }) => ({ name, roles: [...roles] })),
        entries: entries.map(({ list, subject, by, timeMs }) => ({
          list,
          ...shownSubject(subject),
          by,
          timeMs,
        })),
      };
      connection.outbox.push(encodeReply("rules", id, reply));
    }),
    set_rules: member(async ({ connection, session, id }, { room, rules }) => {
      await ruling.change(session, room, [{ kind: "rules", rules: givenRules(rules) }]);
      connection.outbox.push(encodeReply("set_rules", id, {}));
    }),
    set_role: member(async ({ connection, session, id }, { room, name, role, held }) => {
      const user = await chat.user(name);
      await ruling.change(session, room, [{ kind: "role", role, user, held }]);
      connection.outbox.push(encodeReply("set_role", id, {}));
    }),
    set_entry: member(async ({ connection, session, id }, content) => {
      const { room, list, name, mask, listed } = content;
      const user = name === undefined ? null : await chat.user(name);
      if (user !== null && list === "ban" && listed) await ruling.ban(session, room, user);
      else {
        const subject = user !== null ? subjectOf(user) : { mask: checkMask(mask!) };
        await ruling.change(session, room, [{ kind: "entry", list, subject, listed }]);
      }
      connection.outbox.push(encodeReply("set_entry", id, {}));
    }),
    remove: member(async ({ connection, session, id }, { room, name, reason }) => {
      const user = await chat.user(name);
      await ruling.remove(session, room, user, reason === undefined ? undefined : safeText(reason));
      connection.outbox.push(encodeReply("remove", id, {}));
    }),
    invite: member(async ({ connection, session, id }, { room, name }) => {
      const reply = ruling.invite(session, room, await chat.user(name));
      connection.outbox.push(encodeReply("invite", id, reply));
    }),
  };
}

/** Rules that were given, without those that were left out. */
function givenRules(rules: RequestOf<"set_rules">["rules"]): Partial<RoomRules> {
  return Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined));
}

/**
 * A mask as it may stand in a list: without spaces, control characters and a colon at its beginning, with a part for each of nick, user and host.
 *
 * @throws {ChatError} `bad_text`.
 */
function checkMask(mask: string): string {
  if (/^[^\s\p{C}!@:][^\s\p{C}!@]*![^\s\p{C}!@]+@[^\s\p{C}!@]+$/u.test(mask)) return mask;
  throw new ChatError("bad_text", "A mask looks like nick!user@host, with * for anything.");
}

function sessionCommands(
  { chat, encodeReply }: RowOptions,
): Rows<"set_pages" | "sessions" | "end_session"> {
  return {
    set_pages: member(async ({ connection, session, id }, { refused }) => {
      await chat.accountSessions.setPages(session, refused);
      connection.outbox.push(encodeReply("set_pages", id, {}));
    }),
    sessions: member(({ connection, session, id }) => {
      const sessions = chat.accountSessions.list(session);
      connection.outbox.push(encodeReply("sessions", id, { sessions }));
    }),
    end_session: member(({ connection, session, id }, content) => {
      chat.accountSessions.end(session, content.session);
      connection.outbox.push(encodeReply("end_session", id, {}));
    }),
  };
}

function identityCommands(
  { identityDesk: desk, encodeReply }: RowOptions,
): Rows<
  | "keys"
  | "set_keys"
  | "set_supplement"
  | "vault"
  | "save_vault"
  | "begin_password"
  | "change_password"
> {
  return {
    keys: member(async ({ connection, session, id }, content) => {
      connection.outbox.push(encodeReply("keys", id, await desk.keys(session, content)));
    }),
    set_keys: member(async ({ connection, session, id }, content) => {
      connection.outbox.push(encodeReply("set_keys", id, await desk.setKeys(session, content)));
    }),
    set_supplement: member(async ({ connection, session, id }, content) => {
      const reply = await desk.setSupplement(session, content);
      connection.outbox.push(encodeReply("set_supplement", id, reply));
    }),
    vault: member(async ({ connection, session, id }) => {
      connection.outbox.push(encodeReply("vault", id, await desk.vault(session)));
    }),
    save_vault: member(async ({ connection, session, id }, content) => {
      connection.outbox.push(encodeReply("save_vault", id, await desk.saveVault(session, content)));
    }),
    begin_password: member(async ({ connection, session, id }, content) => {
      const reply = await desk.beginPassword(connection, session, content);
      connection.outbox.push(encodeReply("begin_password", id, reply));
    }),
    change_password: member(async ({ connection, session, id }, content) => {
      const reply = await desk.changePassword(connection, session, content);
      connection.outbox.push(encodeReply("change_password", id, reply));
    }),
  };
}
