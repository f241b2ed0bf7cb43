/**
 * Hostile texts on every way to the screen. `CHAT_FUZZ_COUNT=1000000` takes a million of them, `CHAT_FUZZ_SEED` the same
 * ones again.
 */
import { assert, assertEquals } from "@std/assert";
import graphemeAddon from "@xterm/addon-unicode-graphemes";
import headless from "@xterm/headless";
import { safeText } from "../../../../protocol/text/safe_text.ts";
import { inputRows } from "../../../../client/tui/input/input_rows.ts";
import { mentionPattern } from "../../../../client/talk/mentions.ts";
import { Notifications } from "../../../../client/tui/conversations/notifications.ts";
import {
  divider,
  pendingLine,
  postLines,
  type PrintedPost,
} from "../../../../client/tui/conversations/post_lines.ts";
import { Screen } from "../../../../client/tui/terminal/screen.ts";
import { statusRow } from "../../../../client/tui/view/status.ts";
import { named, type StyledLine, toned } from "../../../../client/tui/terminal/style.ts";
import { clusterWidth, graphemes } from "../../../../client/tui/terminal/text_width.ts";
import { wrap, type WrappedRow } from "../../../../client/tui/terminal/wrap.ts";
import { fuzzCount } from "../../../fixtures/fuzz_count.ts";
import { hostileText, randomNumbers } from "./hostile_texts.ts";

const count = fuzzCount(1_500, 5_000);
const seed = Number(Deno.env.get("CHAT_FUZZ_SEED") ?? Date.now() % 2 ** 31);
const widths = [20, 80, 200] as const;
const look = { time: "minutes", ownName: "jack", ownMention: mentionPattern("jack") } as const;

/** Every sequence of ours, and nothing else that a terminal obeys. */
const ours =
  // deno-lint-ignore no-control-regex -- it is about escape sequences
  /\x1b\[\?(?:2026|25|7)[hl]|\x1b\[[KJ]|\x1b\[\d{1,3}A|\x1b\[[\d;]{1,30}m|\x1b\]8;;[\x21-\x7e]*\x1b\\|\r\n?/g;
/** C0, DEL, C1, line and paragraph separators, and what changes the direction of other text. */
// deno-lint-ignore no-control-regex -- it is about control characters
const obeyed = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** All lines that show a text of a peer somewhere. */
function linesOf(text: string, random: () => number): { line: StyledLine; indent: number }[] {
  const post: PrintedPost = {
    sequence: 1,
    timeMs: 0,
    from: random() < 0.2 ? text.slice(0, 32) : "jill",
    to: random() < 0.2 ? `#${text.slice(0, 32)}` : "#lobby",
    id: "x",
    kind: (["text", "action", "notice"] as const)[Math.floor(random() * 3)]!,
    text,
    problem: random() < 0.1 ? text : null,
    readable: random() < 0.1,
  };
  const { lines, indent } = postLines(post, { ...look, withPlace: random() < 0.2 });
  const others = [
    divider(`#dev: ${safeText(text)}`),
    [named(text, safeText(text)), toned("dim", " came")],
    pendingLine(text, "sending"),
    [toned("warning", `!! ${safeText(text)}`)],
  ];
  const other = others[Math.floor(random() * others.length)]!;
  return [...lines.map((line) => ({ line, indent })), { line: other, indent: 3 }];
}

/** A frame that prints the text and shows it in the live rows too. */
function frameOf(text: string, columns: number, random: () => number) {
  const screen = new Screen({ depth: "256", links: true });
  const printed: WrappedRow[] = linesOf(text, random)
    .flatMap(({ line, indent }) => wrap(line, columns, indent));
  screen.print(printed);
  const status = statusRow({
    current: { number: 1, title: safeText(text.slice(0, 32)), unread: 0, mentions: 0 },
    unread: [{ number: 2, title: safeText(text.slice(0, 32)), unread: 3, mentions: 1 }],
    connection: "up",
    server: "b.example:41000",
    roundTripMs: 5,
    silenceSeconds: null,
    retry: { seconds: 0, mayHurry: false },
    protection: "verified",
  }, columns);
  const input = inputRows(
    { prompt: toned("accent", "> "), state: { text, cursor: text.length }, hint: "hint" },
    columns,
    10,
  );
  const live = {
    rows: [status, ...input.rows],
    cursorRow: input.cursorRow + 1,
    cursorAt: input.cursorAt,
  };
  return {
    frame: screen.frame(live, { columns, rows: 24 }),
    rows: [...printed, ...live.rows],
    input,
  };
}

function assertHarmless(output: string, text: string): void {
  const found = obeyed.exec(output.replaceAll(ours, ""));
  if (found === null) return;
  throw new Error(
    `${JSON.stringify(found[0])} came through from ${JSON.stringify(text)}, seed ${seed}`,
  );
}

function widthOf(row: WrappedRow): number {
  return row.spans.reduce(
    (sum, span) => sum + graphemes(span.text).reduce((all, one) => all + clusterWidth(one), 0),
    0,
  );
}

Deno.test("hostile texts reach the screen as our own sequences and harmless text, and no row is too wide", () => {
  // deno-lint-ignore no-console -- the seed is needed to see the same again
  console.log(`${count} texts from the seed ${seed}`);
  const random = randomNumbers(seed);
  const notifications = new Notifications("all", true, "osc777", () => Infinity);
  for (let index = 0; index < count; index++) {
    const text = hostileText(random);
    const columns = widths[index % widths.length]!;
    const { frame, rows } = frameOf(text, columns, random);
    assertHarmless(frame, text);
    for (const row of rows) {
      assert(widthOf(row) <= columns, `${JSON.stringify(text)} at ${columns}, seed ${seed}`);
    }
    const told = notifications.sequenceFor(true, text.slice(0, 32), text);
    // deno-lint-ignore no-control-regex -- it is about escape sequences
    assertHarmless(told.replace(/^\x07?\x1b\]777;notify;([^]*)\x1b\\$/, "$1"), text);
  }
});

Deno.test("on a model of a terminal hostile texts disturb neither the status line nor the input", async () => {
  const random = randomNumbers(seed);
  for (let index = 0; index < 300; index++) {
    const text = hostileText(random);
    const columns = widths[index % widths.length]!;
    const terminal = new headless.Terminal({ cols: columns, rows: 24, allowProposedApi: true });
    terminal.loadAddon(new graphemeAddon.UnicodeGraphemesAddon());
    terminal.unicode.activeVersion = "15-graphemes";
    const title: string[] = [];
    terminal.onTitleChange((one) => title.push(one));
    let answered = "";
    terminal.onData((data) => answered += data);
    const { frame, input } = frameOf(text, columns, random);
    await new Promise<void>((resolve) => terminal.write(frame, resolve));
    const { active } = terminal.buffer;
    assertEquals([active.type, title, answered], ["normal", [], ""]);
    const first = active.baseY + active.cursorY - input.cursorRow;
    if (input.cursorRow === 0) assert(active.getLine(first)!.translateToString().startsWith("> "));
    terminal.dispose();
  }
});
