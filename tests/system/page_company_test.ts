/**
 * A person at a page with others: at a terminal, in an IRC client, in another tab. One server and one browser for all of it.
 */
/// <reference lib="dom" />
import { assertEquals, assertLessOrEqual, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { testWanting } from "../needs.ts";
import { IrcPeer } from "./irc_peer.ts";
import { enterPage, pagePassword } from "./page_people.ts";
import { input, message, say, untilTitle, type Walk, walk } from "./page_walk.ts";
import { type Program, startClientProgram } from "./processes.ts";
import { folderText } from "./recording.ts";
import { chatCommand, TerminalProgram } from "./terminal_program.ts";

const test = testWanting("chromium");

/** The conversations of a page, on the left. */
function conversationButton(page: Page, name: RegExp) {
  return page.getByRole("navigation").getByRole("button", { name });
}

/** Shows a conversation. */
async function show(page: Page, title: string): Promise<void> {
  await conversationButton(page, new RegExp(`^${title.replace("#", "")}`)).click();
  await page.getByRole("heading", { name: title, level: 1 }).waitFor();
}

/** Resolves when something that is being written has this text. */
async function untilWritten(page: Page, text: string): Promise<void> {
  await untilTrue(page, async () => await input(page).inputValue() === text);
}

/** Resolves when something is so; fails where it never is. */
async function untilTrue(page: Page, isSo: () => Promise<boolean>): Promise<void> {
  const limitMs = performance.now() + 25_000;
  while (!await isSo()) {
    if (performance.now() > limitMs) throw new Error(`It never is: ${isSo}`);
    await page.waitForTimeout(20);
  }
}

async function talkInOneRoom({ page, program, people, clientFolder }: Walk): Promise<void> {
  const port = Number(/\d+$/.exec(await program.line(/^irc-plain is ready/))![0]);
  const server = Number(/:(\d+)$/.exec(program.lines[0]!)![1]);
  const tess = startClientProgram(server, "tess", { directory: join(clientFolder, "tess") });
  await using _tess = tess;
  await tess.line("Please enter your operation");
  using carl = new IrcPeer(await Deno.connect({ hostname: "127.0.0.1", port }));
  await carl.send("NICK carl", "USER carl 0 * :x", "JOIN #lobby");
  await carl.until(" 366 ");
  await page.getByRole("complementary").getByText("carl").waitFor();
  await say(page, "hello from a page");
  await Promise.all([tess.line("hello from a page"), carl.until("hello from a page")]);
  await tess.type("BM hello from a terminal");
  await carl.send("PRIVMSG #lobby :hello from IRC");
  await message(page, "hello from a terminal").waitFor();
  await message(page, "hello from IRC").waitFor();
  await sayAbout(page, tess, carl);
  await carl.send("QUIT");
  await page.getByRole("complementary").getByText("carl").waitFor({ state: "detached" });
  await tess.type("EX");
  assertEquals(await tess.status(), 0);
  await people.settle();
}

/** Answers, edits, reactions, and what is taken back. */
async function sayAbout(page: Page, tess: Program, carl: IrcPeer): Promise<void> {
  await message(page, "hello from IRC").focus();
  await page.keyboard.press("r");
  await page.keyboard.type("an answer to IRC");
  await page.keyboard.press("Enter");
  await Promise.all([tess.line("an answer to IRC"), carl.until("an answer to IRC")]);
  // It is the page's last one only once it is there, too.
  await message(page, "an answer to IRC").waitFor();
  await input(page).press("ArrowUp");
  await untilWritten(page, "an answer to IRC");
  await say(page, "a better answer");
  await Promise.all([tess.line("a better answer"), carl.until("(edited) a better answer")]);
  await tess.type("REACT wendy 👍");
  await message(page, "a better answer").getByRole("button", { name: "👍 1: tess" }).waitFor();
  await message(page, "hello from a terminal").focus();
  await page.keyboard.press("+");
  await page.getByRole("button", { name: "celebration" }).press("Enter");
  await tess.line("🎉");
  await message(page, "a better answer").focus();
  await page.keyboard.press("Delete");
  await page.getByRole("button", { name: "Take back" }).press("Enter");
  await page.getByText("This message was taken back.").waitFor();
  await tess.line("took");
  await tess.type("EDIT hello, corrected");
  await message(page, "hello, corrected").getByText("edited").waitFor();
}

/** Notes what the desktop is told, by the browser's own notifications. */
const noteNotifications = `(() => {
  globalThis.told = [];
  globalThis.Notification = class extends Notification {
    constructor(title, options) {
      super(title, options);
      told.push({ text: title + ": " + options.body, open: () => this.onclick() });
    }
  };
})()`;

async function tellWhileAway({ page, context, jill }: Walk): Promise<void> {
  await context.grantPermissions(["notifications"], { origin: new URL(page.url()).origin });
  await page.evaluate(noteNotifications);
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByLabel("Desktop notifications").selectOption("mentions");
  await page.keyboard.press("Escape");
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setFocusEmulationEnabled", { enabled: false });
  const other = await context.newPage();
  await other.bringToFront();
  await jill.post("#lobby", "for nobody at all");
  await jill.sendPrivate("wendy", "lunch?");
  await untilTrue(page, () => page.evaluate("told.length > 0"));
  assertEquals(await page.evaluate("told.map(({ text }) => text)"), ["jill: A private message"]);
  await untilTitle(page, "(1!) #lobby · chat");
  const icon = () => page.locator("link[rel=icon]").getAttribute("href");
  assertStringIncludes(await icon() ?? "", "circle");
  await page.evaluate("told[0].open()");
  await page.getByRole("heading", { name: "jill", level: 1 }).waitFor();
  await other.close();
  await page.bringToFront();
  await session.send("Emulation.setFocusEmulationEnabled", { enabled: true });
  await message(page, "lunch?").waitFor();
  await untilTitle(page, "jill · chat");
  assertEquals((await icon())?.includes("circle"), false);
}

const words = Array.from({ length: 100 }, () => crypto.randomUUID().replaceAll("-", ""));

async function writePrivately({ page, jill, serverFolder }: Walk): Promise<void> {
  await show(page, "jill");
  const answering = words.map((word) => jill.sendPrivate("wendy", `indeed ${word}`));
  for (const word of words) await say(page, `the word is ${word}`);
  await Promise.all(answering);
  await message(page, `the word is ${words.at(-1)}`).waitFor();
  await message(page, `indeed ${words.at(-1)}`).waitFor();
  const { posts } = await jill.history({ with: "wendy", limit: 100 });
  assertEquals(posts.every(({ message }) => message.encrypted), true);
  const kept = await folderText(serverFolder);
  assertStringIncludes(kept, "for nobody at all");
  assertEquals(words.filter((word) => kept.includes(word) || kept.includes(btoa(word))), []);
}

async function searchThem({ page }: Walk): Promise<void> {
  await show(page, "#lobby");
  await page.keyboard.press("Control+Shift+F");
  await page.getByLabel("Words").fill(words[3]!);
  await page.keyboard.press("Enter");
  await page.getByText("and 201 private messages in 1 conversation.").waitFor();
  assertEquals(await page.locator(".found-post").count(), 2);
  await page.locator(".found-post").filter({ hasText: "the word is" })
    .getByRole("button", { name: "Show it where it was said" }).click();
  await page.getByRole("heading", { name: "jill", level: 1 }).waitFor();
  await page.locator("article.found").filter({ hasText: words[3]! }).waitFor();
}

async function writeInTwoTabs({ page, context, server, gateway }: Walk): Promise<void> {
  await show(page, "#lobby");
  const other = await context.newPage();
  await enterPage(other, { server, gateway }, "wendy");
  await input(page).fill("half a thought");
  await untilWritten(other, "half a thought");
  await input(other).press("End");
  await other.keyboard.type(", and the rest");
  await untilWritten(page, "half a thought, and the rest");
  // Until it can have been seen.
  await page.waitForTimeout(1_000);
  await input(page).press("Enter");
  await untilWritten(other, "");
  await message(other, "half a thought, and the rest").waitFor();
  await other.close();
}

/** What is typed at a terminal, without the spaces behind it; null where that does not stand there. */
function typedAt(terminal: TerminalProgram): string | null {
  return terminal.screen().findLast((row) => row.startsWith("> "))?.slice(2) ?? null;
}

async function writeAtTwoMachines({ page, program, fingerprint, clientFolder }: Walk) {
  await show(page, "#lobby");
  const port = /:(\d+)$/.exec(program.lines[0]!)![1]!;
  const folder = join(clientFolder, "terminal");
  const command = chatCommand(
    ...["client", "127.0.0.1", port, "wendy", "--fingerprint", fingerprint, "--data", folder],
  );
  const env = { CHAT_PASSWORD: pagePassword, XDG_CONFIG_HOME: folder };
  await input(page).fill("half a thought");
  await using terminal = new TerminalProgram(command, { env });
  await terminal.until(() => typedAt(terminal) === "half a thought");
  terminal.type("\x7f\x7f of a terminal");
  await untilWritten(page, "half a thoug of a terminal");
  // Nobody can have seen it yet.
  await input(page).press("Enter");
  assertEquals(await input(page).inputValue(), "half a thoug of a terminal");
  await page.waitForTimeout(1_000);
  await input(page).press("Enter");
  await message(page, "half a thoug of a terminal").waitFor();
  const nothing = () => typedAt(terminal)?.startsWith("Say something") === true;
  await terminal.until(nothing);
  terminal.type("and one more");
  await untilWritten(page, "and one more");
  await conversationButton(page, /^jill/).click();
  await conversationButton(page, /lobby.*has a draft/).waitFor();
  terminal.type("\r");
  await conversationButton(page, /lobby.*has a draft/).waitFor({ state: "detached" });
  await show(page, "#lobby");
  await message(page, "and one more").waitFor();
  assertEquals(await input(page).inputValue(), "");
  terminal.type("/pm jill of no concern to the page");
  await terminal.until(() => typedAt(terminal)?.startsWith("/pm") === true);
  await input(page).fill("of the page");
  await page.keyboard.press("Enter");
  await message(page, "of the page").waitFor();
  assertEquals(typedAt(terminal), "/pm jill of no concern to the page");
  terminal.type("\x03");
  await terminal.until(nothing);
  terminal.type("/quit\r");
  await terminal.exit;
}

/** Drops a file on the list of conversations, or pastes it. */
const give = (how: "drop" | "paste", name: string) =>
  `(() => {
    const data = new DataTransfer();
    data.items.add(new File(["hello"], ${JSON.stringify(name)}, { type: "text/plain" }));
    const options = { bubbles: true, cancelable: true };
    if (${how === "drop"}) {
      const event = new DragEvent("drop", { ...options, dataTransfer: data });
      document.querySelector(".sidebar").dispatchEvent(event);
    } else {
      const event = new ClipboardEvent("paste", { ...options, clipboardData: data });
      document.querySelector("#message").dispatchEvent(event);
    }
  })()`;

async function giveFiles({ page, jill }: Walk): Promise<void> {
  const question = page.getByRole("dialog", { name: "Send this file?" });
  for (const how of ["drop", "paste"] as const) {
    await page.evaluate(give(how, "by mistake.txt"));
    await question.getByText("by mistake.txt").waitFor();
    await page.keyboard.press("Escape");
    await question.waitFor({ state: "detached" });
    await page.evaluate(give(how, `<img src=x onerror=alert(1)> ${how}`));
    await question.getByRole("button", { name: "Send to #lobby" }).press("Enter");
    await message(page, `<img src=x onerror=alert(1)> ${how}`).getByRole("button", {
      name: /^Save/,
    })
      .waitFor();
  }
  await page.evaluate(`${give("drop", "one.txt")}; ${give("drop", "two.txt")}`);
  await page.getByRole("dialog", { name: "Send 2 files?" }).getByText("two.txt").waitFor();
  await page.getByRole("button", { name: "Do not send" }).click();
  const { posts } = await jill.history({ room: "#lobby", limit: 100 });
  assertEquals(posts.filter(({ kind }) => kind === "file").length, 2);
}

async function writeAndRead({ page, jill }: Walk): Promise<void> {
  await show(page, "#lobby");
  await input(page).focus();
  await page.keyboard.type("roses");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("tulips");
  await page.keyboard.press("Enter");
  await message(page, "roses").getByText("tulips").waitFor();
  assertEquals((await jill.history({ room: "#lobby", limit: 1 })).posts[0]?.body, "roses\ntulips");
  await show(page, "jill");
  await jill.post("#lobby", "not read yet");
  await jill.post("#lobby", "nor this");
  await conversationButton(page, /lobby.*2 unread messages/).click();
  await page.locator(".unread-line + article").filter({ hasText: "not read yet" }).waitFor();
  await input(page).press("Escape");
  await page.locator(".unread-line").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Mute", exact: true }).click();
  await show(page, "jill");
  // The search before has led into the middle of it.
  await input(page).press("Escape");
  await jill.post("#lobby", "nobody is told");
  await jill.sendPrivate("wendy", "look into #lobby");
  await message(page, "look into #lobby").waitFor();
  await untilTitle(page, "jill · chat");
  await show(page, "#lobby");
  await page.getByRole("button", { name: "Unmute" }).click();
}

async function comeAndGo({ page, jill }: Walk): Promise<void> {
  await jill.rooms.join("#club");
  await page.keyboard.press("Control+k");
  await page.getByLabel("Room or person").fill("clu");
  await page.getByRole("option", { name: /#club/ }).getByText("not joined").waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "#club", level: 1 }).waitFor();
  await jill.rooms.remove("#club", "wendy", "<b>for a while</b>");
  await page.getByText("You are not in this room any more").waitFor();
  await page.getByRole("status", { name: "Notices" }).getByText("<b>for a while</b>").waitFor();
  await page.getByRole("button", { name: "Enter again" }).click();
  await page.getByText("You are not in this room any more").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Leave this room" }).click();
  await page.getByRole("heading", { name: "#lobby", level: 1 }).waitFor();
  assertEquals(await conversationButton(page, /club/).count(), 0);
}

async function readNotices({ page }: Walk): Promise<void> {
  const dismiss = page.getByRole("button", { name: "Dismiss" });
  while (await dismiss.count() > 0) await dismiss.first().click();
  await page.setViewportSize({ width: 320, height: 600 });
  await say(page, "/pm jill x");
  const isAbove = async (below: string) => {
    const notice = await page.getByText("No /pm here").boundingBox();
    const other = await page.getByRole("button", { name: below }).boundingBox();
    assertLessOrEqual(notice!.y + notice!.height, other!.y, below);
  };
  await isAbove("All conversations");
  await page.getByRole("button", { name: "All conversations" }).click();
  await isAbove("Go to…");
  await dismiss.click();
}

test("a page, a terminal, an IRC client and another tab are together", async (t) => {
  await walk(async (walk) => {
    await t.step(
      "what one says in a room the others read: words, answers, edits, reactions, and what is taken back",
      () => talkInOneRoom(walk),
    );
    await t.step(
      "a tab that is not looked at tells of what has come: by the desktop, its title and its icon",
      () => tellWhileAway(walk),
    );
    await t.step(
      "a hundred private messages of a page, and their answers, leave no word in the server's folder",
      () => writePrivately(walk),
    );
    await t.step(
      "a search finds private messages, which are read in the page",
      () => searchThem(walk),
    );
    await t.step("what is typed in one tab is in the other", () => writeInTwoTabs(walk));
    await t.step(
      "what is typed in a page is at the person's terminal, and the other way round, until it is sent",
      () => writeAtTwoMachines(walk),
    );
    await t.step(
      "files that are dropped or pasted are sent only when the person says so",
      () => giveFiles(walk),
    );
    await t.step(
      "messages may have several lines, a line stands where reading has ended, and what is muted is not told",
      () => writeAndRead(walk),
    );
    await t.step(
      "rooms are entered and left, and somebody who is removed is told why and may come back",
      () => comeAndGo(walk),
    );
    await t.step(
      "notices lie over nothing, on a phone neither",
      () => readNotices(walk),
    );
  }, ["--irc-plain", "0", "--unsafe-cheap-passwords"]);
});
