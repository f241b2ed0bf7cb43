/**
 * A server that sends without end what a client has to keep until something else has happened.
 */
import { assert, assertEquals } from "@std/assert";
import type { ServerConnection, Transport } from "../../../client/core/link/transport.ts";
import { encodeMessage } from "../../../protocol/wire/frame.ts";
import { HostileServer } from "./hostile_server.ts";

const mebibyte = 1024 * 1024;

/** A connection whose server sends frames without end from some moment on, as fast as they are read. */
class FloodedSocket implements Transport {
  /** How much of the flood was read. */
  floodBytes = 0;
  readonly #socket: Transport;
  #makeFrame: ((index: number) => Uint8Array) | null = null;
  #rest: Uint8Array = new Uint8Array();
  #frames = 0;
  #closed = Promise.withResolvers<void>();
  #isClosed = false;
  #read: Promise<number | null> | null = null;
  readonly #flooding = Promise.withResolvers<null>();

  constructor({ transport }: ServerConnection) {
    this.#socket = transport;
  }

  /** Resolves when the client has closed the connection. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** From now on nothing but these frames is read, and what is written does not get away. */
  flood(makeFrame: (index: number) => Uint8Array): void {
    this.#makeFrame = makeFrame;
    this.#flooding.resolve(null);
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#makeFrame === null) {
      this.#read ??= this.#socket.read(buffer);
      const count = await Promise.race([this.#read, this.#flooding.promise]);
      if (this.#makeFrame === null) {
        this.#read = null;
        return count;
      }
    }
    // As a socket does: others have their turn.
    await new Promise((resolve) => setTimeout(resolve, 0));
    return this.#isClosed ? null : this.#fill(buffer, this.#makeFrame!);
  }

  #fill(buffer: Uint8Array, makeFrame: (index: number) => Uint8Array): number {
    let count = 0;
    while (count < buffer.length) {
      if (this.#rest.length === 0) this.#rest = makeFrame(this.#frames++);
      const part = this.#rest.subarray(0, buffer.length - count);
      buffer.set(part, count);
      this.#rest = this.#rest.subarray(part.length);
      count += part.length;
    }
    this.floodBytes += count;
    return count;
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.#makeFrame !== null) await this.closed;
    return await this.#socket.write(bytes);
  }

  close(): void {
    this.#isClosed = true;
    this.#closed.resolve();
    this.#socket.close();
  }

  /** Resolves when so much of the flood was read. */
  async taken(bytes: number): Promise<void> {
    while (this.floodBytes < bytes && !this.#isClosed) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** Signs jack in over a connection that can be flooded; connections after it are as they should be. */
async function withFloodable(
  use: (server: HostileServer, client: Floodable) => Promise<void>,
  ready?: Promise<void>,
): Promise<void> {
  await using server = await HostileServer.start("jack", "jill");
  let socket: FloodedSocket | null = null;
  const jack = await server.client("jack", {
    ready,
    connect: () => {
      const connection = server.connect("jack");
      if (socket !== null) return Promise.resolve(connection);
      socket = new FloodedSocket(connection);
      return Promise.resolve({ ...connection, transport: socket });
    },
  });
  await use(server, { jack, socket: socket! });
}

interface Floodable {
  readonly jack: Awaited<ReturnType<HostileServer["client"]>>;
  readonly socket: FloodedSocket;
}

/** Of the whole process: nothing else may run in it meanwhile (tools/test_stages.ts). */
const rssMiB = () => Deno.memoryUsage().rss / mebibyte;

Deno.test("a flood of probes, whose answers the server does not read, takes no memory", async () => {
  await withFloodable(async (_server, { socket }) => {
    const beforeMiB = rssMiB();
    const probe = encodeMessage({ event: "probe" });
    socket.flood(() => probe);
    await socket.taken(8 * mebibyte);
    assert(rssMiB() - beforeMiB < 64, `${rssMiB() - beforeMiB} MiB more`);
  });
});

Deno.test("a flood of sealed posts, while the server does not answer for their keys, ends the connection and not the client", async () => {
  await withFloodable(async (server, { jack, socket }) => {
    const post = {
      sequence: 1_000,
      timeMs: 1,
      from: "jill",
      to: "jack",
      id: "01jbbbbbbbbbbbbbbbbbbbbbbb",
      kind: "sealed",
      body: "A".repeat(11_000),
    };
    const beforeMiB = rssMiB();
    // Each is newer than the one before: of one sequence only the first is shown.
    socket.flood((at) => encodeMessage({ event: "post", post: { ...post, sequence: 1_000 + at } }));
    await socket.closed;
    assert(socket.floodBytes < 20 * mebibyte, `${socket.floodBytes} bytes were taken`);
    assert(rssMiB() - beforeMiB < 200, `${rssMiB() - beforeMiB} MiB more`);
    await jack.until(() => jack.client.online);
    await jack.client.sendPrivate("jill", "still here");
    assert(server.fixture.storage.data.posts.length === 1);
  });
});

Deno.test("a flood of events before the session is shown ends the connection and not the client, and what came first is told", async () => {
  const { promise: ready, resolve: show } = Promise.withResolvers<void>();
  await withFloodable(async (_server, { jack, socket }) => {
    const beforeMiB = rssMiB();
    const names = Array.from({ length: 500 }, (_, at) => `somebody${at}`);
    const presence = encodeMessage({ event: "presence", came: names, left: [] });
    // A reply is awaited, as of the first posts: it may be behind the next events, so reading goes on.
    const missed = jack.client.history({ limit: 1 }).catch(() => {});
    socket.flood(() => presence);
    await socket.closed;
    await missed;
    assert(socket.floodBytes < 20 * mebibyte, `${socket.floodBytes} bytes were taken`);
    assert(rssMiB() - beforeMiB < 200, `${rssMiB() - beforeMiB} MiB more`);
    assertEquals(jack.events, []);
    show();
    await jack.until(() => jack.events.some(({ type }) => type === "online"));
    assertEquals(jack.events[0]?.type, "presence");
  }, ready);
});
