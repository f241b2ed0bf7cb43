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
import { ChatError } from "../protocol/errors.ts";
import type {
  EventOf,
  Post,
  PostPage,
  ReplyOf,
  RequestInputOf,
  ServerEvent,
} from "../protocol/messages.ts";
import { newPostId } from "../protocol/post_id.ts";
import { backoffMs } from "./backoff.ts";
import { CatchUp } from "./catch_up.ts";
import type { ServerConnection } from "./connection.ts";
import type { Credentials } from "./credentials.ts";
import type { DeviceStore } from "./device_store.ts";
import { Link } from "./link.ts";
import { type Sendable, SendQueue, type Sent } from "./send_queue.ts";
import { signIn } from "./sign_in.ts";
import { UntrustedServerError } from "./trust.ts";

/** What a client tells whoever uses it. */
export type ClientEvent =
  /** A post, one's own too. `missed` marks those that were fetched after a reconnect. */
  | { readonly type: "post"; readonly post: Post; readonly missed: boolean }
  | ({ readonly type: "presence" } & EventOf<"presence">)
  | ({ readonly type: "members" } & EventOf<"members">)
  | ({ readonly type: "topic" } & EventOf<"topic">)
  | ({ readonly type: "joined" } & EventOf<"joined">)
  | ({ readonly type: "left" } & EventOf<"left">)
  /** The connection is there (again). */
  | { readonly type: "online"; readonly again: boolean }
  /** The connection was lost; the next try is after `retryMs`. */
  | { readonly type: "offline"; readonly reason: string; readonly retryMs: number }
  /** It is over, and no further try will be made. */
  | { readonly type: "ended"; readonly error: ChatError };

/** What a client is made with. */
export interface ChatClientOptions {
  readonly credentials: Credentials;
  /** Makes a connection to the server: `openConnection` with its trust. */
  readonly connect: (signal: AbortSignal) => Promise<ServerConnection>;
  /** Takes each event, in order. Must not throw. */
  readonly onEvent: (event: ClientEvent) => void;
  /** Keeps what tells the server that this machine signed in before. */
  readonly devices?: DeviceStore;
  /** For how long a lost connection is tried to be made again; for ever where not given. */
  readonly giveUpAfterMs?: number | undefined;
  /** How long a reply may take. */
  readonly replyTimeoutMs?: number;
  /** A number from 0 up to 1. */
  readonly random?: () => number;
}

/** What the server says of the account at sign-in. */
export type Welcome = ReplyOf<"sign_in_proof">;

/** How long after its last post a client answers every read with a frame; see {@linkcode ChatClient} `#onBatch`. */
const interactiveMs = 5_000;
/** How often a client that only listens says how far it has read. */
const readIntervalMs = 10_000;

/** A signed-in client. Made by {@linkcode ChatClient.open}. */
export class ChatClient {
  /** The account's name as it is shown. */
  readonly name: string;
  /** What the server said at the first sign-in. */
  readonly welcome: Welcome;
  readonly #options: ChatClientOptions;
  readonly #queue: SendQueue;
  readonly #aborter = new AbortController();
  #link: Link;
  #catchUp: CatchUp;
  /** How far everything was shown, as far as the server is to know. Stands still while something older is unread. */
  #readSequence: number;
  #allRead: boolean;
  #readTimer: ReturnType<typeof setTimeout> | null = null;
  #ended: ChatError | null = null;

