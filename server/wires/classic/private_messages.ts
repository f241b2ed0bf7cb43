/**
 * Private messages of classic clients. To someone who is here with one classic client and nothing else, a message passes
 * sealed with that client's key. For everyone else the client gets the server's key, and the server opens the message.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { classicBodyBytesMax } from "../../../protocol/wire/limits.ts";
import { newPostId } from "../../../protocol/wire/post_id.ts";
import type { Chat } from "../../heart/chat.ts";
import type { User } from "../../heart/session.ts";
import { openEnvelope, type PublicKey } from "./envelope.ts";
import type { Member, Members } from "./member.ts";
import { makeSealedBody } from "./sealed_body.ts";
import type { ServerKey } from "./server_key.ts";
import { readText } from "./state.ts";

/** Who a message is for, as it was when the sender was given a key. */
export interface Recipient {
  /** Null where nobody has that name, an error where that could not be found out. */
  readonly user: User | ChatError | null;
  /** The client whose key it is; null where it is the server's. */
  readonly member: Member | null;
  /** What the message is to be sealed with. */
  readonly key: PublicKey;
}

/** What private messages work on. */
export interface ClassicPrivateMessagesOptions {
  readonly chat: Chat;
  readonly members: Members;
  readonly serverKey: ServerKey;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Finds recipients and sends to them. */
export class ClassicPrivateMessages {
  readonly #options: ClassicPrivateMessagesOptions;

  /** @param options See {@linkcode ClassicPrivateMessagesOptions}. */
  constructor(options: ClassicPrivateMessagesOptions) {
    this.#options = options;
  }

  /**
   * Who a message is for. Also for a name that nobody has there is a key: the client waits for one.
   *
   * @param content The name, as the client sent it.
   * @throws {ChatError} never; other errors where the store is wrong about itself.
   */
  async recipient(content: Uint8Array<ArrayBuffer>): Promise<Recipient> {
    const { chat, members, serverKey } = this.#options;
    const user = await this.#find(content);
    const isUser = user !== null && !(user instanceof ChatError);
    const member = isUser ? members.only(chat.presence.sessions(user.nameKey)) : null;
    return { user, member, key: member?.key ?? serverKey.publicKey };
  }

  async #find(content: Uint8Array<ArrayBuffer>): Promise<User | ChatError | null> {
    try {
      return await this.#options.chat.user(readText(content));
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      return error.code === "storage_failed" ? error : null;
    }
  }

  /**
   * Sends a message.
   *
   * @param from Who sends it.
   * @param recipient Who it is for.
   * @param envelope What the client sealed.
   * @return Whether it was sent; false where the recipient is not online.
   * @throws {ChatError} `bad_message`, `bad_text`, `storage_failed`.
   */
  async send(from: Member, recipient: Recipient, envelope: string): Promise<boolean> {
    const { chat, members } = this.#options;
    const { user, member } = recipient;
    if (user instanceof ChatError) throw user;
    if (user === null || !chat.presence.isOnline(user.nameKey)) return false;
    // Sealed for a client that has gone: nobody could open it.
    if (member !== null && !members.has(member)) return false;
    const message = member === null
      ? await this.#open(envelope)
      : { kind: "sealed" as const, body: sealedBody(member, envelope) };
    await chat.sendPrivate(from.session, user, {
      id: newPostId(this.#options.nowMs()),
      ...message,
    });
    return true;
  }

  async #open(envelope: string): Promise<{ kind: "text"; body: string }> {
    return { kind: "text", body: await openEnvelope(envelope, this.#options.serverKey.privateKey) };
  }
}

function sealedBody(member: Member, envelope: string): string {
  if (envelope.length > classicBodyBytesMax) {
    const message = "It is too long to be passed on as it is sealed. Write it in shorter ones.";
    throw new ChatError("bad_text", message);
  }
  return makeSealedBody(member.key.id, envelope);
}

/**
 * The names to choose from. The classic client asks for ever where there is none: who is alone gets the own name, and can
 * write to it. Where not all find room, the rest is in the next list.
 *
 * @param chat The heart.
 * @param member Who asks.
 */
export function listNames(chat: Chat, member: Member): string {
  const own = member.session.user.name;
  const others = chat.reading.who(member.session, undefined, member.listedUpTo)
    .names.filter((name) => name !== own);
  const listed = others.length === 0 && member.listedUpTo !== undefined
    ? chat.reading.who(member.session).names.filter((name) => name !== own)
    : others;
  let list = "";
  for (const name of listed) {
    const longer = list === "" ? name : `${list} ${name}`;
    if (new TextEncoder().encode(longer).length > classicBodyBytesMax) return list;
    list = longer;
    member.listedUpTo = name;
  }
  member.listedUpTo = undefined;
  return list === "" ? own : list;
}
