import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { encodeFrame, encodeMessage } from "../../../../protocol/wire/frame.ts";
import {
  frameBytesMax,
  frameBytesMaxBeforeSignIn,
  frameTimeoutMs,
  handshakeTimeoutMs,
  idleProbeMs,
  idleTimeoutMs,
  queueBytesMax,
  requestsUnderWayMax,
  signInTimeoutMs,
  silenceBeforeSignInTimeoutMs,
  writeTimeoutMs,
} from "../../../../protocol/wire/limits.ts";
import type { Request } from "../../../../protocol/wire/requests.ts";
import { NativeConnection } from "../../../../server/wires/native/connection.ts";
import type { ProtocolConnection } from "../../../../server/wires/session_protocol/protocol_connection.ts";
import { Traffic } from "../../../../server/wires/connection/traffic.ts";
import type { Socket } from "../../../../server/wires/connection/socket.ts";
import type { Logger } from "../../../../server/common/log.ts";
import { Session } from "../../../../server/heart/session.ts";
import { makeAllowances } from "../../../fixtures/allowances.ts";
import { FakeTime, settled } from "../../../fixtures/fake_time.ts";
import { codeOf, Peer } from "../../../fixtures/peer.ts";
import { makePipe, type PipeEnd } from "../../../fixtures/pipe.ts";

/** A connection with its peer, a clock, and what was logged. */
class Fixture implements Disposable {
  readonly server: PipeEnd;
  readonly peer: Peer;
  readonly connection: NativeConnection;
  readonly running: Promise<void>;
  readonly log: string[] = [];
  readonly requests: Request[] = [];
  nowMs = 0;
  handle: (connection: ProtocolConnection, request: Request) => Promise<void> | void = (
    _,
    request,
  ) => {
    this.requests.push(request);
  };

  constructor(options: Pick<Socket, "handshake"> = {}) {
    const [server, client] = makePipe();
    this.server = server;
    this.peer = new Peer(client);
    const socket: Socket = Object.assign(server, options);
    this.connection = new NativeConnection(socket, {
      address: "192.0.2.1",
      logger: this.#logger(),
      traffic: new Traffic(),
      questions: makeAllowances().questions("native"),
      nowMs: () => this.nowMs,
      handle: (connection, request) => this.handle(connection, request),
      hello: () => encodeMessage({ event: "hello" }),
      onSignedIn: () => {},
      forBrowsers: new TextEncoder().encode("the page is elsewhere"),
    });
    this.running = this.connection.run();
  }

  /** Moves the clock and looks at the deadlines, as the listener does. */
  async pass(ms: number): Promise<void> {
    await settled();
    this.nowMs += ms;
    this.connection.checkDeadlines();
    await settled();
  }

  signIn(): void {
    const user = { name: "jack", nameKey: "jack", account: true };
    this.connection.signedIn(
      new Session(user, { deliver: () => {}, followsAccount: true, connection: this.connection }, {
        id: 1,
        sinceMs: 0,
      }),
    );
  }

  #logger(): Logger {
    const write = (level: string) => (message: string, properties?: Record<string, unknown>) => {
      const values = message.replace(/\{(\w+)\}/g, (_, key) => String(properties?.[key]));
      this.log.push(`${level}: ${values}`);
    };
    return {
      debug: write("debug"),
      info: write("info"),
      warn: write("warn"),
      error: write("error"),
    };
  }

  /** The lines that an operator sees without asking for more. */
  get visibleLog(): string[] {
    return this.log.filter((line) => !line.startsWith("debug"));
  }

  [Symbol.dispose](): void {
    this.connection.close();
    this.peer[Symbol.dispose]();
  }
}

const pending = () => Promise.withResolvers<never>().promise;

Deno.test("a handshake may take its time, and no longer; the peer is told nothing", async () => {
  using fixture = new Fixture({ handshake: pending });
  await fixture.pass(handshakeTimeoutMs);
  assert(!fixture.server.closed);
  await fixture.pass(1);
  await fixture.peer.closed;
  assertEquals(fixture.visibleLog.length, 1);
  assertEquals(fixture.peer.waiting, []);
});

