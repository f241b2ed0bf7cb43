/**
 * The only way of a post: to the log, and when it has its place there, in that order to the sessions, then back to its sender.
 *
 * @module
 */
import type { Allowances } from "../common/allowances.ts";
import { assert } from "../common/assert.ts";
import { ChatError, type ErrorCode } from "../../protocol/wire/errors.ts";
import { checkAnnotation, checkSaid } from "../../protocol/content.ts";
import { editsPerPostMax } from "../../protocol/wire/limits.ts";
import type { AnnotationKind, PostKind } from "../../protocol/wire/post_kinds.ts";
import { foldPeerName, guestPrefix } from "../../protocol/names/guest_names.ts";
import { checkText } from "../../protocol/text/text_rules.ts";
import { isModerator, maySpeak, mayTakeBack } from "../storage/policy.ts";
import type { Presence } from "./presence.ts";
import { requireAllowed } from "./refused.ts";
import type { Rooms } from "./rooms.ts";
import { actorOf } from "./asking.ts";
import { requireLive, type Session, type SessionEvent, type User } from "./session.ts";
import { throwTranslated } from "../storage/store_errors.ts";
import type { CommandLog } from "../storage/command_log.ts";
import type { AnnotationCommand, OutcomeOf, PostCommand, PostDone } from "../storage/commands.ts";

/** What a sender gets for a post. */
export interface Posted {
  readonly sequence: number;
  readonly timeMs: number;
}

/** What a sender gets for a private message. */
export interface PrivatelyPosted extends Posted {
  /** Whether the recipient is here. */
  readonly online: boolean;
  /** Whether with a program that can show the message. */
  readonly readable: boolean;
}

/** A post to a room, as a wire hands it in. */
export interface PostToRoom {
  readonly room: string;
  /** Matches `postIdPattern`; the wire has checked it. */
  readonly id: string;
  readonly kind: PostKind;
  readonly body: string;
}

/** A private message, as a wire hands it in. */
export interface PrivateMessage {
  readonly id: string;
  /** `sealed` has an opaque body; what is of another kind can be read by the server. */
  readonly kind: PostKind;
  readonly body: string;
}

/** Something about an earlier post of a room, or of the conversation with somebody, as a wire hands it in. */
export interface PostedAnnotation {
  /** The name of a room, or the other end. */
  readonly where: { readonly room: string } | { readonly with: User };
  readonly id: string;
  readonly kind: AnnotationKind;
  /** The sequence of the earlier post. */
  readonly target: number;
  readonly body: string;
}

/** What posting works on. */
export interface PostingOptions {
  readonly log: CommandLog;
  readonly rooms: Rooms;
  readonly presence: Presence;
  readonly allowances: Allowances;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** The newest sequence that is stored. */
  readonly lastSequence: number;
}

/** Takes posts, and tells them. */
export class Posting {
  readonly #options: PostingOptions;
  #lastSequence: number;

  /** @param options See {@linkcode PostingOptions}. */
  constructor(options: PostingOptions) {
    this.#options = options;
    this.#lastSequence = options.lastSequence;
    options.log.watch({
      post: (post, done, origin) => this.#tell(post, done, origin),
      annotation: (post, done, origin) => this.#tell(post, done, origin),
    });
  }

  /** The newest sequence that was told to anyone. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** See `Chat.post`. */
  post(session: Session, post: PostToRoom): Promise<Posted> {
    try {
      return this.#submit(session, this.#roomCommand(session, post)).then(
        postedOf,
        throwTranslated,
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** See `Chat.sendPrivate`. */
  sendPrivate(session: Session, to: User, message: PrivateMessage): Promise<PrivatelyPosted> {
    try {
      const command = this.#privateCommand(session, to, message);
      return this.#submit(session, command).then(
        (outcome) => this.#sentOf(postedOf(outcome), to, message.kind),
        throwTranslated,
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** See `Chat.annotate`. */
  annotate(session: Session, annotation: PostedAnnotation): Promise<Posted> {
    try {
      return this.#options.log.submit(this.#annotationCommand(session, annotation), session.id)
        .then(postedOf, throwTranslated);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #submit(session: Session, command: PostCommand): Promise<OutcomeOf<"post">> {
    return this.#options.log.submit(command, session.id);
  }

  #roomCommand(session: Session, post: PostToRoom): PostCommand {
    requireLive(session);
    this.#options.allowances.takePost(session, post.body);
    const room = this.#options.rooms.get(post.room);
    requireAllowed(maySpeak(actorOf(session, room), room));
    return {
      type: "post",
      version: post.kind === "file" ? 2 : 1,
      destination: { roomId: room.id },
      from: session.user.name,
      to: room.name,
      id: post.id,
      timeMs: this.#options.nowMs(),
      kind: post.kind,
      body: checkSaid(post.kind, post.body),
    };
  }

  #privateCommand(session: Session, to: User, message: PrivateMessage): PostCommand {
    requireLive(session);
    this.#options.allowances.takePost(session, message.body);
    return {
      type: "post",
      version: 1,
      destination: { between: [session.user.nameKey, to.nameKey] },
      from: session.user.name,
      to: to.name,
      id: message.id,
      timeMs: this.#options.nowMs(),
      kind: message.kind,
      body: message.kind === "sealed" ? message.body : checkText(message.body),
    };
  }

  #annotationCommand(session: Session, annotation: PostedAnnotation): AnnotationCommand {
    requireLive(session);
    const { where, id, kind, target, body } = annotation;
    this.#options.allowances.takePost(session, body);
    requireOwnName(session, kind, target);
    const place = "room" in where ? this.#inRoom(session, where.room, kind) : {
      destination: { between: [session.user.nameKey, where.with.nameKey] as const },
      to: where.with.name,
      asModerator: false,
    };
    return {
      type: "annotation",
      version: 1,
      ...place,
      from: session.user.name,
      id,
      timeMs: this.#options.nowMs(),
      kind,
      target,
      body: checkAnnotation(kind, body),
    };
  }

  #inRoom(session: Session, name: string, kind: PostedAnnotation["kind"]) {
    const room = this.#options.rooms.get(name);
    const actor = actorOf(session, room);
    requireAllowed(kind === "retraction" ? mayTakeBack(actor) : maySpeak(actor, room));
    const asModerator = isModerator(actor, room.law);
    return { destination: { roomId: room.id }, to: room.name, asModerator };
  }

