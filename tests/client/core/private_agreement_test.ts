/** Whatever two people say about their private messages: both see the same in the end, live and from the history. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { ShownPost } from "../../../client/core/chat/chat_client.ts";
import {
  annotated,
  folded,
  type FoldedPost,
  isChangedBy,
  reactionTo,
  targetAmong,
  unfolded,
  withEdits,
} from "../../../client/talk/folded_posts.ts";
import { changesTarget } from "../../../protocol/content.ts";
import { HostileServer, type TestClient } from "./hostile_server.ts";

/** What somebody does: one of several kinds, to one of the messages that are there. */
interface Step {
  readonly who: 0 | 1;
  readonly what: "say" | "act" | "reply" | "edit" | "react" | "take back";
  readonly which: number;
}

const anySteps = fc.array(
  fc.record<Step>({
    who: fc.constantFrom(0, 1),
    what: fc.constantFrom("say", "act", "reply", "edit", "edit", "react", "react", "take back"),
    which: fc.nat(9),
  }),
  { minLength: 5, maxLength: 30 },
);

/** Posts as a client has them that was there all the time. */
function seenLive(posts: readonly ShownPost[]): FoldedPost[] {
  const now: FoldedPost[] = [];
  for (const post of posts) {
    const at = now.findIndex((one) => isChangedBy(one, post));
    if (at >= 0) now[at] = annotated(now[at]!, post);
    else if (!changesTarget(post.kind)) now.push(unfolded(post, targetAmong(now, post)));
  }
  return now;
}

function shortly(posts: readonly FoldedPost[], edits: ReadonlySet<number>): string[] {
  // Of an edit that was taken back with its message, the server has an empty place.
  return posts.filter(({ sequence }) => !edits.has(sequence)).map((post) => {
    const { sequence, from, kind, message, reactions, answered } = post;
    const reacted = reactions.map((one) => `${one.from} ${one.text}`).join();
    return `${sequence} ${from} ${kind} ${message.text} ${post.edits.length} ${reacted} ${
      answered?.sequence ?? ""
    }`;
  });
}

async function take(step: Step, people: readonly TestClient[], names: readonly string[]) {
  const { who, what, which } = step;
  const { client, posts } = people[who]!;
  const peer = names[1 - who]!;
  const messages = seenLive(posts).filter(({ kind }) => kind !== "retracted");
  const own = messages.filter(({ from }) => from === client.name);
  const any = messages[which % Math.max(1, messages.length)];
  const mine = own[which % Math.max(1, own.length)];
  const about = ({ sequence, id }: FoldedPost) => ({ target: sequence, targetId: id });
  const text = `text ${posts.length}`;
  if (what === "act") return await client.sendPrivate(peer, text, undefined, "action");
  if (what === "reply" && any !== undefined) {
    return await client.annotate(peer, { kind: "reply", ...about(any), text });
  }
  if (what === "react" && any !== undefined) {
    return await client.annotate(peer, reactionTo(any, client.name, which % 2 === 0 ? "👍" : "❤"));
  }
  if (what === "edit" && mine !== undefined) {
    return await client.annotate(peer, { kind: "edit", ...about(mine), text });
  }
  if (what === "take back" && mine !== undefined) {
    return await client.takeBack(peer, withEdits(mine));
  }
  return await client.sendPrivate(peer, text);
}

Deno.test("both ends of a private conversation see the same in the end, live, from the history, and after a new start", async () => {
  const names = ["jack", "jill"];
  await fc.assert(
    fc.asyncProperty(anySteps, async (steps) => {
      await using server = await HostileServer.start(...names);
      const people = [await server.client("jack"), await server.client("jill")];
      for (const step of steps) {
        const { sequence } = (await take(step, people, names))!;
        // Each goes on from what it has seen.
        for (const one of people) {
          await one.until(() => (one.posts.at(-1)?.sequence ?? 0) >= sequence);
        }
      }
      const { length } = server.fixture.storage.data.posts;
      for (const one of people) await one.until(() => one.posts.length >= length);
      const edits = new Set(
        people[0]!.posts.filter(({ kind }) => kind === "edit").map(({ sequence }) => sequence),
      );
      const expected = shortly(seenLive(people[0]!.posts), edits);
      const later = await server.client("jill");
      for (const [at, one] of [...people, later].entries()) {
        if (one !== later) assertEquals(shortly(seenLive(one.posts), edits), expected);
        const page = await one.client.history({ with: at === 0 ? "jill" : "jack", limit: 100 });
        assertEquals(shortly(folded(page), edits), expected);
        assertEquals(page.posts.map(({ message }) => message.problem), page.posts.map(() => null));
        assertEquals(one.notices, []);
      }
    }),
    { numRuns: 8 },
  );
});
