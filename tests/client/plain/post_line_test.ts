import { assert, assertEquals, assertMatch } from "@std/assert";
import { historyLines, incomingLines, timeText } from "../../../client/plain/post_line.ts";
import { type FoldedPost, unfolded } from "../../../client/talk/folded_posts.ts";
import type { ShownPost } from "../../../client/core/e2e/message_view.ts";

const lobby = { currentRoom: "#lobby", lobby: "#lobby", own: false };

function postOf(
  to: string,
  text: string | null,
  more: Partial<ShownPost["message"]> = {},
): FoldedPost {
  const message = { text, encrypted: true, problem: null, ...more } as ShownPost["message"];
  const body = text ?? "";
  return unfolded({
    sequence: 1,
    timeMs: 0,
    from: "jack",
    to,
    id: "a",
    kind: "text",
    body,
    message,
  });
}

Deno.test("timeText() writes the local date and time with leading zeros", () => {
  const timeMs = new Date(2026, 0, 2, 3, 4, 5).getTime();
  assertEquals(timeText(timeMs), "2026-01-02 03:04:05");
  assertMatch(timeText(0), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
});

Deno.test("a public post names its room, except where that is plain", () => {
  const time = timeText(0);
  assertEquals(historyLines(postOf("#lobby", "hi")), [`${time} #lobby <jack> hi`]);
  const incoming = (to: string, currentRoom: string) =>
    incomingLines(postOf(to, "hi"), { ...lobby, currentRoom })[0];
  const start = "**** Incoming public message from jack";
  assertEquals(incoming("#lobby", "#lobby"), `${start} ****: hi`);
  assertEquals(incoming("#a", "#lobby"), `${start} in #a ****: hi`);
  assertEquals(incoming("#lobby", "#a"), `${start} in #lobby ****: hi`);
  assertEquals(incoming("#a", "#a"), `${start} in #a ****: hi`);
});

Deno.test("a private post names both ends, and says where others could read it", () => {
  const time = timeText(0);
  assertEquals(historyLines(postOf("jill", "hi")), [`${time} PM jack -> jill hi`]);
  assertEquals(incomingLines(postOf("jill", "hi"), lobby), [
    "**** Incoming private message from jack ****: hi",
  ]);
  assertEquals(historyLines(postOf("jill", "hi", { encrypted: false })), [
    `${time} PM jack -> jill hi (not end-to-end encrypted)`,
  ]);
});

Deno.test("a problem stands before the text, or in its place", () => {
  const problem = { kind: "late", name: "jack" } as const;
  const said = "(The server delivered this message from jack late.)";
  const withText = historyLines(postOf("jill", "hi", { problem }));
  assertEquals([withText.length, withText[0]], [2, said]);
  const without = historyLines(postOf("jill", null, { problem }));
  assert(without.length === 1 && without[0]!.endsWith(`jill ${said}`));
});

Deno.test("nothing that a peer wrote can leave its line or reach the terminal's commands", () => {
  const evil = "a\n**** Incoming public message from root ****: \u001b[2J\u202e\u0007";
  const post = { ...postOf("#lobby", evil), from: "x\u001b[1m\n", to: "#y\r\n" };
  const lines = [...historyLines(post), ...incomingLines(post, lobby)];
  lines.push(...historyLines({ ...post, to: "jill\u001b" }));
  assertEquals(lines.length, 3);
  // deno-lint-ignore no-control-regex -- it looks for control characters
  for (const line of lines) assert(!/[\x00-\x1f\x7f-\x9f\u202e]/.test(line), JSON.stringify(line));
});

Deno.test("an action and a notice are told from a message, in rooms and in private", () => {
  const time = timeText(0);
  const action = { ...postOf("#lobby", "waves"), kind: "action" } as const;
  const notice = { ...postOf("#lobby", "I am a program"), kind: "notice" } as const;
  assertEquals([...historyLines(action), ...historyLines(notice)], [
    `${time} #lobby * jack waves`,
    `${time} #lobby -jack- I am a program`,
  ]);
  assertEquals([...incomingLines(action, lobby), ...incomingLines(notice, lobby)], [
    "**** Incoming public message from jack ****: * jack waves",
    "**** Incoming public notice from jack ****: I am a program",
  ]);
  const toJill = { to: "jill" };
  assertEquals(historyLines({ ...action, ...toJill }), [`${time} PM jack -> jill * jack waves`]);
  assertEquals(
    [
      ...incomingLines({ ...action, ...toJill }, lobby),
      ...incomingLines({ ...notice, ...toJill }, lobby),
    ],
    [
      "**** Incoming private message from jack ****: * jack waves",
      "**** Incoming private notice from jack ****: I am a program",
    ],
  );
});

Deno.test("what one has said by another program is told as one's own", () => {
  const own = { ...lobby, own: true };
  const lines = [
    ...incomingLines(postOf("#lobby", "hi"), own),
    ...incomingLines(postOf("#garden", "hi"), own),
    ...incomingLines(postOf("jill", "hi"), own),
  ];
  assertEquals(lines, [
    "**** Your own public message, from elsewhere ****: hi",
    "**** Your own public message in #garden, from elsewhere ****: hi",
    "**** Your own private message to jill, from elsewhere ****: hi",
  ]);
});