Deno.test("a browser that has come to this port is told where the page is, and nobody else is", async () => {
  const [server, client] = [
    new Fixture({
      handshake: () => Promise.resolve({ alpnProtocol: "http/1.1" }),
    }),
    new Fixture({ handshake: () => Promise.resolve({ alpnProtocol: null }) }),
  ];
  const request = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const heard: Uint8Array[] = [];
  server.server.write = (bytes) =>
    Promise.resolve(heard.push(bytes.slice())).then(() => bytes.length);
  await server.peer.sendBytes(request);
  await server.running;
  assertEquals(heard.map((one) => new TextDecoder().decode(one)), ["the page is elsewhere"]);
  await client.peer.event("hello");
  server[Symbol.dispose]();
  client[Symbol.dispose]();
  await client.running;
});

Deno.test("silence before signing in is answered with a typed error, and the end", async () => {
  using fixture = new Fixture();
  await fixture.peer.event("hello");
  await fixture.pass(silenceBeforeSignInTimeoutMs);
  assert(!fixture.server.closed);
  await fixture.pass(1);
  assertEquals(codeOf(await fixture.peer.next()), "timeout");
  await fixture.peer.closed;
  await fixture.running;
  assertEquals(fixture.visibleLog.length, 1);
});

Deno.test("one byte a second is no frame: it ends after the time for a frame", async () => {
  using fixture = new Fixture();
  await fixture.peer.event("hello");
  const frame = encodeFrame(new Uint8Array(100).fill(0x20));
  for (let second = 0; second <= frameTimeoutMs / 1_000; second++) {
    assert(!fixture.server.closed, `after ${second} s`);
    await fixture.peer.sendBytes(frame.subarray(second, second + 1));
    await fixture.pass(1_000);
  }
  assertEquals(codeOf(await fixture.peer.next()), "timeout");
  await fixture.peer.closed;
});

Deno.test("whole frames may come for long, also when the first byte of the next one comes with each", async () => {
  using fixture = new Fixture();
  fixture.signIn();
  const frame = encodeMessage({ type: "ping", id: 1 });
  await fixture.peer.sendBytes(frame.subarray(0, 1));
  for (let count = 0; count < 10; count++) {
    await fixture.pass(frameTimeoutMs - 1_000);
    await fixture.peer.sendBytes(new Uint8Array([...frame.subarray(1), frame[0]!]));
  }
  await fixture.pass(0);
  assertEquals([fixture.requests.length, fixture.server.closed], [10, false]);
});

Deno.test("signing in may not be put off for ever by looking busy", async () => {
  using fixture = new Fixture();
  await fixture.peer.event("hello");
  for (let ms = 0; ms < signInTimeoutMs; ms += 10_000) {
    await fixture.peer.send({ type: "ping", id: 1 });
    await fixture.pass(10_000);
    assert(!fixture.server.closed);
  }
  await fixture.peer.send({ type: "ping", id: 1 });
  await fixture.pass(1);
  assertEquals(codeOf(await fixture.peer.next()), "timeout");
  await fixture.peer.closed;
});

Deno.test("a quiet client is probed once, and stays as long as it answers", async () => {
  using fixture = new Fixture();
  await fixture.peer.event("hello");
  fixture.signIn();
  for (let round = 0; round < 5; round++) {
    await fixture.pass(idleProbeMs);
    assertEquals(fixture.peer.waiting, []);
    await fixture.pass(1);
    await fixture.pass(1_000);
    assertEquals(fixture.peer.waiting.map((message) => message["event"]), ["probe"]);
    await fixture.peer.event("probe");
    await fixture.peer.send({ type: "read", sequence: 0 });
    await settled();
  }
  assert(!fixture.server.closed);
});

Deno.test("what is read at once grows with what comes, and an idle connection keeps little for it", async () => {
  using fixture = new Fixture();
  const sizes: number[] = [];
  const { server, peer } = fixture;
  const read = server.read.bind(server);
  server.read = (buffer) => (sizes.push(buffer.length), read(buffer));
  await peer.event("hello");
  fixture.signIn();
  await peer.sendBytes(encodeFrame(new Uint8Array(60_000).fill(0x20)));
  await settled();
  const largest = Math.max(...sizes);
  await peer.send({ type: "ping", id: 1 });
  await settled();
  await peer.send({ type: "ping", id: 2 });
  await settled();
  assertEquals([largest, sizes.at(-1)], [32 * 1024, 256]);
  assertEquals(fixture.requests.map(({ id }) => id), [1, 2]);
});

