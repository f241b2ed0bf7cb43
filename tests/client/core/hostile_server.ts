/**
 * A hostile server on the real protocol: the real one, with somebody between its wire and the client who reads every
 * message and may change, drop, repeat or make up any. It is in the server itself: it holds the server's key, so TLS and
 * channel binding do not keep it out, and everything here is what an operator could do.
 *
 * @module
 */
import {
  ChatClient,
  type ChatClientOptions,
  type ClientEvent,
  type MessageView,
  type ShownPost,
} from "../../../client/core/chat/chat_client.ts";
import type { TextStore } from "../../../client/core/link/text_store.ts";
import type { ServerConnection } from "../../../client/core/link/transport.ts";
import { Credentials } from "../../../client/core/link/credentials.ts";
import { Link } from "../../../client/core/link/link.ts";
import { errorText, inCapitals, remarkText } from "../../../client/talk/remark_text.ts";
import type { ChatError } from "../../../protocol/wire/errors.ts";
import { encodeMessage, FrameDecoder } from "../../../protocol/wire/frame.ts";
import { frameBytesMaxFromServer } from "../../../protocol/wire/limits.ts";
import type { Message } from "../../fixtures/peer.ts";
import { makePipe, type PipeEnd } from "../../fixtures/pipe.ts";
import { credentialsOfEveryone, passwordOfEveryone } from "../../fixtures/accounts.ts";
import { binding, NativeFixture } from "../../server/wires/native/native_fixture.ts";

/** A reply or event on its way to a client. */
export interface OnTheWay {
  /** Whose connection it is. */
  readonly name: string;
  /** The type of the request that it answers, or of the event. */
  readonly type: string;
  /** What it says; may be changed in place. */
  readonly message: Message;
}

/** What becomes of it: nothing, or messages in its place. Without an answer it goes on as it is. */
export type Tamper = (onTheWay: OnTheWay) => void | null | readonly Message[];

/** The server, and its clients. */
export class HostileServer implements AsyncDisposable {
  /** What is done to everything toward clients. */
  tamper: Tamper = () => {};
  /** What is done to every request, before the server sees it. */
  tamperRequest: (request: Message) => void = () => {};
  /** How far the clocks of all clients are ahead. */
  laterMs = 0;
  readonly #clients: TestClient[] = [];
  readonly #relays: Promise<void>[] = [];

  private constructor(readonly fixture: NativeFixture) {}

  /** @param names Accounts that exist, with keys. */
  static async start(...names: string[]): Promise<HostileServer> {
    return new HostileServer(await NativeFixture.start({ accountNames: names }));
  }

  /** Connects, through the one in between. */
  connect(name: string): ServerConnection {
    const [, toServer] = this.fixture.pipe();
    const [toClient, client] = makePipe();
    const asked = new Map<unknown, string>();
    const forward = (
      from: PipeEnd,
      to: PipeEnd,
      change: (message: Message) => readonly Message[],
    ) => {
      this.#relays.push(relay(from, to, change).finally(() => close(to)));
    };
    forward(toClient, toServer, (request) => {
      asked.set(request["id"], String(request["type"]));
      this.tamperRequest(request);
      return [request];
    });
    forward(toServer, toClient, (message) => {
      const type = String(message["event"] ?? asked.get(message["reply"]));
      const instead = this.tamper({ name, type, message });
      return instead === undefined ? [message] : instead ?? [];
    });
    return { transport: client, channelBinding: binding };
  }

  /** A client of an account that exists. */
  async client(name: string, options: Partial<ChatClientOptions> = {}): Promise<TestClient> {
    const client = new TestClient();
    await client.open({
      credentials: await credentialsOfEveryone(name),
      connect: () => Promise.resolve(this.connect(name)),
      random: () => 0,
      nowMs: () => performance.now() + this.laterMs,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** Registers an account, as a new person's program does. */
  async register(name: string): Promise<Credentials> {
    const credentials = new Credentials(name, passwordOfEveryone);
    const link = new Link(this.connect(name).transport, { onEvent: () => {}, onClosed: () => {} });
    await link.request("register", await credentials.registration());
    link.close();
    return credentials;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client } of this.#clients) await client.close(1_000);
    await this.fixture[Symbol.asyncDispose]();
    await Promise.all(this.#relays);
  }
}

/** What a person reads of an error. */
export function said(error: ChatError): string {
  return errorText(error, inCapitals);
}

/** What a person reads with a message, or null. */
export function problemOf({ problem }: MessageView): string | null {
  return problem === null ? null : remarkText(problem, inCapitals);
}

/** A client that notes what its person is shown. */
export class TestClient {
  /** Posts, the person's own too. */
  readonly posts: ShownPost[] = [];
  readonly notices: { peer: string | null; text: string }[] = [];
  readonly events: ClientEvent[] = [];
  /** Takes each event, too. */
  onEvent: (event: ClientEvent) => void = () => {};
  #wake = Promise.withResolvers<void>();
  #client: ChatClient | null = null;

  /** The client itself. */
  get client(): ChatClient {
    return this.#client!;
  }

  /** Signs in. */
  async open(options: Omit<ChatClientOptions, "onEvent">): Promise<void> {
    this.#client = await ChatClient.open({ ...options, onEvent: (event) => this.#take(event) });
  }

  /** Waits until something is so. */
  async until(is: () => boolean): Promise<void> {
    while (!is()) await this.#wake.promise;
  }

  /** The private message from someone else that comes next after `posts` were seen. */
  async incoming(count: number): Promise<ShownPost> {
    const others = () => this.posts.filter((post) => post.from !== this.client.name);
    await this.until(() => others().length >= count);
    return others()[count - 1]!;
  }

  #take(event: ClientEvent): void {
    this.events.push(event);
    this.onEvent(event);
    if (event.type === "post") this.posts.push(event.post);
    if (event.type === "notice") {
      this.notices.push({ peer: event.peer, text: remarkText(event.remark, inCapitals) });
    }
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

/** A file of a client's data folder, in memory. */
export class MemoryText implements TextStore {
  text: string | undefined;

  load(): Promise<string | undefined> {
    return Promise.resolve(this.text);
  }

  save(text: string): Promise<void> {
    this.text = text;
    return Promise.resolve();
  }
}

async function relay(
  from: PipeEnd,
  to: PipeEnd,
  change: (message: Message) => readonly Message[],
): Promise<void> {
  const decoder = new FrameDecoder(frameBytesMaxFromServer);
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) return;
      for (const payload of decoder.decode(buffer.subarray(0, count))) {
        const message: Message = JSON.parse(new TextDecoder().decode(payload));
        for (const changed of change(message)) await to.write(encodeMessage(changed));
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource) && !isGone(error)) throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.BrokenPipe;
}

function close(end: PipeEnd): void {
  if (!end.closed) end.close();
}
