import { assertEquals } from "@std/assert";
import { mentionPattern } from "../../../../client/tui/conversations/mentions.ts";
import { unstyledText } from "../../../../client/tui/terminal/paint.ts";
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
