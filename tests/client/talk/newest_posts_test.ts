import { assertEquals } from "@std/assert";
import type { ChatClient } from "../../../client/core/chat/chat_client.ts";
import { newestPosts, olderPostsText } from "../../../client/talk/newest_posts.ts";
import { inCapitals, withSlash } from "../../../client/talk/remark_text.ts";
import { pagePostsMax } from "../../../protocol/wire/limits.ts";

/** A client whose server holds so many posts, and what was asked of it. */
function clientWith(count: number) {
  const limits: number[] = [];
  const history = ({ before = count + 1, limit }: { before?: number; limit: number }) => {
    limits.push(limit);
    const first = Math.max(1, before - limit);
    const posts = Array.from({ length: before - first }, (_, at) => ({ sequence: first + at }));
    return Promise.resolve({ posts, annotations: [], more: first > 1 });
  };
  return { client: { history } as unknown as ChatClient, limits };
}

const countMax = 10_000;

Deno.test("as many posts come as are wanted, over several pages, the oldest first", async () => {
  const { client, limits } = clientWith(1_000);
  const { posts, more } = await newestPosts(client, { filter: {}, count: 250, countMax });
  assertEquals([posts.length, posts[0]?.sequence, posts.at(-1)?.sequence], [250, 751, 1_000]);
  assertEquals([more, limits], [true, [pagePostsMax, pagePostsMax, 250 - 2 * pagePostsMax]]);
});

Deno.test("all after one post come, however many, but never more than there may be", async () => {
  const { client } = clientWith(1_000);
  const missed = await newestPosts(client, { filter: {}, count: 5, after: 600, countMax });
  assertEquals(missed.posts[0]!.sequence <= 601, true);
  const capped = await newestPosts(client, { filter: {}, count: 5, after: 0, countMax: 300 });
  assertEquals(capped.posts.length, 300);
});

Deno.test("a server that says that there is more, and gives nothing, is not asked for ever", async () => {
  const history = () => Promise.resolve({ posts: [], annotations: [], more: true });
  const client = { history } as unknown as ChatClient;
  assertEquals((await newestPosts(client, { filter: {}, count: 5, countMax })).posts, []);
});

Deno.test("what shows older posts is asked for in the same place", () => {
  assertEquals(olderPostsText({}, 50, inCapitals), "There is more: CH 100 shows it.");
  assertEquals(
    olderPostsText({ room: "#dev" }, 2, withSlash),
    "There is more: /ch #dev 4 shows it.",
  );
  assertEquals(
    olderPostsText({ with: "jill" }, 1, inCapitals),
    "There is more: CH jill 2 shows it.",
  );
});