  #sentOf({ sequence, timeMs }: Posted, to: User, kind: PostKind): PrivatelyPosted {
    const sessions = this.#options.presence.sessions(to.nameKey);
    let readable = false;
    for (const { opensSealed } of sessions) readable ||= opensSealed || kind !== "sealed";
    return { sequence, timeMs, online: sessions.size > 0, readable };
  }

  /** A post was stored, whoever has sent it. */
  #tell(
    command: PostCommand | AnnotationCommand,
    { sequence, timeMs }: PostDone,
    origin: number,
  ): void {
    assert(sequence > this.#lastSequence, "posts are told in the order of their sequences");
    this.#lastSequence = sequence;
    const { destination, from, to, id, kind, body } = command;
    const sender = this.#options.presence.session(origin);
    if (sender !== undefined) sender.activeMs = timeMs;
    if (from.startsWith(guestPrefix)) this.#noteGuest(from, origin, sequence);
    const roomId = "roomId" in destination ? destination.roomId : null;
    const stored = { sequence, roomId, from, to, id, timeMs, kind, body };
    const post = "target" in command ? { ...stored, target: command.target } : stored;
    const event: SessionEvent = { type: "post", post, origin };
    for (const session of this.#recipients(command)) session.deliver(event);
  }

  /** It was under way while its guest left, and another one took the name: it is not the other one's. */
  #noteGuest(name: string, origin: number, sequence: number): void {
    for (const session of this.#options.presence.sessions(foldPeerName(name))) {
      if (session.id !== origin) session.namedSequence = sequence;
    }
  }

  #recipients({ destination }: PostCommand | AnnotationCommand): Iterable<Session> {
    const { rooms, presence } = this.#options;
    if ("roomId" in destination) return rooms.byId(destination.roomId).sessions;
    const [from, to] = destination.between;
    if (from === to) return presence.sessions(to);
    return [...presence.sessions(to), ...presence.sessions(from)];
  }
}

/** Guests have their names for as long as they are here: what was said under one before is somebody else's. */
function requireOwnName(session: Session, kind: PostedAnnotation["kind"], target: number): void {
  const isOwn = session.user.account || target > session.namedSequence;
  if (isOwn || (kind !== "edit" && kind !== "retraction")) return;
  throw new ChatError("forbidden", refusals.not_yours[1]);
}

function postedOf(outcome: OutcomeOf<"post" | "annotation">): Posted {
  if (outcome.refused === null) return { sequence: outcome.sequence, timeMs: outcome.timeMs };
  throw new ChatError(...refusals[outcome.refused]);
}

type PostRefusal = Exclude<OutcomeOf<"post" | "annotation">["refused"], null>;

/** What somebody is told whose post was not stored. */
const refusals: { readonly [Refusal in PostRefusal]: readonly [ErrorCode, string] } = {
  id_reused: ["id_reused", "That id was used for another message."],
  no_such_room: ["no_such_room", "There is no room with that name. Joining it creates it."],
  no_such_post: ["not_found", "There is no such message here."],
  taken_back: ["not_found", "That message was taken back."],
  not_yours: ["forbidden", "Only the author of a message can change it or take it back."],
  too_many_edits: [
    "too_many",
    `That message was changed ${editsPerPostMax} times already. Write a new one.`,
  ],
};
