import { assertEquals, assertRejects } from "@std/assert";
import type { Result } from "../../../../server/storage/sqlite/workers/applier.ts";
import { CommandQueue } from "../../../../server/storage/sqlite/command_queue.ts";
import type { Command } from "../../../../server/storage/commands.ts";
import { errorToSend } from "../../../../server/storage/sqlite/file/sent_error.ts";
import { StorageError } from "../../../../server/storage/storage_error.ts";
import { makePost } from "./storage_fixture.ts";

/** A writer whose commits end when the test says so. */
function handWriter() {
  const commits: {
    commands: readonly Command[];
    end: (results?: readonly Result[]) => void;
    fail: (error: Error) => void;
  }[] = [];
  let sequence = 0;
  const arrivals: (() => void)[] = [];
  const queue = new CommandQueue((commands) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Result[]>();
    const end = (results?: readonly Result[]) =>
      resolve(results ?? commands.map(() => stored(++sequence)));
    commits.push({ commands, end, fail: reject });
    arrivals.shift()?.();
    return promise;
  });
  const nextCommit = () => new Promise<void>((resolve) => arrivals.push(resolve));
  return { queue, commits, nextCommit };
}

const stored = (sequence: number, repeated = false) =>
  ({ refused: null, repeated, sequence, timeMs: 0 }) as const;

const post = (body = "x") =>
  ({ type: "post", version: 1, ...makePost({ roomId: 1 }, body) }) as const;

const sequencesOf = async (outcomes: readonly Promise<Result>[]) =>
  (await Promise.all(outcomes)).map((outcome) =>
    "sequence" in outcome ? outcome.sequence : outcome
  );

Deno.test("CommandQueue sends a batch each turn, also while commits are under way", async () => {
  const { queue, commits, nextCommit } = handWriter();
  let arrived = nextCommit();
  const first = queue.submit(post());
  await arrived;
  arrived = nextCommit();
  const others = [queue.submit(post()), queue.submit(post()), queue.submit(post())];
  await arrived;
  assertEquals(commits.map(({ commands }) => commands.length), [1, 3]);
  commits[0]?.end();
  assertEquals(await sequencesOf([first]), [1]);
  commits[1]?.end();
  assertEquals(await sequencesOf(others), [2, 3, 4]);
});

