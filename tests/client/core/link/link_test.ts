import { assert, assertEquals, assertRejects } from "@std/assert";
import { Link, type LinkOptions } from "../../../../client/core/link/link.ts";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { encodeFrame, encodeMessage, FrameDecoder } from "../../../../protocol/wire/frame.ts";
import { frameBytesMaxFromServer, requestTimeoutMs } from "../../../../protocol/wire/limits.ts";
import type { ServerEvent } from "../../../../protocol/wire/events.ts";
import { FakeTime, settled } from "../../../fixtures/fake_time.ts";
import { makePipe, type PipeEnd } from "../../../fixtures/pipe.ts";

/** A link with the server's end of its connection. */
class Fixture implements Disposable {
  readonly server: PipeEnd;
  readonly client: PipeEnd;
  readonly link: Link;
  readonly events: ServerEvent[] = [];
  readonly ends: ChatError[] = [];
  /** After how many events each batch ended. */
  readonly batches: number[] = [];

  constructor(options: Partial<LinkOptions> = {}) {
    const [server, client] = makePipe();
    [this.server, this.client] = [server, client];
    this.link = new Link(client, {
      onEvent: (event) => this.events.push(event),
      onBatch: () => this.batches.push(this.events.length),
      onClosed: (error) => this.ends.push(error),
      ...options,
    });
  }

  /** What the client has sent since the last time. */
  async sent(): Promise<Record<string, unknown>[]> {
    const buffer = new Uint8Array(64 * 1024);
    const count = await this.server.read(buffer);
    const payloads = new FrameDecoder(64 * 1024).decode(buffer.subarray(0, count ?? 0));
    return Array.from(payloads, (payload) => JSON.parse(new TextDecoder().decode(payload)));
  }

  async say(...values: unknown[]): Promise<void> {
    const frames = values.map((value) => encodeMessage(value));
    await this.server.write(new Uint8Array(frames.flatMap((frame) => [...frame])));
    await settled();
  }

  [Symbol.dispose](): void {
    this.link.close();
  }
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, ChatError)).code;
}

Deno.test("each reply goes to its request, in whatever order they come", async () => {
  using fixture = new Fixture();
  const first = fixture.link.request("lookup", { name: "jack" });
  const second = fixture.link.request("lookup", { name: "jill" });
  assertEquals(await fixture.sent(), [
    { type: "lookup", id: 1, name: "jack" },
    { type: "lookup", id: 2, name: "jill" },
  ]);
  await fixture.say({ reply: 2, known: false }, { reply: 1, known: true });
  assertEquals([await first, await second], [{ known: true }, { known: false }]);
});

Deno.test("what is sent in one turn leaves in one write", async () => {
  using fixture = new Fixture();
  fixture.link.sendRead(1);
  fixture.link.sendRead(2);
  const pinging = fixture.link.request("ping", {});
  // Of the positions only the newest counts.
  assertEquals(await fixture.sent(), [{ type: "read", sequence: 2 }, { type: "ping", id: 1 }]);
  await fixture.say({ reply: 1 });
  await pinging;
});

Deno.test("an error of the server ends its request only", async () => {
  using fixture = new Fixture();
  const asking = codeOf(fixture.link.request("user", { name: "x" }));
  await fixture.say({ reply: 1, error: { code: "no_such_user", message: "No." } });
  assertEquals([await asking, fixture.link.closed], ["no_such_user", false]);
});

Deno.test("a reply in a wrong form ends its request only; one that nobody asked for is passed over", async () => {
  using fixture = new Fixture();
  const asking = codeOf(fixture.link.request("lookup", { name: "x" }));
  await fixture.say({ reply: 1, known: "perhaps" }, { reply: 1, known: true }, { reply: 77 });
  assertEquals([await asking, fixture.link.closed], ["bad_message", false]);
});

Deno.test("events come in order, and the end of a read is told once", async () => {
  using fixture = new Fixture();
  await fixture.say({ event: "probe" }, { event: "left", room: "#a" }, { event: "unheard of" });
  assertEquals(fixture.events, [
    { event: "probe", content: {} },
    { event: "left", content: { room: "#a" } },
  ]);
  assertEquals(fixture.batches, [2]);
});

for (
  const [what, bytes, code] of [
    ["that is no JSON", encodeFrame(new TextEncoder().encode("HTTP/1.1 400")), "bad_message"],
    ["of no bytes", new Uint8Array(4), "bad_frame"],
    ["beyond the limit", encodeFrame(new Uint8Array(8)).fill(0xff, 0, 4), "bad_frame"],
    ["with a post in a wrong form", encodeMessage({ event: "post", post: {} }), "bad_message"],
  ] as const
) {
  Deno.test(`a frame ${what} ends the link`, async () => {
    using fixture = new Fixture();
    const asking = codeOf(fixture.link.request("ping", {}));
    await fixture.server.write(bytes);
    assertEquals(await asking, code);
    assertEquals([fixture.ends.length, fixture.ends[0]?.code], [1, code]);
    assert(frameBytesMaxFromServer < 2 ** 31);
  });
}

