import { assertEquals } from "@std/assert";
import { readable, type ShownPost } from "../../../../client/core/e2e/message_view.ts";
import { drawnPostsMax, Timeline } from "../../../../client/web/state/timeline.ts";
import type { PostKind } from "../../../../protocol/wire/post_kinds.ts";
import type { RequestInputOf } from "../../../../protocol/wire/requests.ts";

function post(
  sequence: number,
  text: string = `m${sequence}`,
  about: { readonly kind?: PostKind; readonly target?: number } = {},
): ShownPost {
  const id = `id${sequence}`;
  return readable({
    sequence,
    timeMs: sequence * 1_000,
    from: "jill",
    to: "#lobby",
    id,
    kind: "text",
    body: text,
    ...about,
  });
}

/** A server with posts 1 to `count`. */
function history(count: number) {
  const asked: RequestInputOf<"history">[] = [];
  const fetchPage = (query: RequestInputOf<"history">) => {
    asked.push(query);
    const { before = Infinity, after = 0, limit } = query;
    const all = Array.from({ length: count }, (_, at) => at + 1)
      .filter((sequence) => sequence < before && sequence > after);
    const chosen = query.after === undefined ? all.slice(-limit) : all.slice(0, limit);
    const posts = chosen.map((sequence) => post(sequence));
    return Promise.resolve({ posts, annotations: [], more: chosen.length < all.length });
  };
  return { asked, fetchPage };
}

const ends = (timeline: Timeline) => {
  const posts = timeline.posts.value;
  return [posts[0]?.sequence, posts.at(-1)?.sequence, posts.length];
};

Deno.test("the newest posts come first, and older ones before them without end", async () => {
  const { fetchPage } = history(1_000);
  const timeline = new Timeline("#lobby", fetchPage);
  await timeline.loadNewest();
  assertEquals(ends(timeline), [941, 1_000, 60]);
  timeline.isFollowed = false;
  for (let page = 0; page < 5; page++) await timeline.loadOlder();
  assertEquals(ends(timeline), [641, 1_000, 360]);
  await timeline.loadOlder();
  assertEquals([ends(timeline), timeline.hasNewer.value], [[581, 980, drawnPostsMax], true]);
  while (timeline.hasOlder.value) await timeline.loadOlder();
  assertEquals(ends(timeline), [1, drawnPostsMax, drawnPostsMax]);
});

Deno.test("whoever goes down again gets everything up to the end, and then what comes", async () => {
  const { fetchPage } = history(1_000);
  const timeline = new Timeline("#lobby", fetchPage);
  await timeline.loadAround(300);
  assertEquals([ends(timeline), timeline.hasOlder.value], [[241, 360, 120], true]);
  timeline.take([post(1_001)]);
  assertEquals(ends(timeline), [241, 360, 120]);
  timeline.isFollowed = true;
  while (timeline.hasNewer.value) await timeline.loadNewer();
  assertEquals(ends(timeline), [601, 1_000, drawnPostsMax]);
  timeline.take([post(1_001), post(1_001), post(1_002)]);
  assertEquals(ends(timeline), [603, 1_002, drawnPostsMax]);
});

/** The same, with something that happens after a page was read and before it has come. */
function slowHistory(count: number) {
  const { fetchPage } = history(count);
  const slow = { meanwhile: (): void => {}, timeline: new Timeline("#lobby", fetchSlowly) };
  async function fetchSlowly(query: RequestInputOf<"history">) {
    const page = await fetchPage(query);
    slow.meanwhile();
    return page;
  }
  return slow;
}

Deno.test("what comes while the end is being fetched, too late for that page, is there afterwards", async () => {
  const slow = slowHistory(1_000);
  const { timeline } = slow;
  await timeline.loadAround(300);
  slow.meanwhile = () => timeline.take([post(1_001)]);
  await timeline.showEnd();
  assertEquals([ends(timeline), timeline.hasNewer.value], [[941, 1_001, 61], false]);
  slow.meanwhile = () => {};
  await timeline.loadAround(900);
  slow.meanwhile = () => timeline.take([post(1_001), post(1_002)]);
  await timeline.loadNewer();
  assertEquals([ends(timeline), timeline.hasNewer.value], [[841, 1_002, 162], false]);
});