  private constructor(options: ChatClientOptions, first: SignedInLink) {
    this.#options = options;
    this.#link = first.link;
    this.welcome = first.welcome;
    this.name = first.welcome.name;
    const { readSequence, lastSequence } = first.welcome;
    this.#readSequence = readSequence;
    this.#allRead = readSequence >= lastSequence;
    this.#queue = new SendQueue((sendable) => this.#transmit(sendable));
    this.#catchUp = new CatchUp(lastSequence, (post, missed) => {
      options.onEvent({ type: "post", post, missed });
    });
    first.adopt((event) => this.#take(event), () => this.#onBatch(), (error) => this.#lost(error));
    this.#catchUp.finish();
  }

  /**
   * Connects and signs in. The first try is the only one: a wrong host or password should be seen at once.
   *
   * @param options See {@linkcode ChatClientOptions}.
   * @throws {ConnectError} No connection could be made.
   * @throws {UntrustedServerError} It is not the right server.
   * @throws {ChatError} See `signIn`.
   */
  static async open(options: ChatClientOptions): Promise<ChatClient> {
    const first = await openSignedIn(options, new AbortController().signal);
    return new ChatClient(options, first);
  }

  /** Whether the connection is there at the moment. */
  get online(): boolean {
    return !this.#link.closed;
  }

  /** How many posts wait for their acknowledgement. */
  get unacknowledged(): number {
    return this.#queue.size;
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
   * Sends a private message; see {@linkcode ChatClient.post}. The result tells whether the recipient is `online`.
   *
   * @param to The recipient's name.
   */
  sendPrivate(to: string, text: string, id: string = newPostId(Date.now())): Promise<Sent> {
    return this.#enqueue({
      type: "private",
      content: { to, postId: id, kind: "text", body: text },
    });
  }

  /** A page of history; see docs/protocol.md. */
  history(query: RequestInputOf<"history">): Promise<PostPage> {
    return this.#link.request("history", query);
  }

  /** A page of what a search finds in rooms. */
  search(query: RequestInputOf<"search">): Promise<PostPage> {
    return this.#link.request("search", query);
  }

  /** Everyone online, in a room or anywhere. */
  async who(room?: string): Promise<string[]> {
    const names: string[] = [];
    for (;;) {
      const after = names.at(-1);
      const page = await this.#link.request("who", {
        ...(room === undefined ? {} : { room }),
        ...(after === undefined ? {} : { after }),
      });
      names.push(...page.names);
      if (!page.more || page.names.length === 0) return names;
    }
  }

  /** The user of that name; `no_such_user` where there is none. */
  user(name: string): Promise<ReplyOf<"user">> {
    return this.#link.request("user", { name });
  }

  /** Every room. */
  async rooms(): Promise<ReplyOf<"rooms">["rooms"]> {
    const rooms: ReplyOf<"rooms">["rooms"] = [];
    for (;;) {
      const after = rooms.at(-1)?.name;
      const page = await this.#link.request("rooms", after === undefined ? {} : { after });
      rooms.push(...page.rooms);
      if (!page.more || page.rooms.length === 0) return rooms;
    }
  }

  /** Enters a room, which is made if there is none of that name. */
  join(room: string): Promise<ReplyOf<"join">> {
    return this.#link.request("join", { room });
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
    this.#allRead = true;
    this.#sendRead();
  }

  /**
   * Waits until everything that was posted is stored, signs out and ends.
   *
   * @param timeoutMs How long to wait at the most.
   * @return Whether everything was stored.
   */
  async close(timeoutMs: number): Promise<boolean> {
    const timeout = delay(timeoutMs, { signal: this.#aborter.signal }).catch(() => {});
    await Promise.race([this.#queue.drained(), timeout]);
    const complete = this.#queue.size === 0;
    if (this.online && this.#ended === null) {
      this.#sendRead();
      this.#ended = new ChatError("disconnected", "The session has ended.");
      await Promise.race([this.#link.request("sign_out", {}).catch(() => {}), timeout]);
    }
    this.#end(new ChatError("disconnected", "The session has ended."));
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

  #take(event: ServerEvent): void {
    const { onEvent } = this.#options;
    switch (event.event) {
      case "post":
        return this.#catchUp.take(event.content.post);
      case "probe":
        return this.#link.sendRead(this.#readSequence);
      case "presence":
      case "members":
      case "topic":
      case "joined":
      case "left":
        return onEvent({ type: event.event, ...event.content } as ClientEvent);
      default:
        // Hello, closing and error come with the end or the beginning of a link, which are told in other ways.
    }
  }

  /**
   * The server's TLS has Nagle's algorithm on: its next small write waits for our acknowledgement of the last one, which
   * the kernel of a client that also sends delays by 40 ms, unless data goes out that carries it. So a client that has
   * posted lately answers each read with its read position, which the server wants to know anyway; one that only
   * listens acknowledges at once by itself, and says now and then how far it is.
   */
  #onBatch(): void {
    if (performance.now() - this.#queue.lastSentMs < interactiveMs) return this.#sendRead();
    this.#readTimer ??= setTimeout(() => this.#sendRead(), readIntervalMs);
  }

  #sendRead(): void {
    if (this.#readTimer !== null) clearTimeout(this.#readTimer);
    this.#readTimer = null;
    if (this.#allRead) this.#readSequence = this.#catchUp.sequence;
    this.#link.sendRead(this.#readSequence);
  }

  #lost(error: ChatError): void {
    if (this.#readTimer !== null) clearTimeout(this.#readTimer);
    this.#readTimer = null;
    if (this.#ended !== null) return;
    this.#catchUp.begin();
    this.#reconnect(error).catch((final: ChatError) => this.#end(final));
  }

  /** Tries with full jitter until it is back, told to stop, or has tried for long enough. */
  async #reconnect(reason: ChatError): Promise<void> {
    const { onEvent, giveUpAfterMs = Infinity, random = Math.random } = this.#options;
    const beganMs = performance.now();
    for (let attempt = 0, last = reason;; attempt++) {
      if (performance.now() - beganMs > giveUpAfterMs) throw last;
      const retryMs = Math.max(backoffMs(attempt, random), last.retryAfterMs ?? 0);
      onEvent({ type: "offline", reason: last.message, retryMs });
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
    this.#link = next.link;
    let lost: ChatError | null = null;
    next.adopt((event) => this.#take(event), () => this.#onBatch(), (error) => {
      if (this.#catchUp.finished) this.#lost(error);
      else lost = error;
    });
    let more = this.#catchUp.sequence < next.welcome.lastSequence;
    while (more) {
      const after = this.#catchUp.sequence;
      const page = await this.#link.request("history", { after, limit: 100 });
      for (const post of page.posts) this.#catchUp.takeMissed(post);
      more = page.more && this.#catchUp.sequence > after;
    }
    if (lost !== null) throw lost;
    this.#catchUp.finish();
    this.#options.onEvent({ type: "online", again: true });
    this.#queue.sendAgain();
  }

  #end(error: ChatError): void {
    const first = !this.#aborter.signal.aborted;
    this.#ended ??= error;
    this.#aborter.abort();
    this.#link.close(error);
    this.#queue.rejectAll(error);
    if (first) this.#options.onEvent({ type: "ended", error });
  }
}

/** Trying again cannot help. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof ChatError)) return true;
  return error instanceof UntrustedServerError ||
    ["sign_in_refused", "bad_proof", "no_such_user", "unsupported"].includes(error.code);
}

/** A link that is signed in, and whose events wait for whoever adopts it. */
interface SignedInLink {
  readonly link: Link;
  readonly welcome: Welcome;
  adopt(
    onEvent: (event: ServerEvent) => void,
    onBatch: () => void,
    onClosed: (error: ChatError) => void,
  ): void;
}

async function openSignedIn(
  options: ChatClientOptions,
  signal: AbortSignal,
): Promise<SignedInLink> {
  const { credentials, devices, replyTimeoutMs } = options;
  const { conn, channelBinding } = await options.connect(signal);
  const early: ServerEvent[] = [];
  let onEvent = (event: ServerEvent): void => void early.push(event);
  let onBatch = (): void => {};
  let onClosed = (_error: ChatError): void => {};
  const link = new Link(conn, {
    onEvent: (event) => onEvent(event),
    onBatch: () => onBatch(),
    onClosed: (error) => onClosed(error),
    ...(replyTimeoutMs === undefined ? {} : { replyTimeoutMs }),
  });
  const abort = () => link.close();
  signal.addEventListener("abort", abort, { once: true });
  try {
    const device = await devices?.load();
    const welcome = await signIn(link, credentials, channelBinding, device);
    if (welcome.device !== device) await devices?.save(welcome.device);
    const adopt: SignedInLink["adopt"] = (...handlers) => {
      [onEvent, onBatch, onClosed] = handlers;
      for (const event of early) onEvent(event);
    };
    return { link, welcome, adopt };
  } catch (error) {
    link.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
