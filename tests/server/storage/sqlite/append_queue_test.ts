import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { AppendQueue } from "../../../../server/storage/sqlite/append_queue.ts";
import type { ReadPositionTable } from "../../../../server/storage/sqlite/tables/account_tables.ts";
import type { Outcome } from "../../../../server/storage/sqlite/posts/post_writer.ts";
import { IdReusedError, type NewPost, StorageError } from "../../../../server/storage/storage.ts";
import { errorToSend } from "../../../../server/storage/sqlite/file/sent_error.ts";
import { makePost } from "./storage_fixture.ts";

/** A writer whose commits end when the test says so. */
function handWriter() {
  const commits: {
    posts: readonly NewPost[];
    positions: ReadPositionTable;
    end: () => void;
    fail: (error: Error) => void;
  }[] = [];
  let sequence = 0;
  const arrivals: (() => void)[] = [];
  const queue = new AppendQueue((posts, positions) => {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome[]>();
    const end = () =>
      resolve(posts.map(() => ({ sequence: ++sequence, timeMs: 0, repeated: false })));
    commits.push({ posts, positions, end, fail: reject });
    arrivals.shift()?.();
    return promise;
  });
  const nextCommit = () => new Promise<void>((resolve) => arrivals.push(resolve));
  return { queue, commits, nextCommit };
}

const post = (body = "x") => makePost({ roomId: 1 }, body);

Deno.test("AppendQueue commits what comes meanwhile together, one commit at a time", async () => {
  const { queue, commits, nextCommit } = handWriter();
  let arrived = nextCommit();
  const first = queue.append(post());
  await arrived;
  const others = [queue.append(post()), queue.append(post()), queue.append(post())];
  assertEquals(commits.length, 1);
  arrived = nextCommit();
  commits[0]?.end();
  assertEquals((await first).sequence, 1);
  await arrived;
  assertEquals(commits.map(({ posts }) => posts.length), [1, 3]);
  commits[1]?.end();
  assertEquals((await Promise.all(others)).map(({ sequence }) => sequence), [2, 3, 4]);
});

Deno.test("AppendQueue commits together what one turn of the event loop brings, in whichever step of it", async () => {
  const { queue, commits, nextCommit } = handWriter();
  const arrived = nextCommit();
  const all = [queue.append(post())];
  for (let step = 0; step < 10; step++) {
    await Promise.resolve();
    all.push(queue.append(post()));
  }
  await arrived;
  assertEquals(commits.map(({ posts }) => posts.length), [11]);
  commits[0]?.end();
  assertEquals((await Promise.all(all)).map(({ sequence }) => sequence).at(-1), 11);
});

Deno.test("AppendQueue commits at most 1,000 posts or 4 MiB of bodies at once", async () => {
  const { queue, commits, nextCommit } = handWriter();
  const sizes: number[] = [];
  for (
    const posts of [
      Array.from({ length: 2_500 }, () => post()),
      Array.from({ length: 200 }, () => post("x".repeat(24_000))),
    ]
  ) {
    const done = Promise.all(posts.map((one) => queue.append(one)));
    let left = posts.length;
    while (left > 0) {
      await nextCommit();
      const commit = commits.at(-1);
      const size = commit?.posts.length ?? 0;
      sizes.push(size);
      left -= size;
      commit?.end();
    }
    await done;
  }
  assertEquals(sizes, [1_000, 1_000, 500, 87, 87, 26]);
});

Deno.test("AppendQueue forgets no post that comes just when a commit has ended", async () => {
  const queue = new AppendQueue((posts) =>
    Promise.resolve(posts.map(() => ({ sequence: 1, timeMs: 0, repeated: false })))
  );
  for (let turns = 0; turns < 20; turns++) {
    const first = queue.append(post());
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    await Promise.all([first, queue.append(post())]);
    await queue.append(post());
  }
});

