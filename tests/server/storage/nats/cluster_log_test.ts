import { assertEquals, assertRejects } from "@std/assert";
import type { Command, Outcome, PostCommand } from "../../../../server/storage/commands.ts";
import type { LogBatch, LogPlace } from "../../../../server/storage/log_place.ts";
import { ClusterLog, type LogWay } from "../../../../server/storage/nats/cluster_log.ts";
import type { LogMessage } from "../../../../server/storage/nats/log_keeper.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

function makePost(id: string): PostCommand {
  return {
    type: "post",
    version: 1,
    destination: { roomId: 1 },
    from: "ann",
    to: "#lobby",
    id,
    timeMs: 1,
    kind: "text",
    body: id,
  };
}

/** What is published comes here, and goes on to those who follow when a test says so. */
class Stream implements LogWay {
  readonly messages: LogMessage[] = [];
  readonly ids = new Map<string, number>();
  /** How often a publish shall be answered by an error, although the message is kept. */
  lostAnswers = 0;
  /** How often a publish shall fail. */
  failures = 0;
  /** How many messages shall be acknowledged and lost. */
  losses = 0;
  reachable = true;
  tries = 0;
  /** How long the last answer would have been waited for, in milliseconds. */
  waitMs = 0;
  #published = Promise.withResolvers<void>();

  publish(data: Uint8Array, id: string, waitMs: number): Promise<void> {
    this.tries++;
    this.waitMs = waitMs;
    if (this.failures-- > 0) return Promise.reject(new Error("timeout"));
    // A log that has forgotten the id takes it twice.
    if (this.losses-- > 0) return Promise.resolve();
    if (!this.ids.has(id)) this.append(data);
    this.ids.set(id, this.messages.length);
    this.#published.resolve();
    this.#published = Promise.withResolvers();
    return this.lostAnswers-- > 0 ? Promise.reject(new Error("timeout")) : Promise.resolve();
  }

  append(data: Uint8Array): void {
    this.messages.push({ sequence: this.messages.length + 1, data });
  }

  async published(count: number): Promise<void> {
    while (this.messages.length < count) await this.#published.promise;
  }

  /** Nothing more is refused from then on. */
  seen(): void {
    this.reachable = true;
  }