Deno.test("a half-open client is gone within 150 s", async () => {
  assertLess(idleTimeoutMs, 150_000 - 1_000);
  using fixture = new Fixture();
  await fixture.peer.event("hello");
  fixture.signIn();
  await fixture.pass(idleProbeMs + 1);
  await fixture.peer.event("probe");
  await fixture.pass(idleTimeoutMs - idleProbeMs - 1);
  assert(!fixture.server.closed);
  await fixture.pass(1);
  assertEquals(codeOf(await fixture.peer.next()), "timeout");
  await fixture.running;
});

for (
  const length of [0, frameBytesMaxBeforeSignIn + 1, frameBytesMax, 2 ** 31 - 1, 2 ** 32 - 1]
) {
  Deno.test(`a frame of ${length} bytes before signing in is refused on its header`, async () => {
    using fixture = new Fixture();
    await fixture.peer.event("hello");
    const header = new Uint8Array(4);
    new DataView(header.buffer).setUint32(0, length);
    await fixture.peer.sendBytes(header);
    assertEquals(codeOf(await fixture.peer.next()), "bad_frame");
    assertEquals(await fixture.peer.next(), null);
    await fixture.running;
    assertEquals(fixture.visibleLog.length, 1);
  });
}

Deno.test("a frame of the largest size is taken: before signing in the small, afterwards the large", async () => {
  using fixture = new Fixture();
  const request = new TextEncoder().encode(JSON.stringify({ type: "ping", id: 1 }));
  const padded = (length: number) => {
    const payload = new Uint8Array(length).fill(0x20);
    payload.set(request);
    return encodeFrame(payload);
  };
  await fixture.peer.sendBytes(padded(frameBytesMaxBeforeSignIn));
  await settled();
  fixture.signIn();
  await fixture.peer.sendBytes(padded(frameBytesMax));
  await settled();
  assertEquals(fixture.requests.length, 2);
  await fixture.peer.sendBytes(padded(frameBytesMax + 1));
  await fixture.peer.event("hello");
  assertEquals(codeOf(await fixture.peer.next()), "bad_frame");
});

Deno.test("what was complete before a bad frame is answered; what comes after it is not read", async () => {
  using fixture = new Fixture();
  const ping = encodeMessage({ type: "ping", id: 1 });
  await fixture.peer.sendBytes(new Uint8Array([...ping, 0, 0, 0, 0, ...ping]));
  await fixture.running;
  assertEquals(fixture.requests.length, 1);
});

Deno.test("an error of a request is told under its id, and the connection goes on", async () => {
  using fixture = new Fixture();
  await fixture.peer.event("hello");
  fixture.handle = () => {
    throw new ChatError("slow_down", "Slower.", { retryAfterMs: 7 });
  };
  assertEquals(await fixture.peer.ask("ping"), {
    reply: 1,
    error: { code: "slow_down", message: "Slower.", retryAfterMs: 7 },
  });
  assertEquals(codeOf(await fixture.peer.ask("xyzzy")), "unsupported");
  assertEquals(codeOf(await fixture.peer.ask("lookup", { name: 7 })), "bad_message");
  await fixture.peer.send("no JSON");
  assertEquals(await fixture.peer.next(), {
    event: "error",
    code: "bad_message",
    message: "A payload must be JSON in UTF-8.",
  });
});

Deno.test("malformed requests leave a line in the log: the first of a connection, so that nobody can fill it", async () => {
  using fixture = new Fixture();
  for (let count = 0; count < 100; count++) await fixture.peer.send("no JSON");
  await settled();
  assertEquals(fixture.visibleLog.length, 1);
  assertStringIncludes(fixture.visibleLog[0]!, "Refused a request");
});

Deno.test("what users do wrong every day is not worth a line in the log", async () => {
  using fixture = new Fixture();
  fixture.handle = () => {
    throw new ChatError("no_such_user", "There is no user with that name.");
  };
  await fixture.peer.ask("ping");
  assertEquals(fixture.visibleLog, []);
});