Deno.test("AppendQueue rejects all of a commit that fails, and goes on with the next", async () => {
  const { queue, commits, nextCommit } = handWriter();
  let arrived = nextCommit();
  const lost = [queue.append(post()), queue.append(post())];
  await arrived;
  const kept = queue.append(post());
  arrived = nextCommit();
  commits[0]?.fail(new StorageError("full", "The disk is full."));
  for (const one of lost) await assertRejects(() => one, StorageError, "full");
  await arrived;
  commits[1]?.end();
  assertEquals((await kept).sequence, 1);
});

Deno.test("AppendQueue rejects a post that was refused with the error's class", async () => {
  const error = errorToSend(new IdReusedError("reused"));
  const queue = new AppendQueue(() => Promise.resolve([{ error }]));
  await assertRejects(() => queue.append(post()), IdReusedError, "reused");
});

Deno.test("AppendQueue refuses a post when 100,000 wait, and takes one again when there is room", async () => {
  const { queue, commits, nextCommit } = handWriter();
  const arrived = nextCommit();
  const waiting = [queue.append(post())];
  await arrived;
  for (let count = 0; count < 100_000; count++) waiting.push(queue.append(post()));
  const error = await assertRejects(() => queue.append(post()), StorageError);
  assertEquals(error.reason, "full");
  let next = nextCommit();
  commits[0]?.end();
  await next;
  waiting.push(queue.append(post()));
  for (let index = 1; index <= 100; index++) {
    next = nextCommit();
    commits[index]?.end();
    await next;
  }
  commits.at(-1)?.end();
  assertEquals((await Promise.all(waiting)).length, 100_002);
});

Deno.test("AppendQueue saves read positions with the next commit, the highest of each account", async () => {
  const { queue, commits, nextCommit } = handWriter();
  queue.savePositions([["ann", 3], ["bob", 1]]);
  queue.savePositions([["ann", 2]]);
  assertEquals([queue.waitingPosition("ann"), queue.waitingPosition("cid")], [3, 0]);
  const arrived = nextCommit();
  const appended = queue.append(post());
  await arrived;
  assertEquals(commits[0]?.positions, [["ann", 3], ["bob", 1]]);
  queue.savePositions([["bob", 4]]);
  commits[0]?.end();
  await appended;
  assertEquals([queue.waitingPosition("ann"), queue.waitingPosition("bob")], [0, 4]);
  const again = nextCommit();
  const finished = queue.finish();
  await again;
  assertEquals(commits[1]?.positions, [["bob", 4]]);
  commits[1]?.end();
  await finished;
});

Deno.test("AppendQueue saves read positions by themselves when nothing is posted", async () => {
  const { queue, commits, nextCommit } = handWriter();
  const arrived = nextCommit();
  queue.savePositions([["ann", 3]]);
  await arrived;
  assertEquals([commits[0]?.posts, commits[0]?.positions], [[], [["ann", 3]]]);
  const finished = queue.finish();
  commits[0]?.end();
  await finished;
});

Deno.test("AppendQueue keeps read positions whose commit failed, and gives up at the end", async () => {
  const { queue, commits, nextCommit } = handWriter();
  let arrived = nextCommit();
  queue.savePositions([["ann", 3]]);
  await arrived;
  arrived = nextCommit();
  commits[0]?.fail(new Error("disk"));
  await arrived;
  assertEquals(commits[1]?.positions, [["ann", 3]]);
  const finished = queue.finish();
  arrived = nextCommit();
  commits[1]?.fail(new Error("disk"));
  await arrived;
  commits[2]?.fail(new Error("disk"));
  await finished;
  assertEquals(commits.length, 3);
});

Deno.test("AppendQueue refuses read positions of more than 100,000 accounts", async () => {
  const { queue, nextCommit, commits } = handWriter();
  const keys = Array.from({ length: 100_001 }, (_, index) => [`a${index}`, 1] as const);
  assertThrows(() => queue.savePositions(keys), StorageError);
  const arrived = nextCommit();
  const finished = queue.finish();
  await arrived;
  commits[0]?.end();
  await finished;
});
