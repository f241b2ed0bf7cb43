import {
  assertEquals,
  assertLess,
  assertLessOrEqual,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { SharedCounts } from "../../../server/accounts/shared_counts.ts";
import { SignInGuard } from "../../../server/accounts/sign_in_guard.ts";
import { Allowances } from "../../../server/common/allowances.ts";
import { LocalWhispers, type Whisper } from "../../../server/storage/whispers.ts";
import { FakeTime } from "../../fixtures/fake_time.ts";
import { CuttableWhispers } from "../../fixtures/shared_log.ts";

/** More than what was taken waits to be told. */
const tickMs = 250;

const doer = (nameKey: string) => ({ user: { nameKey, account: true }, site: "192.0.2.1" });

/** Servers that count together, and what they tell one another. */
function servers(count: number) {
  const all = new LocalWhispers();
  const told: Extract<Whisper, { type: "spent" }>[] = [];
  all.hear((whisper) => {
    if (whisper.type === "spent") told.push(whisper);
  });
  const nowMs = () => performance.now();
  const nodes = Array.from({ length: count }, () => {
    const allowances = new Allowances({ postsPerSecond: 2, bytesPerDay: 100_000, nowMs });
    const guard = new SignInGuard({ secret: new Uint8Array(32), nowMs });
    const way = new CuttableWhispers(all);
    const counts = new SharedCounts(way, [allowances, guard]);
    return { allowances, guard, way, counts };
  });
  return { nodes, told, stop: () => nodes.forEach(({ counts }) => counts.stop()) };
}

type Node = ReturnType<typeof servers>["nodes"][number];

async function triesWrongly({ guard }: Node, address = "198.51.100.7", accountKey = "jack") {
  try {
    (await guard.admit({ accountKey, address })).failed();
    return true;
  } catch (error) {
    if (error instanceof ChatError && error.code === "slow_down") return false;
    throw error;
  }
}

function posts({ allowances }: Node, nameKey = "jack"): boolean {
  try {
    allowances.takePost(doer(nameKey), "x");
    return true;
  } catch (error) {
    if (error instanceof ChatError && error.code === "slow_down") return false;
    throw error;
  }
}

/** How often something is done at all servers in turn, a try every tenth of a second, in so many seconds. */
async function doneIn(
  time: FakeTime,
  nodes: readonly Node[],
  seconds: number,
  action: (node: Node) => Promise<boolean> | boolean,
): Promise<number> {
  let done = 0;
  for (let at = 0; at < seconds * 10; at++) {
    if (await action(nodes[at % nodes.length]!)) done++;
    await time.advance(100);
  }
  return done;
}

Deno.test("whoever tries passwords on three servers gets no more tries than on one", async () => {
  for (const count of [1, 3]) {
    using time = new FakeTime();
    const { nodes, stop } = servers(count);
    const done = await doneIn(time, nodes, 120, triesWrongly);
    // Five at once, then three a minute; what falls between two whispers is owed.
    assertLessOrEqual(done, 12);
    stop();
  }
});

Deno.test("a network that tries all accounts on three servers gets no more tries than on one", async () => {
  using time = new FakeTime();
  const { nodes, stop } = servers(3);
  let at = 0;
  let done = 0;
  for (let second = 0; second < 20; second++) {
    for (let each = 0; each < 60; each++) {
      if (await triesWrongly(nodes[at % 3]!, "198.51.100.7", `user${at++}`)) done++;
    }
    await time.advance(1_000);
  }
  // 300 at once, then 60 a minute, and what three servers let in before they have heard of it.
  assertLess(done, 300 + 20 + 3 * 60);
  stop();
});

Deno.test("posts, bytes, rooms and registrations are counted together", async () => {
  using time = new FakeTime();
  const { nodes, stop } = servers(3);
  const done = await doneIn(time, nodes, 60, posts);
  // Ten seconds' worth at once, then two a second.
  assertLessOrEqual(done, 20 + 120 + 10);
  const register = ({ allowances }: Node) => {
    try {
      allowances.takeRegistration("203.0.113.1");
      return true;
    } catch {
      return false;
    }
  };
  let registered = 0;
  for (let at = 0; at < 900; at++) {
    if (register(nodes[at % 3]!)) registered++;
    if (at % 90 === 0) await time.advance(tickMs);
  }
  assertLess(registered, 200 + 10 + 90);
  assertThrows(() => nodes[0]!.allowances.takeRegistration("203.0.113.1"), ChatError);
  stop();
});

Deno.test("a sign-in that succeeds gives its try back on all servers, and no more than that", async () => {
  using time = new FakeTime();
  const { nodes, stop } = servers(2);
  const [here, there] = nodes as [Node, Node];
  for (let round = 0; round < 50; round++) {
    const ticket = await here.guard.admit({ accountKey: "jack", address: "198.51.100.7" });
    await time.advance(tickMs);
    ticket.succeeded();
    await time.advance(tickMs);
  }
  for (let at = 0; at < 5; at++) assertEquals(await triesWrongly(there), true);
  await assertRejects(
    () => there.guard.admit({ accountKey: "jack", address: "198.51.100.7" }),
    ChatError,
  );
  // Slow sign-ins of one's own earn nothing: what time has brought back is not given back once more.
  const slow = await Promise.all(
    Array.from(
      { length: 5 },
      () => here.guard.admit({ accountKey: "jill", address: "198.51.100.8" }),
    ),
  );
  await time.advance(200_000);
  for (let at = 0; at < 5; at++) {
    assertEquals(await triesWrongly(there, "198.51.100.8", "jill"), true);
  }
  for (const ticket of slow) ticket.succeeded();
  await time.advance(tickMs);
  assertEquals(await triesWrongly(there, "198.51.100.8", "jill"), false);
  stop();
});

Deno.test("answers to wrong passwords come later and later, whichever servers are tried", async () => {
  using time = new FakeTime();
  const { nodes, stop } = servers(2);
  const delays: number[] = [];
  for (let at = 0; at < 4; at++) {
    const attempt = { accountKey: "jack", address: `198.51.100.${at}` };
    delays.push((await nodes[at % 2]!.guard.admit(attempt)).failed());
    await time.advance(tickMs);
  }
  assertEquals(delays, [250, 500, 1_000, 2_000]);
  stop();
});

Deno.test("however much is taken, it is told in pieces that fit, and nothing is left out", async () => {
  using time = new FakeTime();
  const { nodes, told, stop } = servers(2);
  const [here, there] = nodes as [Node, Node];
  for (let at = 0; at < 3_000; at++) posts(here, `user${at}`);
  for (let at = 0; at < 3; at++) assertEquals(posts(here, "jack"), true);
  await time.advance(tickMs);
  for (const { spent } of told) assertLessOrEqual(spent.length, 500);
  // Of posts and of their bytes.
  assertEquals(told.flatMap(({ spent }) => spent).length, 2 * 3_001);
  let left = 0;
  while (posts(there, "jack")) left++;
  assertEquals(left, 17);
  stop();
});

Deno.test("a server that nobody hears counts by itself, and what it is not told of costs nothing", async () => {
  using time = new FakeTime();
  const { nodes, told, stop } = servers(2);
  nodes[1]!.way.cut = true;
  assertEquals(await doneIn(time, nodes, 5, triesWrongly), 10);
  assertEquals(told.length > 0, true);
  stop();
  // Nothing is told any more.
  const before = told.length;
  posts(nodes[0]!);
  await time.advance(tickMs);
  assertEquals(told.length, before);
});
