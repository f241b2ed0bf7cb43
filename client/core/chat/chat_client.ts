/**
 * The headless client: signs in, posts, reads, and stays connected. Bots, tests and both user interfaces stand on it.
 *
 * What it promises: a post whose promise resolved is stored; one that was under way when the connection broke is sent
 * again under the same id, so it is stored once. Events come in the order of the server's sequence, each once, also
 * across reconnects: what was missed comes before what is new.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { foldPeerName } from "../../../protocol/names/guest_names.ts";
import type {
  Post,
  ReplyOf,
  RequestInputOf,
  ServerEvent,
} from "../../../protocol/wire/messages.ts";
import { parseRoomName } from "../../../protocol/names/names.ts";
import { newPostId } from "../../../protocol/wire/post_id.ts";
import { backoffMs } from "../link/backoff.ts";
import { CatchUp } from "./catch_up.ts";
import {
  beginPasswordChange,
  type PasswordChange,
  type PasswordChanged,
  type PasswordChangeOptions,
} from "../e2e/change_password.ts";
import type { ChatClientOptions, ClientEvent } from "./client_types.ts";
import { EventPipe } from "./event_pipe.ts";
import { ServerLink } from "../link/server_link.ts";
import type { Link } from "../link/link.ts";
import { allNames, allRooms } from "./lists.ts";
import { countMissed, type Missed } from "./missed.ts";
import { endSession, type OwnSession, ownSessions } from "./own_sessions.ts";
import { isPrivate, readableView, type ShownPage, type ShownPost } from "../e2e/message_view.ts";
import type { Protection } from "../e2e/peer_keys.ts";
import { patiently } from "../link/patience.ts";
import { PrivateMessages } from "../e2e/private_messages.ts";
import { PrivateState } from "../e2e/private_state.ts";
import { SendQueue } from "./send_queue.ts";
import type { Sendable, Sent } from "../link/sendable.ts";
import { ReadPosition } from "./read_position.ts";
import type { Adopter } from "../link/open_link.ts";
import {
  asChatError,
  isFinal,
  openSignedIn,
  type SignedInLink,
  type Welcome,
} from "../link/signed_in_link.ts";

export type { ChatClientOptions, ClientEvent } from "./client_types.ts";
export type { MessageView, ShownPage, ShownPost } from "../e2e/message_view.ts";
export type { Protection } from "../e2e/peer_keys.ts";
export type { Welcome } from "../link/signed_in_link.ts";

/** A signed-in client. Made by {@linkcode ChatClient.open}. */
export class ChatClient {
  /** The account's name as it is shown. */
  readonly name: string;
  /** What the server said at the first sign-in. */
  readonly welcome: Welcome;
  readonly #options: ChatClientOptions;
  readonly #queue: SendQueue;
  readonly #aborter = new AbortController();
  readonly #line: ServerLink;
  readonly #pipe: EventPipe<ClientEvent>;
  readonly #state: PrivateState;
  #private: PrivateMessages | null = null;
  #catchUp: CatchUp;
  readonly #read: ReadPosition;
  #ended: ChatError | null = null;
  /** Whether something was given up that was not stored. */
  #gaveUp = false;

