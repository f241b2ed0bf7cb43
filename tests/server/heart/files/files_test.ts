import { assertEquals } from "@std/assert";
import { type FileLimits, Files } from "../../../../server/heart/files/files.ts";
import { silentLogger } from "../../../../server/common/log.ts";
import type { Session } from "../../../../server/heart/session.ts";
import type { Claim, FileTransfer } from "../../../../server/heart/files/file_transfers.ts";
import {
  filesUnderWayMax,
  filesUnderWayPerAccountMax,
  fileTicketTimeoutMs,
} from "../../../../protocol/wire/limits.ts";
import { FileTransfers } from "../../../../server/heart/files/file_transfers.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import { Heart, type Person, rejectsWith } from "../../../fixtures/heart.ts";
import { MemoryFileBytes } from "../../../fixtures/memory_file_bytes.ts";
import { MemoryStorage } from "../../../fixtures/memory_storage.ts";

const day = 24 * 60 * 60 * 1_000;
const limits: FileLimits = {
  fileBytesMax: 1_000,
  accountBytesMax: 1_500,
  allBytesMax: 2_500,
  keptMs: 30 * day,
};

/** A heart with files, and a clock that a test can move. */
class World implements AsyncDisposable {
  nowMs = 1_764_000_000_000;
  readonly bytes = new MemoryFileBytes();
  readonly files: Files;

  private constructor(readonly heart: Heart, given: Partial<FileLimits>) {
    this.files = new Files({
      ...{ chat: heart.chat, storage: heart.storage, bytes: this.bytes, logger: silentLogger },
      limits: { ...limits, ...given },
      nowMs: () => this.nowMs,
    });
  }

  static async open(given: Partial<FileLimits> = {}): Promise<World> {
    return new World(await Heart.open(new MemoryStorage()), given);
  }

  begin(by: Person, postId: string, bytes: number, room = "#lobby") {
    return this.files.begin(by.session, { where: { room }, postId, bytes });
  }

  /** Somebody sends a whole file. @return Its id. */
  async send(by: Person, postId: string, bytes = 100, room = "#lobby"): Promise<string> {
    const { file } = await this.begin(by, postId, bytes, room);
    const writer = await this.bytes.write(file, 0);
    await writer.append(new Uint8Array(bytes));
    await writer.finish();
    await this.files.complete(file);
    return file;
  }

  /** The ids of what is known, and of what is on the disk. */
  get left(): [known: string[], onDisk: string[]] {
    const { files } = this.heart.storage.data;
    return [[...files.keys()], [...this.bytes.whole.keys(), ...this.bytes.parts.keys()]];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.files.stop();
    await this.heart.chat.stop();
  }
}

Deno.test("the same post announces the same file, and says how much of it is there", async () => {
  await using world = await World.open();
  const jack = await world.heart.enter("jack");
  const first = await world.begin(jack, "a", 100);
  assertEquals(first.offset, 0);
  await (await world.bytes.write(first.file, 0)).append(new Uint8Array(40));
  const second = await world.begin(jack, "a", 100);
  assertEquals([second.file, second.offset], [first.file, 40]);
  await rejectsWith("id_reused", () => world.begin(jack, "a", 101));
  const jill = await world.heart.enter("jill");
  const other = await world.begin(jill, "a", 100);
  assertEquals(other.file === first.file, false);
});

Deno.test("a file, an account and all files together have their limits", async () => {
  await using world = await World.open();
  const jack = await world.heart.enter("jack");
  const jill = await world.heart.enter("jill");
  await rejectsWith("too_many", () => world.begin(jack, "a", 1_001));
  await world.begin(jack, "b", 1_000);
  const own = await rejectsWith("too_many", () => world.begin(jack, "c", 600));
  assertEquals(
    own.message,
    "Your files on this server would have more than 1.5 kB together. Take one of them back first.",
  );
  await world.begin(jill, "d", 1_000);
  const joe = await world.heart.enter("joe");
  await rejectsWith("too_many", () => world.begin(joe, "e", 600));
  await world.begin(jack, "f", 500);
  await world.files.sweep();
  assertEquals(world.left[0].length, 3);
  assertEquals((await world.begin(jack, "b", 1_000)).offset, 0);
});

Deno.test("an account has ten thousand files and no more, however small they are", async () => {
  await using world = await World.open();
  const jack = await world.heart.enter("jack");
  const { file } = await world.begin(jack, "a", 1);
  const { files } = world.heart.storage.data;
  const first = files.get(file)!;
  for (let number = 1; number < 10_000; number++) {
    files.set(String(number), { ...first, file: String(number), postId: String(number), bytes: 0 });
  }
  await rejectsWith("too_many", () => world.begin(jack, "b", 1));
  const jill = await world.heart.enter("jill");
  await world.begin(jill, "c", 1);
  files.delete("1");
  await world.begin(jack, "b", 1);
});

