/** Whoever was there sees the same of what was said about earlier posts as whoever reads it later. */
import { assertEquals } from "@std/assert";
import { type Annotation } from "../../../client/core/chat/annotation.ts";
import { readable } from "../../../client/core/e2e/message_view.ts";
import {
  annotated,
  folded,
  type FoldedPost,
  isChangedBy,
  unfolded,
} from "../../../client/talk/folded_posts.ts";
import { changesTarget } from "../../../protocol/content.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { annotationKinds } from "../../../protocol/wire/post_kinds.ts";
import type { Chat } from "../../../server/heart/chat.ts";
import type { Session } from "../../../server/heart/session.ts";
import type { StoredPost } from "../../../server/storage/post_storage.ts";
import { Heart } from "../../fixtures/heart.ts";
import { noConnection } from "../../fixtures/session_connection.ts";
import { MemoryStorage } from "../../fixtures/memory_storage.ts";
import { Random } from "../../stress/random.ts";

const names = ["ann", "bob", "cid", "~guest"];
const seeds = 60;
const steps = 60;

/** What somebody who is there has been told. */
class Witness {
  readonly posts = new Map<number, FoldedPost>();

  take(stored: StoredPost): void {
    const post = readable(stored);
    if (!changesTarget(post.kind)) return void this.posts.set(post.sequence, unfolded(post));
    for (const kept of this.posts.values()) {
      if (isChangedBy(kept, post)) this.posts.set(kept.sequence, annotated(kept, post));
    }
  }
}

/** What is seen of posts, in words. */
function seen(posts: Iterable<FoldedPost>): string[] {
  return [...posts].map(({ sequence, kind, message, edits, reactions }) => {
    const thoughts = reactions.map(({ sequence, text, from }) => `${sequence} ${from} ${text}`);
    return [sequence, kind, message.text, edits.length, ...thoughts].join(" | ");
  });
}

/** What somebody sees who reads everything in pages of this size, from the newest. */
async function read(chat: Chat, session: Session, limit: number): Promise<string[]> {
  const read: FoldedPost[] = [];
  let more = true;
  let oldest = Number.MAX_SAFE_INTEGER;
  while (more) {
    const page = await chat.reading.history(session, {
      room: "#a",
      before: oldest,
      limit,
    });
    const posts = page.posts.map(readable);
    const annotations = page.annotations.map(readable);
    read.unshift(...folded({ posts, annotations }).filter(({ kind }) => !changesTarget(kind)));
    oldest = page.posts[0]?.sequence ?? oldest;
    more = page.more;
  }
  return seen(read);
}

function randomAnnotation(random: Random): Annotation {
  const kind = random.pick(annotationKinds);
  const text = kind === "reaction" ? random.pick(["👍", "❤"]) : `text ${random.below(100)}`;
  return {
    kind,
    target: 1 + random.below(steps / 3),
    targetId: "",
    text: kind === "retraction" ? "" : text,
  };
}

for (const firstSeed of [1, 2, 3]) {
  Deno.test(`whoever was there and whoever reads it later see the same, also after a restart (seeds from ${firstSeed}000)`, async () => {
    let changes = 0;
    for (let seed = firstSeed * 1_000; seed < firstSeed * 1_000 + seeds; seed++) {
      changes += await tryHistory(new Random(seed), seed);
    }
    assertEquals(changes > seeds * 5, true, `${changes} changes are too few to tell anything`);
  });
}

/** Plays one history. @return How many annotations were stored. */
async function tryHistory(random: Random, seed: number): Promise<number> {
  const storage = new MemoryStorage();
  const heart = await Heart.open(storage);
  const witness = new Witness();
  const sessions: Session[] = [];
  for (const name of names) {
    const person = name.startsWith("~") ? heart.enterGuest(name) : await heart.enter(name);
    await heart.chat.join(person.session, "#a");
    sessions.push(person.session);
  }
  const watching = heart.chat.connect({ name: "~eve", nameKey: "~eve", account: false }, {
    deliver: (event) => event.type === "post" && witness.take(event.post),
    followsAccount: false,
    connection: noConnection,
  });
  await heart.chat.join(watching, "#a");
  for (let step = 0; step < steps; step++) {
    const session = random.pick(sessions);
    const id = `id-${step}`;
    if (random.chance(0.3)) {
      await heart.chat.post(session, { room: "#a", id, kind: "text", body: `post ${step}` });
      continue;
    }
    const { kind, target, text } = randomAnnotation(random);
    const said = { where: { room: "#a" }, id, kind, target, body: text };
    await heart.chat.annotate(session, said).catch((error) => {
      if (!(error instanceof ChatError)) throw error;
    });
  }
  const expected = seen(witness.posts.values());
  for (const limit of [1 + random.below(8), 100]) {
    assertEquals(
      await read(heart.chat, watching, limit),
      expected,
      `seed ${seed}, pages of ${limit}`,
    );
  }
  const again = await Heart.open(new MemoryStorage(storage.data));
  const later = await again.enter("ann");
  assertEquals(await read(again.chat, later.session, 7), expected, `seed ${seed}, after a restart`);
  return storage.data.posts.filter(({ post }) => post.target !== undefined).length;
}