Deno.test("CommandQueue keeps together what comes while a thousand commands are under way", async () => {
  const { queue, commits, nextCommit } = handWriter();
  let arrived = nextCommit();
  const first = Array.from({ length: 1_000 }, () => queue.submit(post()));
  await arrived;
  const later: Promise<Result>[] = [];
  for (let turn = 0; turn < 3; turn++) {
    later.push(queue.submit(post()));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assertEquals(commits.map(({ commands }) => commands.length), [1_000]);
  arrived = nextCommit();
  commits[0]?.end();
  await Promise.all(first);
  await arrived;
  assertEquals(commits.map(({ commands }) => commands.length), [1_000, 3]);
  commits[1]?.end();
  assertEquals(await sequencesOf(later), [1_001, 1_002, 1_003]);
});

Deno.test("CommandQueue commits together what one turn of the event loop brings, in whichever step of it", async () => {
  const { queue, commits, nextCommit } = handWriter();
  const arrived = nextCommit();
  const all = [queue.submit(post())];
  for (let step = 0; step < 10; step++) {
    await Promise.resolve();
    all.push(queue.submit(post()));
  }
  await arrived;
  assertEquals(commits.map(({ commands }) => commands.length), [11]);
  commits[0]?.end();
  assertEquals((await sequencesOf(all)).at(-1), 11);
});

Deno.test("CommandQueue keeps commands of all types in one order", async () => {
  const { queue, commits, nextCommit } = handWriter();
  const membership = {
    type: "membership",
    version: 1,
    roomId: 1,
    nameKey: "ann",
    removal: null,
  } as const;
  const arrived = nextCommit();
  const all = [
    queue.submit(post("before")),
    queue.submit({ ...membership, belongs: false }),
    queue.submit(post("after")),
  ];
  await arrived;
  assertEquals(commits[0]?.commands.map(({ type }) => type), ["post", "membership", "post"]);
  commits[0]?.end();
  await Promise.all(all);
});

Deno.test("CommandQueue commits at most 1,000 commands or 4 MiB of bodies at once", async () => {
  const { queue, commits, nextCommit } = handWriter();
  const sizes: number[] = [];
  for (
    const posts of [
      Array.from({ length: 2_500 }, () => post()),
      Array.from({ length: 200 }, () => post("x".repeat(24_000))),
    ]
  ) {
    const done = Promise.all(posts.map((one) => queue.submit(one)));
    for (let left = posts.length; left > 0;) {
      if (sizes.length === commits.length) await nextCommit();
      const commit = commits[sizes.length]!;
      sizes.push(commit.commands.length);
      left -= commit.commands.length;
      commit.end();
    }
    await done;
  }
  assertEquals(sizes, [1_000, 1_000, 500, 87, 87, 26]);
});

Deno.test("CommandQueue forgets no command that comes just when a commit has ended", async () => {
  const queue = new CommandQueue((commands) => Promise.resolve(commands.map(() => stored(1))));
  for (let turns = 0; turns < 20; turns++) {
    const first = queue.submit(post());
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    await Promise.all([first, queue.submit(post())]);
    await queue.submit(post());
  }
});

Deno.test("CommandQueue rejects all of a commit that fails, and goes on with the next", async () => {
  const { queue, commits, nextCommit } = handWriter();
  let arrived = nextCommit();
  const lost = [queue.submit(post()), queue.submit(post())];
  await arrived;
  const kept = queue.submit(post());
  arrived = nextCommit();
  commits[0]?.fail(new StorageError("full", "The disk is full."));
  for (const one of lost) await assertRejects(() => one, StorageError, "full");
  await arrived;
  commits[1]?.end();
  assertEquals(await sequencesOf([kept]), [1]);
});

Deno.test("CommandQueue rejects a command that met damage, and no other", async () => {
  const error = errorToSend(new StorageError("damaged", "broken"));
  const queue = new CommandQueue(() => Promise.resolve([{ error }, stored(1)]));
  const [bad, good] = [queue.submit(post()), queue.submit(post())];
  const { reason } = await assertRejects(() => bad, StorageError, "broken");
  assertEquals(reason, "damaged");
  assertEquals(await sequencesOf([good]), [1]);
});

Deno.test("CommandQueue tells those who follow before a submitter gets the outcome, in order, and only of what has changed", async () => {
  const { queue, commits, nextCommit } = handWriter();
  const told: string[] = [];
  const end = queue.watch({
    post: ({ body }, { sequence }, origin) => told.push(`${sequence} ${body} of ${origin}`),
    membership: ({ nameKey }) => told.push(nameKey),
  });
  queue.watch({ post: ({ body }) => told.push(`also ${body}`) });
  const arrived = nextCommit();
  const settled = [post("one"), post("again"), post("reused"), post("two")].map((command, index) =>
    queue.submit(command, index).then(() => told.push(`settled ${command.body}`))
  );
  await arrived;
  commits[0]?.end([stored(1), stored(1, true), { refused: "id_reused" }, stored(2)]);
  await Promise.all(settled);
  assertEquals(told, [
    "1 one of 0",
    "also one",
    "2 two of 3",
    "also two",
    "settled one",
    "settled again",
    "settled reused",
    "settled two",
  ]);
  end();
  told.length = 0;
  const next = nextCommit();
  const last = queue.submit(post("three"));
  await next;
  commits[1]?.end();
  await last;
  assertEquals(told, ["also three"]);
});

Deno.test("CommandQueue refuses a command when 100,000 wait, and takes one again when there is room", async () => {
  const { queue, commits, nextCommit } = handWriter();
  const arrived = nextCommit();
  const waiting = [queue.submit(post())];
  await arrived;
  for (let count = 0; count < 100_000; count++) waiting.push(queue.submit(post()));
  const error = await assertRejects(() => queue.submit(post()), StorageError);
  assertEquals(error.reason, "full");
  let next = nextCommit();
  commits[0]?.end();
  await next;
  waiting.push(queue.submit(post()));
  for (let index = 1; index <= 100; index++) {
    next = nextCommit();
    commits[index]?.end();
    await next;
  }
  commits.at(-1)?.end();
  assertEquals((await Promise.all(waiting)).length, 100_002);
});

Deno.test("CommandQueue.finish() waits for all that was submitted, also where it fails", async () => {
  const { queue, commits, nextCommit } = handWriter();
  const arrived = nextCommit();
  const lost = queue.submit(post());
  await arrived;
  const kept = queue.submit(post());
  let finished = false;
  const finishing = queue.finish().then(() => finished = true);
  const next = nextCommit();
  commits[0]?.fail(new StorageError("full", "The disk is full."));
  await assertRejects(() => lost, StorageError);
  await next;
  assertEquals(finished, false);
  commits[1]?.end();
  await kept;
  await finishing;
});