Deno.test("two who announce at the same moment do not take the last room twice", async () => {
  await using world = await World.open({ allBytesMax: 1_500 });
  const people = await Promise.all(["jack", "jill"].map((name) => world.heart.enter(name)));
  const results = await Promise.allSettled(people.map((one) => world.begin(one, "a", 1_000)));
  assertEquals(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
});

Deno.test("a server that takes no files says so", async () => {
  await using world = await World.open({ allBytesMax: 0 });
  const jack = await world.heart.enter("jack");
  await rejectsWith("forbidden", () => world.begin(jack, "a", 100));
});

Deno.test("only people who may speak in a room send files there, and only those in it fetch them", async () => {
  await using world = await World.open();
  const [jack, jill] = [await world.heart.enter("jack"), await world.heart.enter("jill")];
  await world.heart.chat.join(jack.session, "#den");
  await rejectsWith("not_in_room", () => world.begin(jill, "a", 100, "#den"));
  const file = await world.send(jack, "a", 100, "#den");
  await rejectsWith("not_found", () => world.files.fetch(jill.session, file));
  assertEquals((await world.files.fetch(jack.session, file)).bytes, 100);
  await world.heart.chat.join(jill.session, "#den");
  assertEquals((await world.files.fetch(jill.session, file)).bytes, 100);
});

Deno.test("a private file is for its two ends only", async () => {
  await using world = await World.open();
  const [jack, jill, joe] = await Promise.all(
    ["jack", "jill", "joe"].map((name) => world.heart.enter(name)),
  ) as [Person, Person, Person];
  const where = { with: jill.session.user };
  const { file } = await world.files.begin(jack.session, { where, postId: "a", bytes: 9 });
  await rejectsWith("not_found", () => world.files.fetch(jill.session, file));
  await world.files.complete(file);
  for (const { session } of [jack, jill]) await world.files.fetch(session, file);
  await rejectsWith("not_found", () => world.files.fetch(joe.session, file));
});

Deno.test("a file that no post has brought can be given up by its sender alone", async () => {
  await using world = await World.open();
  const [jack, jill] = [await world.heart.enter("jack"), await world.heart.enter("jill")];
  const file = await world.send(jack, "a");
  await rejectsWith("not_found", () => world.files.drop(jill.session, file));
  await world.files.drop(jack.session, file);
  await world.files.sweep();
  assertEquals(world.left, [[], []]);
  const posted = await world.send(jack, "b");
  await world.heart.post(jack, "#lobby", "x", "b");
  await rejectsWith("not_found", () => world.files.drop(jack.session, posted));
});

Deno.test("what no post brings is removed after a day, what one brings when it was kept for long enough", async () => {
  await using world = await World.open();
  const jack = await world.heart.enter("jack");
  const orphan = await world.send(jack, "a");
  const { file: half } = await world.begin(jack, "b", 100);
  await (await world.bytes.write(half, 0)).append(new Uint8Array(40));
  const posted = await world.send(jack, "c");
  await world.heart.post(jack, "#lobby", "x", "c");
  world.nowMs += day;
  await world.files.sweep();
  assertEquals(world.left[0], [orphan, half, posted]);
  world.nowMs += 1;
  await world.files.sweep();
  await world.files.sweep();
  assertEquals(world.left, [[posted], [posted]]);
  world.nowMs += 29 * day;
  await world.files.sweep();
  await world.files.sweep();
  assertEquals(world.left, [[], []]);
});

Deno.test("what was announced and does not come makes room after an hour, unless it is on its way", async () => {
  await using world = await World.open();
  const [jack, jill, joe] = await Promise.all(
    ["jack", "jill", "joe"].map((name) => world.heart.enter(name)),
  ) as [Person, Person, Person];
  await world.begin(jack, "a", 1_000);
  const { file: coming, ticket } = await world.begin(jill, "b", 1_000);
  const transfer = await world.files.transfers.begin(ticket);
  world.nowMs += day / 24;
  await rejectsWith("too_many", () => world.begin(joe, "c", 1_000));
  world.nowMs += 1;
  const { file } = await world.begin(joe, "c", 1_000);
  assertEquals(world.left[0], [coming, file]);
  world.nowMs += 2 * day;
  await world.files.sweep();
  assertEquals(world.left[0], [coming]);
  transfer.end();
  await world.files.sweep();
  assertEquals(world.left[0], []);
});

Deno.test("who is removed from a room is not read to any further, and sends nothing more there", async () => {
  await using world = await World.open();
  const [jack, jill] = [await world.heart.enter("jack"), await world.heart.enter("jill")];
  for (const { session } of [jack, jill]) await world.heart.chat.join(session, "#den");
  const file = await world.send(jack, "a", 100, "#den");
  const down = await world.files.fetch(jill.session, file);
  const up = await world.begin(jill, "b", 100, "#den");
  const running = [
    await world.files.transfers.begin(down.ticket),
    await world.files.transfers.begin(up.ticket),
  ];
  assertEquals(running.map(({ isOver }) => isOver), [false, false]);
  await world.heart.chat.leave(jill.session, "#den");
  assertEquals(running.map(({ isOver }) => isOver), [true, true]);
  for (const one of running) one.end();
});

Deno.test("what goes on in a room that its sender has left is closed before more begins elsewhere", async () => {
  await using world = await World.open();
  const jack = await world.heart.enter("jack");
  const begin = async (room: string) => {
    await world.heart.chat.join(jack.session, room);
    const { ticket } = await world.begin(jack, room, 100, room);
    return await world.files.transfers.begin(ticket);
  };
  const left = await begin("#one");
  let isClosed = false;
  left.onOver = () => isClosed = true;
  await world.heart.chat.leave(jack.session, "#one");
  const next = await begin("#two");
  assertEquals(isClosed, true);
  await world.heart.chat.join(jack.session, "#one");
  assertEquals(left.isOver, true);
  for (const one of [left, next]) one.end();
});

Deno.test("who has no room left of their own makes nobody else give way", async () => {
  await using world = await World.open();
  const [jack, jill] = [await world.heart.enter("jack"), await world.heart.enter("jill")];
  const { file: waiting } = await world.begin(jill, "a", 1_000);
  const { file: own } = await world.begin(jack, "b", 1_000);
  world.nowMs += day / 24 + 1;
  const { file } = await world.begin(jack, "c", 1_000);
  assertEquals([world.left[0].includes(own), world.left[0]], [false, [waiting, file]]);
});

Deno.test("files are kept for ever where the operator says so", async () => {
  await using world = await World.open({ keptMs: 0 });
  const jack = await world.heart.enter("jack");
  const file = await world.send(jack, "a");
  await world.heart.post(jack, "#lobby", "x", "a");
  world.nowMs += 10_000 * day;
  await world.files.sweep();
  assertEquals(world.left, [[file], [file]]);
});

Deno.test("what the disk has and the store does not know is removed", async () => {
  await using world = await World.open();
  const jack = await world.heart.enter("jack");
  const file = await world.send(jack, "a");
  for (let number = 0; number < 250; number++) {
    world.bytes.whole.set(number.toString(16).padStart(32, "f"), new Uint8Array(1));
  }
  await world.files.sweep();
  assertEquals(world.left, [[file], [file]]);
});

Deno.test("a file that no other server holds yet does not count as sent", async () => {
  await using world = await World.open();
  const jack = await world.heart.enter("jack");
  world.bytes.secure = () => Promise.reject(new StorageError("cut_off", "No other server has it."));
  const error = await rejectsWith("storage_failed", () => world.send(jack, "a"));
  assertEquals(error.message, "No other server has it.");
  const { file, offset } = await world.begin(jack, "a", 100);
  assertEquals(offset, 100);
  await rejectsWith("not_found", () => world.files.fetch(jack.session, file));
  world.bytes.secure = () => Promise.resolve("a".repeat(64));
  await world.files.complete(file);
  assertEquals((await world.files.fetch(jack.session, file)).bytes, 100);
});

Deno.test("what was sent to two servers at once is what the first of them has", async () => {
  await using world = await World.open();
  const jack = await world.heart.enter("jack");
  const { file } = await world.begin(jack, "a", 100);
  const elsewhere = { type: "file_whole", version: 1, file, hash: "a".repeat(64) } as const;
  await world.heart.storage.submit(elsewhere);
  assertEquals((await world.begin(jack, "a", 100)).offset, 100);
  world.bytes.whole.set(file, new Uint8Array(100));
  world.bytes.secure = () => Promise.resolve("b".repeat(64));
  await world.files.complete(file);
  assertEquals(world.left, [[file], []]);
});

/** A claim of somebody, and a clock. */
async function withTransfers(
  test: (parts: {
    readonly transfers: FileTransfers;
    readonly claim: (direction?: Claim["direction"], file?: string) => Claim;
    readonly pass: (ms: number) => void;
    readonly person: Person;
  }) => Promise<void>,
): Promise<void> {
  let nowMs = 0;
  const heart = await Heart.open();
  const person = await heart.enter("jack");
  const { session } = person;
  await test({
    transfers: new FileTransfers(() => nowMs),
    claim: (direction = "down", file = "a") => {
      return { session, file, bytes: 9, direction, isAllowed: () => true };
    },
    pass: (ms) => nowMs += ms,
    person,
  });
  await heart.chat.stop();
}

Deno.test("a ticket is good once, and not for long", async () => {
  await withTransfers(async ({ transfers, claim, pass }) => {
    const ticket = await transfers.ticketFor(claim());
    (await transfers.begin(ticket)).end();
    await rejectsWith("not_found", () => transfers.begin(ticket));
    const late = await transfers.ticketFor(claim());
    pass(fileTicketTimeoutMs + 1);
    await rejectsWith("not_found", () => transfers.begin(late));
    await rejectsWith("not_found", () => transfers.begin("guessed"));
  });
});

Deno.test("of very many tickets of a session the oldest are forgotten", async () => {
  await withTransfers(async ({ transfers, claim }) => {
    const tickets: string[] = [];
    for (let number = 0; number < 70; number++) tickets.push(await transfers.ticketFor(claim()));
    await rejectsWith("not_found", () => transfers.begin(tickets[0]!));
    (await transfers.begin(tickets.at(-1)!)).end();
  });
});

Deno.test("an account has so many files under way and no more", async () => {
  await withTransfers(async ({ transfers, claim }) => {
    const begun = [];
    for (let number = 0; number < filesUnderWayPerAccountMax; number++) {
      begun.push(await transfers.begin(await transfers.ticketFor(claim())));
    }
    const ticket = await transfers.ticketFor(claim());
    const error = await rejectsWith("slow_down", () => transfers.begin(ticket));
    assertEquals((error.retryAfterMs ?? 0) > 0, true);
    begun[0]!.end();
    (await transfers.begin(await transfers.ticketFor(claim()))).end();
  });
});

Deno.test("a sender who comes with another connection ends the one before", async () => {
  await withTransfers(async ({ transfers, claim }) => {
    const first = await transfers.begin(await transfers.ticketFor(claim("up")));
    first.onOver = () => first.end();
    const second = await transfers.begin(await transfers.ticketFor(claim("up")));
    assertEquals([first.isOver, second.isOver, transfers.size], [true, false, 1]);
    second.end();
  });
});

Deno.test("a session that its account has ended moves no files", async () => {
  await withTransfers(async ({ transfers, claim, person }) => {
    const ticket = await transfers.ticketFor(claim());
    const running = await transfers.begin(await transfers.ticketFor(claim()));
    person.session.revoked = true;
    await rejectsWith("not_signed_in", () => transfers.begin(ticket));
    assertEquals(running.isOver, true);
    running.end();
  });
});

Deno.test("where all places are taken, who has fewer gets one of those of who has most: of a network, then of an account", async () => {
  const heart = await Heart.open();
  const transfers = new FileTransfers(() => 0);
  const begin = async (name: string, site: string) => {
    const user = { name, nameKey: name, account: true };
    const session = { user, site, revoked: false } as Session;
    const claim = {
      session,
      file: name,
      bytes: 9,
      direction: "down",
      isAllowed: () => true,
    } as const;
    const one = await transfers.begin(await transfers.ticketFor(claim));
    one.onOver = () => one.end();
    return one;
  };
  const crowd: FileTransfer[] = [];
  for (let number = 0; number < filesUnderWayMax; number++) {
    crowd.push(await begin(`crowd${number % 32}`, "192.0.2.1"));
  }
  const over = () => crowd.filter(({ isOver }) => isOver).length;
  // Of the same network, who has none: one account of the others has eight.
  await begin("joe", "192.0.2.1");
  assertEquals([over(), transfers.size], [1, filesUnderWayMax]);
  for (let number = 0; number < filesUnderWayPerAccountMax; number++) {
    await begin("jill", "198.51.100.7");
  }
  assertEquals([over(), transfers.size], [1 + filesUnderWayPerAccountMax, filesUnderWayMax]);
  await rejectsWith("slow_down", () => begin("jill", "198.51.100.7"));
  // The others take nothing back from who has fewer.
  await rejectsWith("slow_down", async () => {
    for (;;) await begin("crowd0", "192.0.2.1");
  });
  transfers.endAll();
  await heart.chat.stop();
});
