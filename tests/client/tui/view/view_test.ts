import { assertEquals } from "@std/assert";
import headless from "@xterm/headless";
import { mentionPattern } from "../../../../client/talk/mentions.ts";
import type { PrintedPost } from "../../../../client/tui/conversations/post_lines.ts";
import { PostPrinter } from "../../../../client/tui/view/post_printer.ts";
import type { Size } from "../../../../client/tui/terminal/screen.ts";
import { type Status, statusRow } from "../../../../client/tui/view/status.ts";
import { unstyledText } from "../../../../client/tui/terminal/paint.ts";
import type { Terminal, TerminalHandlers } from "../../../../client/tui/terminal/terminal.ts";
import { progressText } from "../../../../client/talk/progress_text.ts";
import { toned } from "../../../../client/tui/terminal/style.ts";
import { View } from "../../../../client/tui/view/view.ts";

/** A terminal without a program behind it: its screen can be read. */
class ModelTerminal implements Terminal {
  size: Size = { columns: 40, rows: 12 };
  handlers: TerminalHandlers | null = null;
  /** While it is stopped, as by Ctrl-S, writes do not end. */
  stopped: Promise<void> | null = null;
  /** Resolves when a write has begun that does not end. */
  readonly blocked = Promise.withResolvers<void>();
  readonly #model = new headless.Terminal({
    cols: 40,
    rows: 12,
    scrollback: 10_000,
    allowProposedApi: true,
  });

  start(handlers: TerminalHandlers): void {
    this.handlers = handlers;
  }

  async write(text: string): Promise<void> {
    if (this.stopped !== null) this.blocked.resolve();
    await this.stopped;
    await new Promise<void>((resolve) => this.#model.write(text, resolve));
  }

  suspend(): void {}

  stop(farewell: string): void {
    this.#model.write(farewell);
  }

  async rows(): Promise<string[]> {
    await new Promise<void>((resolve) => this.#model.write("", resolve));
    const { active } = this.#model.buffer;
    return Array.from({ length: active.length }, (_, row) => {
      return active.getLine(row)!.translateToString(true);
    }).filter((row) => row !== "");
  }

  async until(row: string): Promise<string[]> {
    for (;;) {
      const rows = await this.rows();
      if (rows.includes(row)) return rows;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function openView(): { view: View; terminal: ModelTerminal } {
  const terminal = new ModelTerminal();
  const view = new View(terminal, { depth: "none", links: false }, {
    onSubmit: () => true,
    onSubmitNothing: () => {},
    onSwitch: () => {},
    onTyped: () => {},
    onNextUnread: () => {},
    onLeave: () => {},
    onEnd: () => {},
    onSignal: () => {},
    onBell: () => {},
    fileIn: () => null,
    onFile: () => {},
    place: () => "#lobby",
  }, { commands: () => [], words: () => null, users: () => [], rooms: () => [] });
  view.start();
  return { view, terminal };
}

const dayMs = 24 * 60 * 60 * 1000;

function post(sequence: number, timeMs: number, text: string): PrintedPost {
  return {
    sequence,
    timeMs,
    from: "jill",
    to: "#lobby",
    id: "x",
    kind: "text",
    text,
    problem: null,
    readable: false,
  };
}

Deno.test("a new day and the first unread post have a line above them", async () => {
  const { view, terminal } = openView();
  const ownMention = mentionPattern("jack");
  const printer = new PostPrinter(view, () => ({ time: "off", ownName: "jack", ownMention }));
  const noonMs = new Date(2026, 10, 23, 12).getTime();
  printer.begin("#lobby", noonMs);
  printer.printAll(
    [
      post(1, noonMs - dayMs, "yesterday"),
      post(2, noonMs, "today"),
      post(3, noonMs, "unread"),
    ],
    3,
    1,
  );
  view.print([{ text: "end" }]);
  assertEquals((await terminal.until("end")).slice(0, 8), [
    "--- #lobby ---",
    "--- Sunday, 2026-11-22 ---",
    " jill: yesterday",
    "--- Monday, 2026-11-23 ---",
    " jill: today",
    "--- 1 unread ---",
    " jill: unread",
    "end",
  ]);
  await view.stop();
  await terminal.rows();
});

Deno.test("the line above the first unread post counts only what others wrote", async () => {
  const { view, terminal } = openView();
  const ownMention = mentionPattern("jack");
  const printer = new PostPrinter(view, () => ({ time: "off", ownName: "jack", ownMention }));
  const own = { ...post(2, 0, "an answer"), from: "jack" };
  printer.printAll([post(1, 0, "a question"), own], 1, 1);
  view.print([{ text: "end" }]);
  assertEquals((await terminal.until("end")).includes("--- 1 unread ---"), true);
  await view.stop();
  await terminal.rows();
});

Deno.test("while the terminal takes nothing, lines wait; of too many the oldest are left out, and that is said", async () => {
  const { view, terminal } = openView();
  const { promise, resolve } = Promise.withResolvers<void>();
  await terminal.until("> ");
  terminal.stopped = promise;
  view.print([{ text: "taken before" }]);
  await terminal.blocked.promise;
  for (let count = 1; count <= 6_000; count++) view.print([{ text: `line ${count}` }]);
  terminal.stopped = null;
  resolve();
  const rows = await terminal.until("line 6000");
  assertEquals(rows.includes("line 1001"), true);
  assertEquals(rows.includes("line 1000"), false);
  assertEquals(rows.some((row) => row.includes("1000 lines were left out")), true);
  await view.stop();
  await terminal.rows();
});

Deno.test("stop() prints what waits, and removes the live rows", async () => {
  const { view, terminal } = openView();
  view.print([{ text: "last words" }]);
  await view.stop();
  await view.stop();
  assertEquals(await terminal.rows(), ["last words"]);
});

Deno.test("the status line says what fits, the most important first", () => {
  const status = {
    current: { number: 1, title: "#lobby", unread: 0, mentions: 0 },
    unread: [
      { number: 2, title: "#dev", unread: 3, mentions: 0 },
      { number: 3, title: "jill", unread: 12, mentions: 1 },
    ],
    connection: "up",
    server: null,
    roundTripMs: 12.4,
    silenceSeconds: null,
    retry: { seconds: 0, mayHurry: false },
    protection: "verified",
  } as const;
  const shown = (columns: number) => unstyledText(statusRow(status, columns).spans);
  assertEquals(
    shown(100),
    " 1 #lobby  | connected, 12 ms | end-to-end encrypted, verified | 2 #dev: 3 | 3 jill: 12!",
  );
  assertEquals(shown(60), " 1 #lobby  | connected, 12 ms | e2e+ | 2:3 | 3:12!");
  assertEquals(shown(21), "1 #lobby | up | e2e+");
  assertEquals(shown(12), "1 #lobby");
  const server = "b.example:41000";
  const clustered = unstyledText(statusRow({ ...status, server }, 100).spans);
  assertEquals(clustered.includes(" | connected to b.example:41000, 12 ms | "), true, clustered);
  const moving = unstyledText(statusRow({ ...status, server, connection: "moving" }, 100).spans);
  assertEquals(moving.includes(" | moving to another server… | "), true, moving);
  const silent = unstyledText(statusRow({ ...status, silenceSeconds: 10 }, 100).spans);
  assertEquals(silent.includes(" | no answer for 10 s | "), true, silent);
  for (let columns = 2; columns < 100; columns++) {
    assertEquals(statusRow(status, columns).width < columns, true, String(columns));
  }
});

Deno.test("of more unread posts than are kept all are counted, and how many are shown is said", async () => {
  const { view, terminal } = openView();
  const ownMention = mentionPattern("jack");
  const printer = new PostPrinter(view, () => ({ time: "off", ownName: "jack", ownMention }));
  printer.printAll([post(1_600, 0, "one"), post(1_700, 0, "two")], 1, 1_700);
  view.print([{ text: "end" }]);
  const rows = await terminal.until("end");
  assertEquals(rows.includes("--- 1700 unread; these are the last 2"), true, rows.join("\n"));
  await view.stop();
  await terminal.rows();
});

const status: Status = {
  current: null,
  unread: [],
  connection: "signing in",
  server: null,
  roundTripMs: null,
  silenceSeconds: null,
  retry: { seconds: 0, mayHurry: false },
  protection: null,
};

Deno.test("nothing is red before one is signed in", () => {
  const toneOf = (connection: Status["connection"]) =>
    statusRow({ ...status, connection }, 80).spans[0]!.style?.tone;
  assertEquals((["signing in", "loading", "down"] as const).map(toneOf), ["dim", "dim", "warning"]);
});

Deno.test("a lost connection says when the next try is, and how to have it at once", () => {
  const text = (seconds: number, mayHurry: boolean, columns = 80) => {
    const down = { ...status, connection: "down", retry: { seconds, mayHurry } } as const;
    return unstyledText(statusRow(down, columns).spans);
  };
  assertEquals(text(12, true), "connection lost, next try in 12 s (Enter: now)");
  assertEquals(text(12, false), "connection lost, next try in 12 s");
  assertEquals(text(0, true), "connection lost, trying again…");
  assertEquals([text(12, true, 20), text(0, true, 20)], ["down, 12 s", "down"]);
});

Deno.test("while the person is asked at sign-in, nothing stands between the question and what it is about", async () => {
  const { view, terminal } = openView();
  view.print([{ text: "Its fingerprint is X" }]);
  const answer = view.ask("Is it the same? ", "text");
  assertEquals(await terminal.until("Is it the same? "), [
    "Its fingerprint is X",
    "Is it the same? ",
  ]);
  terminal.handlers!.onInput(new TextEncoder().encode("\r"));
  assertEquals(await answer, "");
  await terminal.until("signing in…");
  await view.stop();
  await terminal.rows();
});

Deno.test("how far something is stands above the status line, each in a row, until it is done", async () => {
  const { view, terminal } = openView();
  view.start();
  view.showProgress("search", [toned("dim", `reading ${progressText(0.25)}`)]);
  view.showProgress("file", [toned("dim", "sending")]);
  const rows = await terminal.until("sending");
  assertEquals(rows[rows.indexOf("sending") - 1], "reading █████░░░░░░░░░░░░░░░ 25 %");
  view.showProgress("search", null);
  view.showProgress("file", [toned("dim", "sent")]);
  const later = await terminal.until("sent");
  assertEquals(later.some((row) => row.startsWith("reading")), false);
  await view.stop();
  await terminal.rows();
});
