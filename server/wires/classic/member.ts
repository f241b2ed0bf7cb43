/**
 * A classic client that is signed in: how it is told of posts.
 *
 * @module
 */
import { classicBodyBytesMax, queueBytesMax } from "../../../protocol/wire/limits.ts";
import type { Chat } from "../../heart/chat.ts";
import type { Session, SessionEvent, User } from "../../heart/session.ts";
import type { StoredPost } from "../../storage/post_storage.ts";
import { type PublicKey, sealedTextBytesMax, sealEnvelope } from "./envelope.ts";
import { classicText, pieces } from "./lines.ts";
import { envelopeFor } from "./sealed_body.ts";
import type { ClassicClient, SignedIn } from "./state.ts";

const sealedElsewhere = "(an encrypted private message, which waits for another of your clients)";

/** What a member is made with. */
export interface MemberOptions {
  readonly client: ClassicClient;
  readonly user: User;
  /** The client's own key. */
  readonly key: PublicKey;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** A classic client that is signed in. */
export class Member implements SignedIn {
  readonly client: ClassicClient;
  readonly key: PublicKey;
  readonly session: Session;
  /** The last name of the list of names that was sent, where not all of them found room. */
  listedUpTo: string | undefined = undefined;
  readonly #nowMs: () => number;
  #sealing: Promise<void> = Promise.resolve();
  #waitingBytes = 0;

  /**
   * Enters the chat, in no room yet: a classic client follows the lobby only, because it cannot tell rooms apart.
   *
   * @param chat The heart.
   * @param options See {@linkcode MemberOptions}.
   */
  constructor(chat: Chat, { client, user, key, nowMs }: MemberOptions) {
    this.client = client;
    this.key = key;
    this.#nowMs = nowMs;
    const deliver = (event: SessionEvent) => this.#deliver(event);
    this.session = chat.connect(user, { followsAccount: false, deliver, connection: client });
  }

  /** See {@linkcode SignedIn.sealed}. */
  sealed(): Promise<void> {
    return this.#sealing;
  }

  #deliver(event: SessionEvent): void {
    if (event.type !== "post") return;
    const { post, origin } = event;
    if (post.roomId === null) return this.#deliverPrivate(post);
    if (origin === this.session.id) return;
    for (const piece of pieces("", classicText(post), classicBodyBytesMax)) {
      this.client.tell("BM", piece);
    }
  }

  #deliverPrivate(post: StoredPost): void {
    // What this account sent itself, from here or from another client, was not received.
    if (post.to !== this.session.user.name) return;
    if (post.kind !== "sealed") {
      return this.#tellSealed(`${post.from} (not end-to-end encrypted): `, classicText(post));
    }
    const envelope = envelopeFor(post.body, this.key.id);
    if (envelope === null) this.#tellSealed(`${post.from}: `, sealedElsewhere);
    else this.client.tell("PM", envelope);
  }

  /** Sealing takes a moment, so it is done in a queue of its own, bounded like the one toward the socket. */
  #tellSealed(prefix: string, text: string): void {
    this.#waitingBytes += text.length;
    if (this.#waitingBytes > queueBytesMax) return this.client.cut("queue_full");
    this.#sealing = this.#sealing
      .then(async () => {
        for (const piece of pieces(prefix, text, sealedTextBytesMax)) {
          if (this.client.closed) return;
          this.client.tell("PM", await sealEnvelope(piece, this.key, this.#nowMs()));
        }
        this.#waitingBytes -= text.length;
      })
      .catch((error) => this.client.failed(error));
  }
}

/** The classic clients that are signed in, by session. */
export class Members {
  readonly #bySession = new Map<Session, Member>();

  /** Takes one in. */
  add(member: Member): void {
    this.#bySession.set(member.session, member);
  }

  /** Lets one go. */
  remove(session: Session): void {
    this.#bySession.delete(session);
  }

  /** Whether it is still here. */
  has(member: Member): boolean {
    return this.#bySession.has(member.session);
  }

  /**
   * The one place where somebody is, if that is a classic client: only then a message sealed with its key reaches
   * everyone whom it should reach.
   *
   * @param sessions The sessions of a user.
   */
  only(sessions: ReadonlySet<Session>): Member | null {
    if (sessions.size !== 1) return null;
    const [session] = sessions;
    return this.#bySession.get(session!) ?? null;
  }
}
