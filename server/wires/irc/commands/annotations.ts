/**
 * What is said about an earlier message of a channel: replies and reactions by client-only tags, and REDACT. What the heart
 * cannot keep so goes the way of any other message with tags.
 *
 * @module
 */
import { ChatError, type ErrorCode } from "../../../../protocol/wire/errors.ts";
import type { PostedAnnotation } from "../../../heart/posting.ts";
import { actorOf } from "../../../heart/asking.ts";
import { RefusedError } from "../../../heart/refused.ts";
import type { Room, Session } from "../../../heart/session.ts";
import { mayTakeBack } from "../../../storage/policy.ts";
import {
  aboutOf,
  type AboutTags,
  type IrcReaction,
  otherTags,
  sequenceOf,
} from "../delivery/annotations.ts";
import { reasonBytesMax } from "../format/isupport.ts";
import { cutBytes, harmlessText } from "../format/text.ts";
import { shown } from "../sign_in/registering.ts";
import { registered, type RegisteredContext, type Rows } from "./command.ts";
import {
  expectExtras,
  findHere,
  findUser,
  refuse,
  refusePost,
  roomTarget,
  type Said,
} from "./said.ts";

/** Bytes of an id that are told back. */
const shownIdBytesMax = 64;

/** A text that goes to a channel. */
export interface RoomText {
  readonly room: Room;
  readonly said: Said;
  readonly id: string;
  readonly body: string;
}

/**
 * Posts a text as a reply to what its tags name, or as a text where that is not in the channel.
 *
 * @return Resolves when it is posted; rejected as `Chat.post`.
 */
export async function postReply(
  context: RegisteredContext,
  about: AboutTags,
  { room, said, id, body }: RoomText,
): Promise<unknown> {
  const { session, network: { chat }, irc } = context;
  const { target } = about;
  const others = { clientOnly: otherTags(said.clientOnly), pieces: said.pieces };
  irc.posts.expect(id, others);
  try {
    return await chat.annotate(session, {
      ...{ where: { room: room.name }, id, kind: "reply", target, body },
    });
  } catch (error) {
    if (!isCode(error, "not_found")) throw error;
    expectExtras(context, said, { id, kind: "text" });
    return await chat.post(session, { room: room.name, id, kind: "text", body });
  }
}

/**
 * Keeps the reaction of a TAGMSG, or takes it back.
 *
 * @return Whether it was done, or refused and answered; false where it cannot be kept, and is still to be relayed.
 */
export async function react(
  context: RegisteredContext,
  room: Room,
  said: Said,
): Promise<boolean> {
  const about = aboutOf(said.clientOnly);
  if (about === null) return false;
  const { from, target } = { from: context.session.user.name, target: about.target };
  try {
    if (about.react !== null) {
      const annotation = { kind: "reaction", target, body: about.react } as const;
      await annotate(context, room, { said, ...annotation });
      return true;
    }
    const emoji = about.unreact;
    if (emoji === null) return false;
    const own = await reactionsOf(context, room, { from, emoji, target });
    for (const sequence of own) {
      const annotation = { kind: "retraction", target: sequence, body: "" } as const;
      await annotate(context, room, { said, ...annotation, reaction: { from, emoji, target } });
    }
    return own.length > 0;
  } catch (error) {
    if (error instanceof RefusedError) refuse(context, said, room.name, error.message);
    else if (isCode(error, "not_found", "bad_text", "not_in_room")) return false;
    else if (error instanceof ChatError) refusePost(context.client, room.name, error);
    else throw error;
    return true;
  }
}

async function annotate(
  { irc, network, session }: RegisteredContext,
  room: Room,
  { said, reaction, ...annotation }: Pick<PostedAnnotation, "kind" | "target" | "body"> & {
    said: Said;
    reaction?: IrcReaction;
  },
): Promise<void> {
  const id = network.newPostId();
  irc.posts.expect(id, { clientOnly: otherTags(said.clientOnly), pieces: null, reaction });
  try {
    await network.chat.annotate(session, { where: { room: room.name }, id, ...annotation });
  } finally {
    irc.posts.forget(id);
  }
}

/** The sequences of one's own reactions with that emoji, the oldest first. */
async function reactionsOf(
  { network, session }: RegisteredContext,
  room: Room,
  { from, emoji, target }: IrcReaction,
): Promise<number[]> {
  const query = { room: room.name, after: target - 1, limit: 1 };
  const { posts, annotations } = await network.chat.reading.history(session, query);
  if (posts[0]?.sequence !== target) return [];
  return annotations.filter((post) =>
    post.kind === "reaction" && post.target === target && post.from === from &&
    post.body === emoji && isOwn(session, post.sequence)
  ).map(({ sequence }) => sequence);
}

/** What was said under a guest's name before the guest had it is somebody else's. */
function isOwn({ user, namedSequence }: Session, sequence: number): boolean {
  return user.account || sequence > namedSequence;
}

async function redact(context: RegisteredContext): Promise<void> {
  const { client, irc, network, session } = context;
  const [target, msgid, reason = ""] = context.params as [string, string, string?];
  if (!client.has("draft/message-redaction")) {
    return client.numeric("ERR_UNKNOWNCOMMAND", ["REDACT"]);
  }
  const fail = (code: keyof typeof failures, text: string = failures[code]) => {
    const words = code === "INVALID_TARGET" ? [] : [cutBytes(shown(msgid), shownIdBytesMax)];
    client.fail("REDACT", code, [cutBytes(shown(target), shownIdBytesMax), ...words], text);
  };
  const where = await placeOf(context, target);
  if (where === null) return fail("INVALID_TARGET");
  const sequence = sequenceOf(msgid);
  if (sequence === null) return fail("UNKNOWN_MSGID");
  const id = network.newPostId();
  const extras = { clientOnly: "", pieces: null, reason: harmlessText(reason, reasonBytesMax) };
  irc.posts.expect(id, extras);
  try {
    const annotation = { id, kind: "retraction", target: sequence, body: "" } as const;
    await network.chat.annotate(session, { where, ...annotation });
  } catch (error) {
    if (isCode(error, "not_found")) return fail("UNKNOWN_MSGID");
    if (isCode(error, "forbidden")) return fail("REDACT_FORBIDDEN", error.message);
    if (isCode(error, "not_in_room", "no_such_room")) return fail("INVALID_TARGET");
    throw error;
  } finally {
    irc.posts.forget(id);
  }
}

/** Codes of the specification. REDACT_WINDOW_EXPIRED is not among them: what was said can be taken back at any time. */
const failures = {
  INVALID_TARGET: "You cannot take anything back there",
  UNKNOWN_MSGID: "There is no such message here",
  REDACT_FORBIDDEN: "You may not take that back",
} as const satisfies Record<string, string>;

/** Where something is to be taken back; null where the client is not, whether that is there or not. */
async function placeOf(
  context: RegisteredContext,
  target: string,
): Promise<PostedAnnotation["where"] | null> {
  if (target.startsWith("#")) {
    const room = roomTarget(context, target);
    const isThere = room !== null && mayTakeBack(actorOf(context.session, room)) === null;
    return isThere ? { room: room.name } : null;
  }
  const found = findHere(context, target) ?? await findUser(context, target);
  return found === null ? null : { with: found.user };
}

function isCode(error: unknown, ...codes: ErrorCode[]): error is ChatError {
  return error instanceof ChatError && codes.includes(error.code);
}

/** Rows of the commands of this module. */
export const annotationRows: Rows = { REDACT: registered(2, redact) };
