import { assertEquals } from "@std/assert";
import {
  annotated,
  folded,
  isChangedBy,
  reactionsMax,
  reactionTo,
  unfolded,
} from "../../../client/talk/folded_posts.ts";
import {
  annotationWords,
  answeredText,
  reactionsText,
} from "../../../client/talk/annotation_text.ts";
import { readable, type ShownPost } from "../../../client/core/e2e/message_view.ts";
import type { PostKind } from "../../../protocol/wire/post_kinds.ts";

function said(
  sequence: number,
  kind: PostKind,
  body: string,
  { from = "jack", target }: { from?: string; target?: number } = {},
): ShownPost {
  const about = target === undefined ? {} : { target };
  return readable({
    sequence,
    timeMs: 0,
    from,
    to: "#lobby",
    id: `id-${sequence}`,
    kind,
    body,
    ...about,
  });
}

Deno.test("a page shows each post as it is now, and nothing that changes one of its posts by itself", () => {
  const posts = [
    said(1, "text", "roses are red"),
    said(2, "text", "violets are red", { from: "jill" }),
    said(3, "reply", "indeed", { from: "jill", target: 1 }),
    said(4, "edit", "violets are blue", { from: "jill", target: 2 }),
    said(5, "reaction", "👍", { from: "alan", target: 1 }),
  ];
  const annotations = [
    said(6, "reaction", "👍", { from: "jill", target: 1 }),
    said(7, "edit", "indeed!", { from: "jill", target: 3 }),
  ];
  const now = folded({ posts, annotations });
  assertEquals(
    now.map(({ sequence, message, edits }) => [sequence, message.text, edits.length > 0]),
    [
      [1, "roses are red", false],
      [2, "violets are blue", true],
      [3, "indeed!", true],
    ],
  );
  assertEquals(reactionsText(now[0]!.reactions), "alan, jill: 👍");
  assertEquals(answeredText(now[2]!), "jack: roses are red");
});

Deno.test("a reply quotes what it answers as that is now", () => {
  const posts = [
    said(1, "text", "roses or tulips?"),
    said(2, "reply", "tulips", { from: "jill", target: 1 }),
    said(3, "edit", "roses?", { target: 1 }),
  ];
  assertEquals(answeredText(folded({ posts, annotations: [] })[1]!), "jack: roses?");
});

Deno.test("what changes a post of before the page is shown as a sentence", () => {
  const [only] = folded({ posts: [said(9, "edit", "tulips", { target: 1 })], annotations: [] });
  assertEquals(annotationWords(only!, only!.answered), {
    what: "jack edited a message",
    said: "tulips",
    line: "jack edited: tulips",
  });
});

Deno.test("a message that was taken back stays as such, and a change that was taken back is not there", () => {
  const posts = [
    said(1, "text", "roses"),
    said(2, "retracted", ""),
    said(3, "retracted", "", { target: 1 }),
    said(4, "retraction", "", { target: 2 }),
    said(5, "retraction", "", { target: 3 }),
  ];
  const now = folded({ posts, annotations: [] });
  assertEquals(now.map(({ sequence, kind }) => [sequence, kind]), [[1, "text"], [2, "retracted"]]);
  const live = annotated(
    unfolded(said(1, "text", "roses")),
    said(2, "retraction", "", { target: 1 }),
  );
  assertEquals([live.kind, live.message.text], ["retracted", ""]);
});

Deno.test("an edit that is not its author's changes nothing, and none brings back what was taken back", () => {
  const post = unfolded(said(1, "text", "roses"));
  assertEquals(annotated(post, said(2, "edit", "forged", { from: "jill", target: 1 })), post);
  const gone = annotated(post, said(2, "retraction", "", { target: 1 }));
  assertEquals(annotated(gone, said(3, "edit", "again", { target: 1 })), gone);
});

Deno.test("the same reaction once more takes it back, everywhere", () => {
  const reaction = said(2, "reaction", "👍", { from: "jill", target: 1 });
  const post = annotated(unfolded(said(1, "text", "roses")), reaction);
  const taken = { kind: "retraction", target: 2, targetId: "id-2", text: "" };
  assertEquals(reactionTo(post, "jill", "👍"), taken);
  assertEquals(reactionTo(post, "jill", "❤").kind, "reaction");
  assertEquals(reactionTo(post, "jack", "👍").kind, "reaction");
  const back = said(3, "retraction", "", { from: "jill", target: 2 });
  assertEquals(isChangedBy(post, back), true);
  assertEquals(annotated(post, back).reactions, []);
});

