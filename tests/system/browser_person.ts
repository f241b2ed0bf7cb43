/**
 * A person in a browser: bundled for one, it uses the client's core over a WebSocket and nothing else.
 *
 * @module
 */
import { ChatClient, type ShownPost } from "../../client/core/chat/chat_client.ts";
import { Credentials } from "../../client/core/link/credentials.ts";
import { Link } from "../../client/core/link/link.ts";
import type { ServerConnection, Transport } from "../../client/core/link/transport.ts";

/** What the person saw, as `from: text`. */
export interface Visit {
  /** What came while it was there, its own posts too. */
  readonly live: readonly string[];
  /** The history that it read in the end. */
  readonly history: readonly string[];
  /** Whether each private message of the history was end-to-end encrypted. */
  readonly encrypted: readonly boolean[];
  /** In which suite each of them was sealed. */
  readonly suites: readonly number[];
}

/** Where a person goes, and to whom. */
export interface Way {
  /** The address of a WebSocket that leads to a server. */
  readonly gateway: string;
  /** The name of the person. */
  readonly name: string;
  /** Who is written to, and answers. */
  readonly peer: string;
}

/** Registers, posts, writes to somebody, waits for the answer, and reads. */
export async function visit({ gateway, name, peer }: Way): Promise<Visit> {
  const credentials = new Credentials(name, "a password in a browser");
  const connect = () => openWebSocket(gateway);
  await register(credentials, (await connect()).transport);
  const live: string[] = [];
  const answered = Promise.withResolvers<void>();
  const client = await ChatClient.open({
    credentials,
    connect,
    onEvent: (event) => {
      if (event.type === "ended") answered.reject(event.error);
      if (event.type !== "post") return;
      live.push(textOf(event.post));
      if (event.post.from === peer) answered.resolve();
    },
  });
  await client.post("#lobby", "hello from a page");
  await client.sendPrivate(peer, "just for you");
  await answered.promise;
  const { posts } = await client.history({ limit: 10 });
  await client.close(10_000);
  const sealed = posts.filter(({ to }) => !to.startsWith("#"));
  return {
    live,
    history: posts.map(textOf),
    encrypted: sealed.map(({ message }) => message.encrypted),
    suites: sealed.map(({ body }) => atob(body).charCodeAt(1)),
  };
}

async function register(credentials: Credentials, transport: Transport): Promise<void> {
  const link = new Link(transport, { onEvent: () => {}, onClosed: () => {} });
  try {
    await link.request("register", await credentials.registration());
  } finally {
    link.close();
  }
}

function textOf({ from, message }: ShownPost): string {
  return `${from}: ${message.text}`;
}

/** The first message of the gateway is the data of the channel binding, what follows are the bytes of the server. */
async function openWebSocket(address: string): Promise<ServerConnection> {
  const transport = new WebSocketTransport(new WebSocket(address));
  const channelBinding = new Uint8Array(32);
  await transport.read(channelBinding);
  return { transport, channelBinding };
}

/** Bytes over a WebSocket. */
class WebSocketTransport implements Transport {
  readonly #socket: WebSocket;
  readonly #chunks: Uint8Array[] = [];
  #ended = false;
  #wake = Promise.withResolvers<void>();

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      this.#chunks.push(new Uint8Array(data));
      this.#wake.resolve();
    };
    socket.onclose = () => {
      this.#ended = true;
      this.#wake.resolve();
    };
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#chunks.length === 0 && !this.#ended) {
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return null;
    const part = chunk.subarray(0, buffer.length);
    if (part.length < chunk.length) this.#chunks.unshift(chunk.subarray(part.length));
    buffer.set(part);
    return part.length;
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    this.#socket.send(bytes);
    return Promise.resolve(bytes.length);
  }

  close(): void {
    this.#socket.close();
  }
}
