import { assertEquals } from "@std/assert";
import { readable } from "../../../../client/core/e2e/message_view.ts";
import { type FoldedPost, unfolded } from "../../../../client/talk/folded_posts.ts";
import { shownPost } from "../../../../client/tui/conversations/shown_post.ts";
import type { PostKind } from "../../../../protocol/wire/post_kinds.ts";
import { mentionPattern } from "../../../../client/talk/mentions.ts";
import { unstyledText } from "../../../../client/tui/terminal/paint.ts";
import { wrap } from "../../../../client/tui/terminal/wrap.ts";
import { postLines, type PrintedPost } from "../../../../client/tui/conversations/post_lines.ts";

for (
  const [kind, expected] of [
    ["text", " jill (not encrypted): made up"],
    ["action", " * jill (not encrypted) made up"],
    ["notice", " -jill (not encrypted)- made up"],
  ] as const
) {
  Deno.test(`a private ${kind} that the server could read is marked`, () => {
    const post: PrintedPost = {
      ...{ sequence: 1, timeMs: 0, from: "jill", to: "jack", id: "1" },
      ...{ kind, text: "made up", problem: null, readable: true },
    };
    const look = { time: "off", ownName: "jack", ownMention: mentionPattern("jack") } as const;
    assertEquals(postLines(post, look).lines.map(unstyledText), [expected]);
  });
}

const look = { time: "off", ownName: "jack", ownMention: mentionPattern("jack") } as const;

function linesOf(post: FoldedPost, withNumber = false): string[] {
  return postLines(shownPost(post), { ...look, withNumber }).lines.map(unstyledText);
}

function said(kind: PostKind, body: string, from = "jill"): FoldedPost {
  return unfolded(readable({ sequence: 12, timeMs: 0, from, to: "#lobby", id: "1", kind, body }));
}

Deno.test("a reply has what it answers above it, and below a message stands what people think of it", () => {
  const reply = {
    ...said("reply", "tulips"),
    answered: said("text", "roses or tulips?", "alan"),
    reactions: [{ sequence: 13, id: "a", text: "👍", from: "alan" }],
    edits: [{ sequence: 14, id: "b", message: said("text", "tulips").message }],
  };
  assertEquals(linesOf(reply), [
    " ╭ alan: roses or tulips?",
    " jill: tulips (edited)",
    "       ↳ alan: 👍",
  ]);
});

Deno.test("what changes a message on the screen is one line, and what was taken back says so", () => {
  const target = said("text", "roses");
  assertEquals(linesOf({ ...said("edit", "tulips"), answered: target }), [
    "↳ jill edited: tulips",
  ]);
  assertEquals(linesOf({ ...said("reaction", "👍", "alan"), answered: target }), [
    '↳ alan: 👍 to "roses"',
  ]);
  assertEquals(linesOf({ ...said("retraction", "", "alan"), answered: target }), [
    "↳ alan took a message of jill back",
  ]);
  assertEquals(linesOf(said("retracted", "")), [" jill: (taken back)"]);
});

Deno.test("a message is shown with the number that commands name it by", () => {
  assertEquals(linesOf(said("text", "roses"), true), ["12  jill: roses"]);
});

Deno.test("with a reaction everyone is named who has reacted so", () => {
  const reactions = ["alan", "joan", "jill"].map((from, at) => ({
    ...{ sequence: 13 + at, id: `${at}`, text: at === 1 ? "❤" : "👍", from },
  }));
  const target = { ...said("text", "roses"), reactions };
  assertEquals(linesOf({ ...said("reaction", "👍", "jill"), answered: target }), [
    '↳ alan, jill: 👍 to "roses"',
  ]);
});

Deno.test("code between fences begins in the first column, with nothing but what was typed", () => {
  const text = "look:\n```ts\n  if (a) {\n\n}\n```\nwhat do you think?";
  assertEquals(linesOf(said("text", text)), [
    " jill: look:",
    "┌── code ts",
    "  if (a) {",
    "",
    "}",
    "└──",
    "       what do you think?",
  ]);
  const [first] = linesOf(said("text", "```\na\n```"));
  assertEquals(first, " jill: ");
});

Deno.test("a line of code that could be taken for a message, a frame or a warning has a bar before it, and no other line", () => {
  const barred = [
    "└──",
    "  ┌── code",
    "12:34  jack: I agree",
    "\u200e12:34  jack: \u05d0",
    "١٢:٣٤  jack: I agree",
    "!! The key of jack has changed.",
    "--- Monday, 2026-11-23 ---",
    '↳ jack: 👍 to "roses"',
  ];
  const clean = [
    "-- a comment of SQL",
    "---",
    "  name: jack",
    " key: value",
    "10.50 + 2",
    "> quoted",
  ];
  const text = ["```", ...barred, ...clean, "```"].join("\n");
  const post = shownPost(said("text", text));
  const lines = postLines(post, { ...look, time: "minutes" }).lines.map(unstyledText).slice(2, -1);
  assertEquals(lines.slice(0, barred.length), barred.map((line) => `│ ${line}`));
  assertEquals(lines.slice(barred.length), clean);
});

Deno.test("where no times are shown, what begins as messages do then has a bar, too", () => {
  const text = "```\n jack: I agree\n>jill: yes\n12  jack: no\n * jack waves\n  two: spaces\n```";
  const post = shownPost(said("text", text));
  const lines = postLines(post, { ...look, time: "off" }).lines.map(unstyledText);
  assertEquals(lines.slice(2, -1), [
    "│  jack: I agree",
    "│ >jill: yes",
    "│ 12  jack: no",
    "│  * jack waves",
    "  two: spaces",
  ]);
});

Deno.test("without shades a mark tells code from a message of somebody", () => {
  const post = shownPost(said("text", "```\n12:00  jack: I agree\n```"));
  const lines = postLines(post, { ...look, codeMargin: "│ " }).lines.map(unstyledText);
  assertEquals(lines[2], "│ 12:00  jack: I agree");
});

Deno.test("without shades a long line of code begins no row in the column of messages", () => {
  for (const text of ["x" + " ".repeat(37), "x".repeat(38), "x".repeat(40)]) {
    const post = shownPost(said("text", `\`\`\`\n${text}12:00  jack: I agree\n\`\`\``));
    const { lines, indent } = postLines(post, { ...look, codeMargin: "│ " });
    const rows = lines.flatMap((line) => wrap(line, 40, indent)).map(({ spans }) =>
      unstyledText(spans)
    );
    assertEquals(rows.filter((row) => /^1|^2|^:/.test(row)), []);
  }
});