Deno.test("a peer that does not speak TLS leaves a line in the log", async () => {
  using fixture = new Fixture({
    handshake: () => Promise.reject(new Deno.errors.InvalidData("received corrupt message")),
  });
  await fixture.running;
  assertEquals(fixture.visibleLog.length, 1);
  assert(fixture.server.closed);
});

Deno.test("a peer that goes away leaves no line in the log", async () => {
  using fixture = new Fixture();
  fixture.peer[Symbol.dispose]();
  await fixture.running;
  assertEquals(fixture.visibleLog, []);
});

Deno.test("an unexpected error ends this connection and is logged as an error", async () => {
  using fixture = new Fixture();
  fixture.handle = () => {
    throw new TypeError("a mistake of ours");
  };
  await fixture.peer.send({ type: "ping", id: 1 });
  await fixture.running;
  assertEquals(fixture.visibleLog, ["error: A connection failed: TypeError: a mistake of ours"]);
});

Deno.test("a handler that takes its time keeps the next request waiting, and keeps the order", async () => {
  using fixture = new Fixture();
  const done = Promise.withResolvers<void>();
  fixture.handle = (_, request) => {
    fixture.requests.push(request);
    return request.id === 1 ? done.promise : undefined;
  };
  await fixture.peer.send({ type: "ping", id: 1 });
  await fixture.peer.send({ type: "ping", id: 2 });
  await settled();
  assertEquals(fixture.requests.length, 1);
  done.resolve();
  await settled();
  assertEquals(fixture.requests.map((request) => request.id), [1, 2]);
});

Deno.test("no more requests than the cap are under way; the next is read when one is answered", async () => {
  using fixture = new Fixture();
  fixture.signIn();
  const replies: PromiseWithResolvers<Uint8Array>[] = [];
  fixture.handle = (connection, { id }) => {
    replies.push(Promise.withResolvers());
    connection.answerLater(id, replies.at(-1)!.promise);
  };
  for (let id = 1; id <= requestsUnderWayMax + 10; id++) {
    await fixture.peer.send({ type: "ping", id });
  }
  await settled();
  assertEquals(replies.length, requestsUnderWayMax);
  replies[7]!.resolve(encodeMessage({ reply: 8 }));
  assertEquals(await fixture.peer.find((message) => message["reply"] === 8), { reply: 8 });
  await settled();
  assertEquals(replies.length, requestsUnderWayMax + 1);
  replies[9]!.reject(new ChatError("storage_failed", "Full."));
  assertEquals(codeOf(await fixture.peer.find((message) => "reply" in message)), "storage_failed");
  await settled();
  assertEquals(replies.length, requestsUnderWayMax + 2);
});

Deno.test("closing sets a connection free that waits for its requests under way", async () => {
  using fixture = new Fixture();
  fixture.signIn();
  fixture.handle = (connection, { id }) => connection.answerLater(id, pending());
  for (let id = 1; id <= requestsUnderWayMax; id++) await fixture.peer.send({ type: "ping", id });
  await settled();
  fixture.connection.close();
  await fixture.running;
});

Deno.test("who asks without end is answered slowly: sooner before signing in, and posts are not counted", async () => {
  using time = new FakeTime();
  using fixture = new Fixture();
  const contents = {
    ping: {},
    read: { sequence: 1 },
    who: {},
    post: { room: "#lobby", postId: "1", text: "x" },
  };
  const ask = async (type: keyof typeof contents, count: number) => {
    const request = { type, ...contents[type] };
    for (let id = 1; id <= count; id++) await fixture.peer.send({ ...request, id });
    await settled();
    return fixture.requests.length;
  };
  const pass = async (ms: number) => {
    fixture.nowMs += ms;
    await time.advance(ms);
    return fixture.requests.length;
  };
  assertEquals(await ask("ping", 105), 100);
  assertEquals(await pass(40), 101);
  assertEquals(await pass(400), 105);
  fixture.signIn();
  await pass(60_000);
  fixture.requests.length = 0;
  assertEquals(await ask("post", 3_000), 3_000);
  assertEquals(await ask("ping", 1_000), 4_000);
  assertEquals(await ask("read", 4_010), 8_000);
  assertEquals(await pass(100), 8_010);
  await pass(60_000);
  assertEquals(await ask("who", 210), 8_210);
  assertEquals(await pass(1_000), 8_220);
});