  private constructor(options: ChatClientOptions, first: SignedInLink, state: PrivateState) {
    this.#options = options;
    this.#line = new ServerLink(first.link, first.channelBinding);
    this.#pipe = new EventPipe(options.onEvent, options.ready);
    this.#state = state;
    this.welcome = first.welcome;
    this.name = first.welcome.name;
    const { readSequence, lastSequence } = first.welcome;
    this.#read = new ReadPosition({
      sequence: readSequence,
      allRead: readSequence >= lastSequence,
      delivered: () => this.#catchUp.sequence,
      send: (sequence) => this.#link.sendRead(sequence),
    });
    this.#queue = new SendQueue((sendable) => this.#transmit(sendable));
    this.#catchUp = new CatchUp(lastSequence, (...shown) => this.#show(...shown));
    this.#catchUp.finish();
  }

  /**
   * Connects and signs in. Where that fails it is not tried again: a wrong host or password should be seen at once. Only
   * where the server asks to slow down, that is done, within `patienceMs`.
   *
   * @param options See {@linkcode ChatClientOptions}.
   * @param signedIn A link that is signed in already, if there is one. It is closed where this fails.
   * @throws {ConnectError} No connection could be made.
   * @throws {UntrustedServerError} It is not the right server.
   * @throws {ChatError} See `signIn`.
   */
  static async open(options: ChatClientOptions, signedIn?: SignedInLink): Promise<ChatClient> {
    const state = await PrivateState.open(options.memory).catch((error) => {
      signedIn?.link.close();
      throw error;
    });
    const first = signedIn ?? await patiently(
      () => openSignedIn(options, new AbortController().signal),
      { patienceMs: options.patienceMs ?? 0 },
    );
    const client = new ChatClient(options, first, state);
    try {
      await client.#openKeys(first.welcome);
    } catch (error) {
      first.link.close();
      throw error;
    }
    options.credentials.forgetPassword();
    first.adopt(client.#adopter((error) => client.#lost(error)));
    return client;
  }

  async #openKeys({ identity }: Welcome): Promise<void> {
    const options = {
      credentials: this.#options.credentials,
      line: this.#line,
      state: this.#state,
      transmit: (content: RequestInputOf<"private">) => this.#enqueue({ type: "private", content }),
      notice: (peer: string | null, text: string) =>
        this.#options.onEvent({ type: "notice", peer, text }),
      nowMs: this.#options.nowMs ?? (() => performance.now()),
    };
    this.#private = await PrivateMessages.open(options, identity);
  }

  get #link(): Link {
    return this.#line.link;
  }

  get #keys(): PrivateMessages {
    if (this.#private === null) throw new Error("Broken assumption: keys are opened at first.");
    return this.#private;
  }

  /** Whether the connection is there at the moment. */
  get online(): boolean {
    return !this.#link.closed;
  }

  /** Whether the client has ended: nothing is sent any more. */
  get ended(): boolean {
    return this.#ended !== null;
  }

  /** How many posts wait for their acknowledgement. */
  get unacknowledged(): number {
    return this.#queue.size + this.#keys.waiting;
  }

  /**
   * Posts to a room.
   *
   * @param room Its name with the `#`.
   * @param text At most `textBytesMax` bytes.
   * @param id The post's id; a new one where not given.
   * @return When the post is stored, however often the connection breaks until then.
   * @throws {ChatError} What the server answered, or why the client has ended.
   */
  post(room: string, text: string, id: string = newPostId(Date.now())): Promise<Sent> {
    return this.#enqueue({ type: "post", content: { room, text, postId: id } });
  }

  /**
   * Sends a private message, end-to-end encrypted; see {@linkcode ChatClient.post}. The result tells whether the recipient is
   * `online`. An id must not be used twice: the same text is never sealed to the same bytes.
   *
   * @param to The recipient's name.
   * @throws {ChatError} Also `key_changed`: nothing is sent until the person calls {@linkcode ChatClient.verify} or
   * {@linkcode ChatClient.trust}; and `not_encrypted`: the peer has no keys and nothing is sent until the person has agreed
   * once, by {@linkcode ChatClient.allowReadable}. The messages of both say so, for people.
   */
  async sendPrivate(
    to: string,
    text: string,
    id: string = newPostId(Date.now()),
  ): Promise<Sent> {
    if (this.#ended !== null) throw this.#ended;
    return await this.#keys.send(to, text, id);
  }

  /**
   * How the conversation with a peer is protected: `verified`, `encrypted` (but nobody compared the keys), `readable` by the
   * server, because the peer's program has no keys, or `changed`: nothing is sent until the person decides.
   *
   * @throws {ChatError} `no_such_user`, `bad_proof` where the server gives a forged key.
   */
  async protection(name: string): Promise<Protection> {
    return await this.#keys.peers.protection(name);
  }

  /**
   * The safety number to compare with a peer: 60 digits in groups of five, the same at both ends.
   *
   * @throws {ChatError} `no_such_user`, `not_found` where there are no keys, `bad_name` for oneself.
   */
  async safetyNumber(name: string): Promise<{ name: string; number: string; verified: boolean }> {
    return await this.#keys.peers.safetyNumber(name);
  }

  /** The person has compared this number: the peer is marked as verified, on all machines. */
  async verify(name: string, number: string): Promise<void> {
    await this.#keys.peers.verify(name, number);
  }

  /** The person accepts a peer's changed key. @return False where it has not changed. */
  async trust(name: string): Promise<boolean> {
    return await this.#keys.trust(name);
  }

  /** The person agrees that the server can read what is sent to a peer without keys. Asked once for each peer. */
  async allowReadable(name: string): Promise<void> {
    await this.#keys.peers.allowReadable(name);
  }

  /**
   * Changes the account's password. Its other sessions end with `sign_in_refused`, and the person signs in with the new
   * password; those that are kept, when they lose their connection.
   *
   * @return How many other sessions were ended; undefined where the server is older and ends none.
   * @throws {ChatError} `bad_text`: the new one cannot be a password; `sign_in_refused`: the old one is wrong.
   */
  async changePassword(
    passwords: { readonly old: string; readonly new: string },
    options: PasswordChangeOptions = {},
  ): Promise<number | undefined> {
    const change = await this.beginPasswordChange(passwords.old);
    return (await change(passwords.new, options)).ended;
  }

  /**
   * The first half of {@linkcode ChatClient.changePassword}, for interfaces that ask for the new password afterwards.
   *
   * @return What takes the new password.
   * @throws {ChatError} `sign_in_refused`: the old one is wrong.
   */
  async beginPasswordChange(old: string): Promise<PasswordChange> {
    const change = await beginPasswordChange(this.#line, this.#options.credentials, old);
    return async (fresh, options) => {
      const changed: PasswordChanged = await change(fresh, options);
      if (changed.device !== undefined) await this.#options.devices?.save(changed.device);
      return changed;
    };
  }

  /**
   * The sessions of this account, this one among them.
   *
   * @throws {ChatError} `unsupported` where the server is older than this program.
   */
  async sessions(): Promise<OwnSession[]> {
    return await ownSessions(this.#line.request);
  }

  /**
   * Ends another session of this account.
   *
   * @param id As {@linkcode ChatClient.sessions} gives it.
   * @throws {ChatError} `not_found`, `forbidden` for this one, `unsupported` where the server is older than this program.
   */
  async endSession(id: number): Promise<void> {
    await endSession(this.#line.request, id);
  }

  /** A page of history; see docs/protocol.md. Private messages are opened: show `message` of each post. */
  async history(query: RequestInputOf<"history">): Promise<ShownPage> {
    this.#read.noteAsked();
    const { posts, more } = await this.#link.request("history", query);
    return { posts: await this.#keys.page(posts, more, query), more };
  }

  /** A page of what a search finds in rooms. */
  async search(query: RequestInputOf<"search">): Promise<ShownPage> {
    this.#read.noteAsked();
    const { posts, more } = await this.#link.request("search", query);
    return { posts: posts.map((post) => ({ ...post, message: readableView(post) })), more };
  }

  /** How much was missed before this client came; null where the server does not answer. */
  countMissed(): Promise<Missed | null> {
    return countMissed(this.#line.request, this.welcome);
  }

  /** Everyone online, in a room or anywhere. */
  who(room?: string): Promise<string[]> {
    return allNames(this.#line.request, room);
  }

  /** The user of that name; `no_such_user` where there is none. The answer decides whom a message goes to: it is checked. */
  async user(name: string): Promise<ReplyOf<"user">> {
    const reply = await this.#link.request("user", { name });
    if (foldPeerName(reply.name) === foldPeerName(name)) return reply;
    throw new ChatError(
      "bad_proof",
      "The server answered about a different user than the one asked for.",
    );
  }

  /** Every room. */
  rooms(): Promise<ReplyOf<"rooms">["rooms"]> {
    return allRooms(this.#line.request);
  }

  /** Enters a room, which is made if there is none of that name. */
  async join(room: string): Promise<ReplyOf<"join">> {
    const reply = await this.#link.request("join", { room });
    if (parseRoomName(reply.name).nameKey === parseRoomName(room).nameKey) return reply;
    throw new ChatError(
      "bad_proof",
      "The server answered about a different room than the one asked for.",
    );
  }

  /** Leaves a room. */
  async leave(room: string): Promise<void> {
    await this.#link.request("leave", { room });
  }

  /** Sets a room's topic. */
  async setTopic(room: string, topic: string): Promise<void> {
    await this.#link.request("topic", { room, topic });
  }

  /** Asks the server for a sign of life. @return How long it took, in milliseconds. */
  async ping(): Promise<number> {
    const beganMs = performance.now();
    await this.#link.request("ping", {});
    return performance.now() - beganMs;
  }

  /** What was missed before this client came was shown: from now on, what is delivered counts as read. */
  markRead(): void {
    this.#read.markAll();
  }

  /**
   * Everything up to a post was shown. From the first call on only this counts as read, not what is delivered: for
   * interfaces that show one conversation at a time.
   *
   * @param sequence The post's; an older one than before changes nothing.
   */
  markReadUpTo(sequence: number): void {
    this.#read.markUpTo(sequence);
  }

  /**
   * Waits until everything that was posted is stored, signs out and ends.
   *
   * @param timeoutMs How long to wait at the most.
   * @return Whether everything was stored.
   */
  async close(timeoutMs: number): Promise<boolean> {
    const timeout = delay(timeoutMs, { signal: this.#aborter.signal }).catch(() => {});
    const stored = Promise.all([this.#queue.drained(), this.#keys.drained()]);
    await Promise.race([stored, timeout]);
    const complete = this.unacknowledged === 0 && !this.#gaveUp;
    if (this.online && this.#ended === null) {
      this.#read.tell();
      this.#ended = new ChatError("disconnected", "The session has ended.");
      await Promise.race([this.#link.request("sign_out", {}).catch(() => {}), timeout]);
    }
    this.#end(new ChatError("disconnected", "The session has ended."));
    await Promise.all([this.#pipe.drained(), this.#state.close()]);
    return complete;
  }

  #enqueue(sendable: Sendable): Promise<Sent> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return this.#queue.add(sendable, this.online && this.#catchUp.finished);
  }

  async #transmit({ type, content }: Sendable): Promise<Sent> {
    const sent: Sent = type === "post"
      ? await this.#link.request("post", content)
      : await this.#link.request("private", content);
    return sent;
  }

  #adopter(onClosed: (error: ChatError) => void): Adopter {
    return {
      onEvent: (event, bytes) => this.#take(event, bytes),
      onBatch: () => this.#onBatch(),
      onClosed,
      waitingBytes: () => this.#pipe.waitingBytes + this.#catchUp.waitingBytes,
    };
  }

  #show(post: Post, missed: boolean, bytes: number): void {
    const shown = (message: ShownPost["message"]): ClientEvent => {
      return { type: "post", post: { ...post, message }, missed };
    };
    if (!isPrivate(post)) return this.#pipe.push(shown(readableView(post)), bytes);
    this.#pipe.pushLater(async () => shown(await this.#keys.live(post)), bytes);
  }

  #take(event: ServerEvent, bytes: number): void {
    switch (event.event) {
      case "post":
        return this.#catchUp.take(event.content.post, bytes);
      case "probe":
        return this.#link.sendRead(this.#read.sequence);
      case "presence":
      case "members":
      case "topic":
      case "joined":
      case "left":
      case "invited":
      case "read":
        return this.#pipe.push({ type: event.event, ...event.content } as ClientEvent, bytes);
      case "closing":
        // Coming back would be against the will of whoever ended this session.
        if (event.content.final) this.#end(new ChatError("sign_in_refused", event.content.reason));
        return;
      default:
        // Hello and error come with the end or the beginning of a link, which are told in other ways.
    }
  }

  #onBatch(): void {
    if (this.#ended === null) this.#read.onBatch(this.#queue.lastSentMs);
  }

  #lost(error: ChatError): void {
    this.#read.stop();
    if (this.#ended !== null) return;
    this.#catchUp.begin();
    this.#reconnect(error).catch((final: unknown) => this.#end(asChatError(final)));
  }

  /** Tries with full jitter until it is back, told to stop, or has tried for long enough. */
  async #reconnect(reason: ChatError): Promise<void> {
    const { giveUpAfterMs = Infinity, random = Math.random } = this.#options;
    const beganMs = performance.now();
    for (let attempt = 0, last = reason;; attempt++) {
      const leftMs = giveUpAfterMs - (performance.now() - beganMs);
      if (leftMs <= 0) throw last;
      const wantedMs = Math.max(backoffMs(attempt, random), last.retryAfterMs ?? 0);
      const retryMs = Math.min(wantedMs, leftMs);
      this.#pipe.push({ type: "offline", reason: last.message, retryMs }, 0);
      await delay(retryMs, { signal: this.#aborter.signal }).catch(() => {});
      if (this.#ended !== null) return;
      try {
        return await this.#resume(await openSignedIn(this.#options, this.#aborter.signal));
      } catch (error) {
        if (isFinal(error)) throw error;
        last = error as ChatError;
      }
    }
  }

  /** Fetches what was missed, then lets live events through, then sends again what was not acknowledged. */
  async #resume(next: SignedInLink): Promise<void> {
    if (this.#ended !== null) return next.link.close();
    this.#line.replace(next.link, next.channelBinding);
    let lost: ChatError | null = null;
    next.adopt(this.#adopter((error) => {
      if (this.#catchUp.finished) this.#lost(error);
      else lost = error;
    }));
    try {
      await this.#keys.resumed(next.welcome.identity);
      await this.#fetchMissed(next.welcome.lastSequence);
    } catch (error) {
      next.link.close();
      throw error;
    }
    if (lost !== null) throw lost;
    this.#catchUp.finish();
    this.#pipe.push({ type: "online", again: true }, 0);
    this.#queue.sendAgain();
  }

  async #fetchMissed(lastSequence: number): Promise<void> {
    let more = this.#catchUp.sequence < lastSequence;
    while (more) {
      const after = this.#catchUp.sequence;
      const page = await this.#link.request("history", { after, limit: 100 });
      for (const post of page.posts) this.#catchUp.takeMissed(post);
      await this.#pipe.drained();
      more = page.more && this.#catchUp.sequence > after;
    }
  }

  #end(error: ChatError): void {
    const first = !this.#aborter.signal.aborted;
    this.#ended ??= error;
    this.#gaveUp ||= this.unacknowledged > 0;
    this.#aborter.abort();
    this.#link.close(error);
    this.#line.end(error);
    this.#queue.rejectAll(error);
    if (first) this.#pipe.push({ type: "ended", error }, 0);
  }
}