  isReachable(): boolean {
    return this.reachable;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A server's side of the log: posts get the sequences in which they come, and a run's batch counts once. */
class Server {
  readonly log: ClusterLog;
  readonly told: string[] = [];
  readonly failures: StorageError[] = [];
  readonly #stream: Stream;
  readonly #applied = new Map<string, number>();
  #sequence = 0;
  #taken = 0;
  /** Thrown instead of applying. */
  broken: Error | null = null;

  constructor(stream: Stream, place: LogPlace = { cluster: "c", applied: 0, checksum: 0 }) {
    this.#stream = stream;
    this.log = new ClusterLog({
      node: "test",
      place,
      way: stream,
      apply: (batches) => this.#apply(batches),
      onFailure: (error) => this.failures.push(error),
    });
  }

  watch(): void {
    this.log.watch({ post: ({ id }, _done, origin) => this.told.push(`${id} of ${origin}`) });
  }

  /** Takes what the stream has got since. */
  async follow(): Promise<void> {
    const messages = this.#stream.messages.slice(this.#taken);
    this.#taken = this.#stream.messages.length;
    await this.log.take(messages);
  }

  #apply(batches: readonly LogBatch[]): Promise<(Outcome[] | null)[]> {
    if (this.broken !== null) return Promise.reject(this.broken);
    return Promise.resolve(batches.map(({ run, number, commands }) => {
      if ((this.#applied.get(run) ?? 0) >= number) return null;
      this.#applied.set(run, number);
      return commands.map(() => ({
        refused: null,
        repeated: false,
        sequence: ++this.#sequence,
        timeMs: 1,
      }));
    }));
  }
}

function openServer(stream: Stream): Server {
  const server = new Server(stream);
  server.log.startTelling();
  server.watch();
  return server;
}

Deno.test("a submitter gets the outcome when its own store has applied the command, and everyone hears of it in one order", async () => {
  const stream = new Stream();
  const [here, there] = [openServer(stream), openServer(stream)];
  const first = here.log.submit(makePost("one"), 7);
  await stream.published(1);
  const second = there.log.submit(makePost("two"), 8);
  await stream.published(2);
  await Promise.all([here.follow(), there.follow()]);
  assertEquals([(await first as { sequence: number }).sequence], [1]);
  assertEquals([(await second as { sequence: number }).sequence], [2]);
  assertEquals(here.told, ["one of 7", "two of 0"]);
  assertEquals(there.told, ["one of 0", "two of 8"]);
  assertEquals(here.log.place, there.log.place);
});

Deno.test("what comes in one turn shares a message", async () => {
  const stream = new Stream();
  const server = openServer(stream);
  const all = ["a", "b", "c"].map((id) => server.log.submit(makePost(id)));
  await stream.published(1);
  await server.follow();
  await Promise.all(all);
  assertEquals(stream.messages.length, 1);
});

Deno.test("a message whose answer is lost is sent again under its id, and counts once", async () => {
  const stream = new Stream();
  const server = openServer(stream);
  stream.failures = 1;
  stream.lostAnswers = 2;
  const posted = server.log.submit(makePost("one"));
  await stream.published(1);
  await server.follow();
  await posted;
  await server.log.finish();
  assertEquals(stream.messages.length, 1);
  assertEquals(server.told, ["one of 0"]);
});

Deno.test("after an election that says at once that nobody is there the first answer is not waited for longer than ever", async () => {
  using time = new FakeTime();
  const stream = new Stream();
  const server = openServer(stream);
  stream.failures = 50;
  const posted = server.log.submit(makePost("one"));
  await time.advance(9_000);
  assertEquals([stream.tries > 50, stream.waitMs], [true, 400]);
  await server.follow();
  await posted;
});

Deno.test("whoever waits for a message that NATS has acknowledged and lost is told so when the next one is there", async () => {
  const stream = new Stream();
  const server = openServer(stream);
  stream.losses = 1;
  const lost = server.log.submit(makePost("one"));
  await new Promise<void>((resolve) => setImmediate(resolve));
  const kept = server.log.submit(makePost("two"));
  await stream.published(1);
  await server.follow();
  const error = await assertRejects(() => lost, StorageError, "have lost this");
  assertEquals([error.reason, (await kept).refused], ["unconfirmed", null]);
  assertEquals(server.told, ["two of 0"]);
  await server.log.finish();
});

Deno.test("a message that is in the log twice is applied and told once", async () => {
  const stream = new Stream();
  const server = openServer(stream);
  const posted = server.log.submit(makePost("one"));
  await stream.published(1);
  stream.append(stream.messages[0]!.data);
  await server.follow();
  await posted;
  assertEquals(server.told, ["one of 0"]);
  assertEquals(server.log.place.applied, 2);
});

Deno.test("while the log cannot be reached, what comes is refused at once, and what waits; of what is under way nothing is known", async () => {
  const stream = new Stream();
  const server = openServer(stream);
  stream.failures = Infinity;
  const underWay = server.log.submit(makePost("under way"), 7);
  await new Promise<void>((resolve) => setImmediate(resolve));
  const waiting = server.log.submit(makePost("waiting"));
  stream.reachable = false;
  server.log.refuseWaiting();
  const refused = await assertRejects(() => waiting, StorageError, "you can read, but not write");
  assertEquals(refused.reason, "cut_off");
  const reasonOf = async (posted: Promise<unknown>) =>
    (await assertRejects(() => posted, StorageError, "cannot reach")).reason;
  assertEquals(await reasonOf(underWay), "unconfirmed");
  assertEquals(await reasonOf(server.log.submit(makePost("later"))), "cut_off");
  // Whoever sends it again learns no more: it may be stored any time.
  assertEquals(await reasonOf(server.log.submit(makePost("under way"))), "unconfirmed");
  stream.reachable = true;
  stream.failures = 0;
  await stream.published(1);
  await server.follow();
  // Whoever has submitted it is told of it like everyone else.
  assertEquals(server.told, ["under way of 0"]);
  assertEquals(stream.messages.length, 1);
  stream.reachable = false;
  assertEquals(await reasonOf(server.log.submit(makePost("under way"))), "cut_off");
});

Deno.test("what is said about a post is unconfirmed as a post is, and never said to be refused", async () => {
  const stream = new Stream();
  const server = openServer(stream);
  stream.failures = Infinity;
  const reply = {
    ...makePost("reply"),
    version: 1,
    type: "annotation",
    kind: "reply",
    target: 1,
    asModerator: false,
  } as const;
  const reasonOf = async (posted: Promise<unknown>) =>
    (await assertRejects(() => posted, StorageError, "cannot reach")).reason;
  const underWay = reasonOf(server.log.submit(reply));
  await new Promise<void>((resolve) => setImmediate(resolve));
  stream.reachable = false;
  server.log.refuseWaiting();
  assertEquals(await underWay, "unconfirmed");
  assertEquals(await reasonOf(server.log.submit(reply)), "unconfirmed");
  stream.reachable = true;
  stream.failures = 0;
  await stream.published(1);
  await server.follow();
});

Deno.test("what is under way and was sent again is unconfirmed, and never said to be refused", async () => {
  const stream = new Stream();
  const server = openServer(stream);
  stream.failures = Infinity;
  const reasonOf = async (posted: Promise<unknown>) =>
    (await assertRejects(() => posted, StorageError, "cannot reach")).reason;
  const first = reasonOf(server.log.submit(makePost("one")));
  await new Promise<void>((resolve) => setImmediate(resolve));
  // Its sender has lost the connection and comes back: the second one waits behind the first.
  const again = reasonOf(server.log.submit(makePost("one")));
  const other = reasonOf(server.log.submit(makePost("other")));
  stream.reachable = false;
  // Whoever asks first notices that nothing can be reached.
  const third = reasonOf(server.log.submit(makePost("one")));
  assertEquals(await Promise.all([first, again, third, other]), [
    "unconfirmed",
    "unconfirmed",
    "unconfirmed",
    "cut_off",
  ]);
  stream.reachable = true;
  stream.failures = 0;
  await stream.published(1);
  await server.follow();
});

Deno.test("a server that stops before it knows what has become of a change says so", async () => {
  using time = new FakeTime();
  const stream = new Stream();
  const server = openServer(stream);
  stream.failures = Infinity;
  const underWay = server.log.submit(makePost("one"));
  const refused = assertRejects(() => underWay, StorageError, "before it was known");
  await new Promise<void>((resolve) => setImmediate(resolve));
  await time.until(server.log.finish());
  assertEquals((await refused).reason, "unconfirmed");
});

Deno.test("who hears that what was under way is in the log can go on at once, although the answer was lost", async () => {
  const stream = new Stream();
  const server = openServer(stream);
  stream.lostAnswers = Infinity;
  const underWay = server.log.submit(makePost("one"));
  await stream.published(1);
  stream.reachable = false;
  const next = underWay.then(() => server.log.submit(makePost("two")));
  await server.follow();
  await stream.published(2);
  await server.follow();
  await next;
  assertEquals(server.told, ["one of 0", "two of 0"]);
  await server.log.finish();
});

Deno.test("what was applied between opening and following is told to all who follow, once; what was applied before is not", async () => {
  const stream = new Stream();
  const other = openServer(stream);
  const server = new Server(stream);
  const posts = [other.log.submit(makePost("before"))];
  await stream.published(1);
  await Promise.all([server.follow(), other.follow()]);
  server.log.startTelling();
  posts.push(other.log.submit(makePost("between")));
  await stream.published(2);
  await Promise.all([server.follow(), other.follow()]);
  server.watch();
  server.watch();
  posts.push(other.log.submit(makePost("after")));
  await stream.published(3);
  await Promise.all([server.follow(), other.follow()]);
  await Promise.all(posts);
  const expected = ["between of 0", "between of 0", "after of 0", "after of 0"];
  assertEquals(server.told, expected);
});

Deno.test("a store that cannot apply what the log brings ends, and everyone who waits is told", async () => {
  const stream = new Stream();
  const server = openServer(stream);
  const posted = server.log.submit(makePost("one"));
  await stream.published(1);
  server.broken = new StorageError("damaged", "The database is damaged.");
  // It is in the log: the others have it.
  const rejected = assertRejects(() => posted, StorageError, "before it was known");
  await assertRejects(() => server.follow(), StorageError, "damaged");
  assertEquals((await rejected).reason, "unconfirmed");
  await assertRejects(() => server.log.submit(makePost("two")), StorageError, "damaged");
  assertEquals(server.failures.length, 1);
  await server.log.finish();
});

Deno.test("a gap in the log, and a message of a newer program, end it", async () => {
  const stream = new Stream();
  const gap = openServer(stream);
  const data = new TextEncoder().encode('{"v":1,"node":"a","run":"r","n":1,"commands":[]}');
  await assertRejects(() => gap.log.take([{ sequence: 2, data }]), StorageError, "longer than");
  const newer = openServer(stream);
  const unknown = new TextEncoder().encode('{"v":2,"node":"a","run":"r","n":1,"commands":[]}');
  await assertRejects(
    () => newer.log.take([{ sequence: 1, data: unknown }]),
    StorageError,
    "Install the newer program",
  );
  assertEquals([gap.failures.length, newer.failures.length], [1, 1]);
});

Deno.test("servers that have applied the same messages have the same checksum, and others another", async () => {
  const [one, two] = [new Stream(), new Stream()];
  const servers = [openServer(one), openServer(one), openServer(two)];
  for (const stream of [one, two]) {
    const text = `{"v":1,"node":"a","run":"${stream === one}","n":1,"commands":[]}`;
    stream.append(new TextEncoder().encode(text));
  }
  await Promise.all(servers.map((server) => server.follow()));
  const [first, second, third] = servers.map(({ log }) => log.place.checksum);
  assertEquals(first, second);
  assertEquals(first === third, false);
});

Deno.test("a command that no server could read, or NATS would not take, never comes into the log", async () => {
  const stream = new Stream();
  const { log, failures } = openServer(stream);
  const asker = {
    name: "ann",
    nameKey: "ann",
    account: true,
    origin: null,
    rulesServer: false,
    inside: true,
    roles: [],
  };
  const tooLong = { roomKey: "k".repeat(33) };
  const wrong: Command[] = [
    { ...makePost("1"), kind: "reply" },
    { ...makePost("1"), timeMs: NaN },
    { ...makePost("1"), body: "a".repeat(1024 * 1024) },
    {
      type: "rule",
      version: 1,
      roomId: 1,
      asker,
      changes: [{ kind: "rules", rules: tooLong }],
    },
    {
      type: "enter",
      version: 1,
      roomId: 1,
      asker,
      roomKey: null,
      opened: "nothing",
      people: -1,
      entries: 0,
    },
  ];
  for (const command of wrong) {
    const { reason } = await assertRejects(() => log.submit(command), StorageError);
    assertEquals(reason, "failed");
  }
  const last = log.submit(makePost("2"));
  await stream.published(1);
  await log.take(stream.messages);
  assertEquals([(await last).refused, stream.messages.length, failures], [null, 1, []]);
});