Deno.test("posts that are refused for their rate are answered slowly, as questions are", async () => {
  using time = new FakeTime();
  using fixture = new Fixture();
  let refused = 0;
  fixture.handle = () => {
    refused++;
    throw new ChatError("slow_down", "You are posting faster than this server allows.");
  };
  fixture.signIn();
  await fixture.peer.event("hello");
  const post = { type: "post", room: "#lobby", postId: "1", text: "x" };
  for (let id = 1; id <= 3_000; id++) await fixture.peer.send({ ...post, id });
  await settled();
  assertEquals(refused, 2_001);
  fixture.nowMs += 1_000;
  await time.advance(1_000);
  assert(refused > 2_400 && refused < 2_600, `${refused}`);
});

for (const request of [{ type: "nonsense" }, { type: "post" }, { type: "read", sequence: 1 }]) {
  Deno.test(`who is not signed in is answered slowly to ${request.type}, too`, async () => {
    using _time = new FakeTime();
    using fixture = new Fixture();
    await fixture.peer.event("hello");
    for (let id = 1; id <= 150; id++) await fixture.peer.send({ ...request, id });
    await fixture.peer.send({ type: "ping", id: 151 });
    await settled();
    assertEquals(fixture.requests.filter(({ type }) => type === "ping"), []);
  });
}

Deno.test("a peer that does not read is cut when its queue is full", async () => {
  using fixture = new Fixture();
  await fixture.peer.event("hello");
  fixture.signIn();
  const resume = fixture.server.stallWrites();
  fixture.connection.outbox.push(encodeMessage({ event: "probe" }));
  await settled();
  const chunk = new Uint8Array(queueBytesMax / 4);
  for (let count = 0; count < 4; count++) fixture.connection.outbox.push(chunk);
  assert(!fixture.server.closed);
  fixture.connection.outbox.push(new Uint8Array(1));
  assert(fixture.server.closed);
  resume();
  await fixture.running;
  assertStringIncludes(fixture.visibleLog.join("\n"), "it reads too slowly");
});

Deno.test("who asks and does not read the replies is not asked for more until they are gone", async () => {
  using fixture = new Fixture();
  await fixture.peer.event("hello");
  fixture.signIn();
  let answered = 0;
  const allAnswered = Promise.withResolvers<void>();
  fixture.handle = (connection) => {
    answered++;
    if (answered === 50) allAnswered.resolve();
    connection.outbox.push(new Uint8Array(100_000));
  };
  const resume = fixture.server.stallWrites();
  fixture.connection.outbox.push(new Uint8Array(1));
  await settled();
  for (let count = 0; count < 50; count++) await fixture.peer.send({ type: "ping", id: 1 });
  await settled();
  assertEquals(answered, 6);
  assert(!fixture.server.closed);
  resume();
  await allAnswered.promise;
});

Deno.test("a write that does not get away in time cuts the connection", async () => {
  using fixture = new Fixture();
  await fixture.peer.event("hello");
  fixture.signIn();
  const resume = fixture.server.stallWrites();
  fixture.connection.outbox.push(encodeMessage({ event: "probe" }));
  await fixture.pass(writeTimeoutMs);
  assert(!fixture.server.closed);
  await fixture.pass(1);
  assert(fixture.server.closed);
  resume();
  await fixture.running;
  assertStringIncludes(fixture.visibleLog.join("\n"), "it has stopped reading");
});

Deno.test("end() sends what waits, then closes", async () => {
  using fixture = new Fixture();
  fixture.handle = (connection) => {
    connection.outbox.push(encodeMessage({ event: "last" }));
    connection.end();
  };
  await fixture.peer.send({ type: "sign_out", id: 1 });
  await fixture.peer.send({ type: "ping", id: 2 });
  await fixture.peer.event("last");
  assertEquals(await fixture.peer.next(), null);
  await fixture.running;
});