Deno.test("a lost connection rejects everything that waits, and is told once", async () => {
  using fixture = new Fixture();
  const asking = [fixture.link.request("ping", {}), fixture.link.request("rooms", {})].map(codeOf);
  fixture.server.close();
  assertEquals(await Promise.all(asking), ["disconnected", "disconnected"]);
  assertEquals([fixture.ends.length, fixture.link.closed], [1, true]);
  assertEquals(await codeOf(fixture.link.request("ping", {})), "disconnected");
  fixture.link.sendRead(1);
  fixture.link.close();
  assertEquals(fixture.ends.length, 1);
});

Deno.test("close() rejects what waits with its reason, and closes the connection", async () => {
  using fixture = new Fixture();
  const asking = codeOf(fixture.link.request("ping", {}));
  fixture.link.close(new ChatError("stopping", "Enough."));
  assertEquals([await asking, fixture.ends[0]?.code], ["stopping", "stopping"]);
  await fixture.sent();
  assertEquals(await fixture.server.read(new Uint8Array(1)), null);
});

Deno.test("a request that is not answered in time ends the link: nobody knows what became of it", async () => {
  using time = new FakeTime();
  using fixture = new Fixture();
  const asking = codeOf(fixture.link.request("ping", {}));
  await time.advance(requestTimeoutMs);
  assertEquals(fixture.link.closed, false);
  await time.advance(2_000);
  assertEquals([await asking, fixture.ends[0]?.code, time.timers], ["timeout", "timeout", 0]);
});

Deno.test("a silent server is asked for a sign of life, and given up where none comes", async () => {
  using time = new FakeTime();
  using fixture = new Fixture();
  await time.advance(99_000);
  await fixture.say({ event: "probe" });
  await time.advance(102_000);
  assertEquals(await fixture.sent(), [{ type: "ping", id: 1 }]);
  await fixture.say({ reply: 1 });
  await time.advance(102_000);
  assertEquals(fixture.link.closed, false);
  await time.advance(requestTimeoutMs + 2_000);
  assertEquals(fixture.ends.map((error) => error.code), ["timeout"]);
});

Deno.test("where another server can be gone to, one that is silent twice as long as it promised is gone", async () => {
  using time = new FakeTime();
  using fixture = new Fixture();
  let hasElsewhere = false;
  fixture.link.expectAlive(1_000, () => hasElsewhere);
  await time.advance(60_000);
  assertEquals(fixture.link.closed, false);
  hasElsewhere = true;
  await fixture.say({ event: "alive" });
  for (let times = 0; times < 20; times++) {
    await time.advance(1_900);
    await fixture.say(times % 2 === 0 ? { event: "alive" } : { event: "probe" });
  }
  assertEquals(fixture.link.closed, false);
  // Nobody is told of signs of life, and they call for no answer.
  assertEquals([fixture.events.length, fixture.batches.length], [10, 10]);
  await time.advance(1_900);
  assertEquals(fixture.link.closed, false);
  await time.advance(600);
  assertEquals([fixture.ends.map(({ code }) => code), time.timers], [["timeout"], 0]);
});

Deno.test("a program that was stopped itself does not take that for silence", async () => {
  using time = new FakeTime();
  using fixture = new Fixture();
  fixture.link.expectAlive(1_000, () => true);
  await fixture.say({ event: "alive" });
  const realNow = performance.now;
  // An hour goes by without any timer.
  performance.now = () => realNow() + 3_600_000;
  await time.advance(250);
  assertEquals(fixture.link.closed, false);
});

Deno.test("a link knows how far the server has followed its cluster's log", async () => {
  using fixture = new Fixture();
  assertEquals(fixture.link.place, 0);
  await fixture.say({ event: "probe", place: 7 }, { reply: 99, place: 9 }, { event: "probe" });
  assertEquals(fixture.link.place, 9);
  await fixture.say({ event: "a newer one", place: 8 }, { event: "probe", place: 5 });
  assertEquals(fixture.link.place, 9);
});

Deno.test("a server that asks for signs of life without end, and does not read them, gets one answer at most", async () => {
  using fixture: Fixture = new Fixture({ onEvent: () => fixture.link.sendRead(7) });
  const goOn = fixture.client.stallWrites();
  const probes = encodeMessage({ event: "probe" });
  const many = new Uint8Array(Array.from({ length: 5_000 }, () => [...probes]).flat());
  for (let times = 0; times < 10; times++) await fixture.server.write(many);
  await settled();
  goOn();
  await settled();
  const answers = await fixture.sent();
  assert(answers.length <= 3, `${answers.length} answers`);
});

Deno.test("while much waits nothing is read, unless a reply is awaited, and far more than that ends the link", async () => {
  let waitingBytes = 0;
  using fixture = new Fixture({ waitingBytes: () => waitingBytes });
  waitingBytes = 2 * 1024 * 1024;
  await fixture.say({ event: "probe" });
  await fixture.say({ event: "probe" });
  assertEquals(fixture.events.length, 1);
  const pinging = fixture.link.request("ping", {});
  await fixture.say({ reply: 1 });
  await pinging;
  assertEquals(fixture.events.length, 2);
  waitingBytes = 17 * 1024 * 1024;
  const asking = codeOf(fixture.link.request("ping", {}));
  await fixture.say({ event: "probe" });
  assertEquals(await asking, "disconnected");
  assertEquals(fixture.ends.length, 1);
});