Deno.test("sentences and quotations hold nothing that a terminal would obey", () => {
  const evil = said(1, "text", "\x1b[2J\x07", { from: "ja\x1bck" });
  const sentences = [
    annotationWords(said(2, "edit", "\x1b[31m", { target: 1, from: "\x9bm" }), evil)!.line,
    annotationWords(said(2, "reaction", "\x1b[31m", { target: 1 }), evil)!.line,
    annotationWords(said(2, "retraction", "", { target: 1, from: "\x1bm" }), evil)!.line,
    answeredText({ answered: evil }),
    reactionsText([{ sequence: 1, id: "1", text: "\x1b", from: "\x1b" }]),
  ];
  // deno-lint-ignore no-control-regex -- control characters are what must not be there
  for (const sentence of sentences) assertEquals(/[\x00-\x1f\x7f-\x9f]/.test(sentence!), false);
});

Deno.test("an edit that is taken back leaves the text before it", () => {
  const post = [
    said(2, "edit", "tulips", { target: 1 }),
    said(3, "edit", "violets", { target: 1 }),
  ].reduce(annotated, unfolded(said(1, "text", "roses")));
  const one = annotated(post, said(4, "retraction", "", { target: 3 }));
  assertEquals(one.message.text, "tulips");
  const none = annotated(one, said(5, "retraction", "", { target: 2 }));
  assertEquals([none.message.text, none.edits.length], ["roses", 0]);
});

function privately(post: ShownPost, encrypted: boolean): ShownPost {
  return { ...post, to: "jill", message: { ...post.message, encrypted } };
}

Deno.test("what a server makes up changes no sealed message, and is marked where it is shown", () => {
  const sealed = privately(said(1, "text", "roses are red"), true);
  const forged = privately(said(2, "edit", "roses are black", { target: 1 }), false);
  assertEquals(isChangedBy(unfolded(sealed), forged), false);
  const elsewhere = said(3, "edit", "roses are black", { target: 1 });
  assertEquals(isChangedBy(unfolded(sealed), elsewhere), false);
  for (const edit of [forged, elsewhere]) {
    const [shown] = folded({ posts: [sealed], annotations: [edit] });
    assertEquals([shown!.message.text, shown!.edits], ["roses are red", []]);
  }
  const words = annotationWords(forged, sealed);
  assertEquals(words!.line, "jack edited: roses are black (not end-to-end encrypted)");
  const back = privately(said(4, "retraction", "", { target: 1 }), false);
  assertEquals(isChangedBy(unfolded(sealed), back), true);
});

Deno.test("a flood of reactions to one post takes little memory, and one line", () => {
  let post = unfolded(said(1, "text", "roses"));
  for (let at = 0; at < reactionsMax * 3; at++) {
    post = annotated(post, said(at + 2, "reaction", `word${at}`, { from: "mallory", target: 1 }));
  }
  assertEquals(post.reactions.length, reactionsMax);
  assertEquals(post.reactions.at(-1)?.text, `word${reactionsMax * 3 - 1}`);
  const text = reactionsText(post.reactions);
  assertEquals([text.length < 200, text.endsWith("192 others")], [true, true]);
});

Deno.test("an edit or a reaction that a server brings once more, in another place, changes nothing", () => {
  const again = (post: ShownPost, sequence: number) => ({ ...post, sequence });
  const edit = said(2, "edit", "roses are blue", { target: 1 });
  const reaction = said(4, "reaction", "👍", { from: "jill", target: 1 });
  const posts = [
    ...[said(1, "text", "roses"), edit, said(3, "edit", "roses are red", { target: 1 }), reaction],
    ...[again(edit, 5), again(reaction, 6)],
  ];
  const [now] = folded({ posts, annotations: [] });
  assertEquals([now!.message.text, now!.edits.length], ["roses are red", 2]);
  assertEquals(now!.reactions.length, 1);
});