Deno.test("of what comes faster than the end can be fetched the newest is fetched, too", async () => {
  const slow = slowHistory(1_000);
  const { timeline } = slow;
  await timeline.loadAround(300);
  slow.meanwhile = () => {
    for (let at = 1; at <= 1_000; at++) timeline.take([post(1_000 + at)]);
  };
  await timeline.showEnd();
  assertEquals([ends(timeline), timeline.hasNewer.value], [[941, 1_000, 60], true]);
});

Deno.test("older ones that come when there was made room below them leave no gap: they are fetched again", async () => {
  const slow = slowHistory(1_000);
  const { timeline } = slow;
  await timeline.loadNewest();
  timeline.isFollowed = false;
  for (let page = 0; page < 5; page++) await timeline.loadOlder();
  timeline.isFollowed = true;
  slow.meanwhile = () => timeline.makeRoom();
  await timeline.loadOlder();
  assertEquals([ends(timeline), timeline.hasOlder.value], [[701, 1_000, 300], true]);
  slow.meanwhile = () => {};
  await timeline.loadOlder();
  assertEquals(ends(timeline), [641, 1_000, 360]);
});

Deno.test("what comes while one reads above pushes nothing out that is read", async () => {
  const { fetchPage } = history(390);
  const timeline = new Timeline("#lobby", fetchPage);
  await timeline.loadNewest();
  while (timeline.hasOlder.value) await timeline.loadOlder();
  timeline.isFollowed = false;
  timeline.take(Array.from({ length: 20 }, (_, at) => post(391 + at)));
  assertEquals([ends(timeline), timeline.hasNewer.value], [[1, 400, 400], true]);
});

Deno.test("edits, reactions and retractions change the posts that are here", async () => {
  const { fetchPage } = history(3);
  const timeline = new Timeline("#lobby", fetchPage);
  await timeline.loadNewest();
  timeline.take([
    post(4, "better", { kind: "edit", target: 3 }),
    post(5, "👍", { kind: "reaction", target: 2 }),
    post(6, "", { kind: "retraction", target: 1 }),
  ]);
  const now = timeline.posts.value.map(({ kind, message, reactions }) =>
    `${kind} ${message.text} ${reactions.map(({ text }) => text)}`
  );
  assertEquals(now, ["retracted  ", "text m2 👍", "text better "]);
});

Deno.test("a page that was asked for before a change came has it all the same", async () => {
  const { fetchPage } = history(3);
  const asked = Promise.withResolvers<void>();
  const timeline = new Timeline("#lobby", async (query) => {
    const page = await fetchPage(query);
    await asked.promise;
    return page;
  });
  const loaded = timeline.loadNewest();
  timeline.take([post(4, "better", { kind: "edit", target: 3 }), post(5)]);
  asked.resolve();
  await loaded;
  assertEquals(timeline.posts.value.map(({ message }) => message.text), [
    "m1",
    "m2",
    "better",
    "m5",
  ]);
});

Deno.test("room is made for new posts before it must be, but not above somebody who reads there", async () => {
  const { fetchPage } = history(1_000);
  const timeline = new Timeline("#lobby", fetchPage);
  await timeline.loadNewest();
  timeline.makeRoom();
  assertEquals(ends(timeline), [941, 1_000, 60]);
  timeline.take(Array.from({ length: 300 }, (_, at) => post(1_001 + at)));
  timeline.isFollowed = false;
  timeline.makeRoom();
  assertEquals(ends(timeline), [941, 1_300, 360]);
  timeline.isFollowed = true;
  timeline.makeRoom();
  assertEquals(ends(timeline), [1_001, 1_300, drawnPostsMax - 100]);
  await timeline.loadOlder();
  assertEquals(ends(timeline), [941, 1_300, 360]);
});
