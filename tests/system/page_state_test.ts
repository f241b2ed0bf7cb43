/**
 * What a page keeps and tells: what is unread, drafts, lost connections, searches, other tabs.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { testWanting } from "../needs.ts";
import { enterAgain, enterPage } from "./page_people.ts";
import { input, message, say, untilTitle, type Walk, walks } from "./page_walk.ts";

const test = testWanting("chromium");

async function readElsewhere({ page, jill }: Walk): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.getByLabel("Room or person").fill("#dev");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "#dev" }).waitFor();
  await jill.rooms.join("#dev");
  await input(page).fill("half a thought");
  await page.keyboard.press("Alt+ArrowUp");
  await page.getByRole("heading", { name: "#lobby" }).waitFor();
  await jill.post("#dev", "wendy: the build is green");
  const nav = page.getByRole("navigation");
  await nav.getByRole("button", { name: /dev.*has a draft.*1 unread message/ }).waitFor();
  assertEquals(await page.title(), "(1!) #lobby · chat");
  await page.keyboard.press("Alt+Shift+ArrowDown");
  await message(page, "the build is green").waitFor();
  assertEquals(await input(page).inputValue(), "half a thought");
  await untilTitle(page, "#dev · chat");
  // A draft is kept half a second after the last key.
  await page.waitForResponse((response) => response.url().endsWith("/store"));
  await enterAgain(page);
  await nav.getByRole("button", { name: /dev.*has a draft/ }).click();
  assertEquals(await input(page).inputValue(), "half a thought");
}

/** What is typed after a name that nobody has is meant for nobody who reads where the page was. */
async function lookForNobody({ page, jill }: Walk): Promise<void> {
  await jill.post("#lobby", "good morning");
  await message(page, "good morning").waitFor();
  await page.keyboard.press("Control+k");
  const name = page.getByLabel("Room or person");
  await name.fill("nobody");
  await page.keyboard.press("Enter");
  await page.keyboard.type("else");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("alert").filter({ hasText: "no user" }).waitFor();
  assertEquals(await name.inputValue(), "nobodyelse");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  const { posts } = await jill.history({ room: "#lobby", limit: 1 });
  assertEquals(posts.map(({ body }) => body), ["good morning"]);
  assertEquals(await input(page).inputValue(), "");
}

/** The file with the dialogues comes late: what is typed for one of them is not sent to the room behind it. */
async function waitForDialogues({ context, jill, server, gateway }: Walk): Promise<void> {
  const page = await context.newPage();
  const { promise: mayCome, resolve: letCome } = Promise.withResolvers<void>();
  await page.route("**/overlays.js", async (route) => {
    await mayCome;
    await route.continue();
  });
  await enterPage(page, { server, gateway }, "wendy");
  await jill.post("#lobby", "good evening");
  await message(page, "good evening").waitFor();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("jill");
  await page.keyboard.press("Enter");
  assertEquals(await input(page).inputValue(), "");
  letCome();
  await page.getByLabel("Room or person").waitFor();
  const { posts } = await jill.history({ room: "#lobby", limit: 1 });
  assertEquals(posts.map(({ body }) => body), ["good evening"]);
  await page.close();
}

/** Files that come after what is needed at first, and do not come: one can talk without them. */
async function missFiles({ context, jill, server, gateway }: Walk): Promise<void> {
  const page = await context.newPage();
  for (const file of ["drafts.js", "emoji.js"]) {
    await page.route(`**/${file}`, (route) => route.abort());
  }
  await enterPage(page, { server, gateway }, "wendy");
  await say(page, "all the same");
  await message(page, "all the same").waitFor();
  const { posts } = await jill.history({ room: "#lobby", limit: 1 });
  assertEquals(posts.map(({ body }) => body), ["all the same"]);
  await page.close();
}

/** A server that answers late shows nothing to somebody who does not want to go there any more. */
async function changeOnesMind({ page, link }: Walk): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.getByLabel("Room or person").fill("#late");
  link.freeze();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await input(page).fill("for the lobby");
  link.mend();
  await page.getByRole("navigation").getByRole("button", { name: /late/ }).waitFor();
  assertEquals(await page.getByRole("heading", { level: 1 }).innerText(), "#lobby");
  assertEquals(await input(page).inputValue(), "for the lobby");
}

async function writeOffline({ page, jill, link }: Walk): Promise<void> {
  await say(page, "before");
  await message(page, "before").waitFor();
  link.cut();
  await page.getByText("Offline. What you write waits here").waitFor();
  await say(page, "written offline");
  await page.getByText("waiting for the connection").waitFor();
  await jill.post("#lobby", "said meanwhile");
  link.mend();
  await message(page, "written offline").waitFor();
  await page.getByText("Offline.").waitFor({ state: "detached" });
  const { posts } = await jill.history({ room: "#lobby", limit: 3 });
  assertEquals(posts.map(({ body }) => body), ["before", "said meanwhile", "written offline"]);
  await message(page, "said meanwhile").waitFor();
  await page.getByText("waiting for the connection").waitFor({ state: "detached" });
}

async function findWhatWasSaid({ page, jill }: Walk): Promise<void> {
  await jill.post("#lobby", "the treasure is under the oak");
  for (let from = 0; from < 200; from += 100) {
    const some = Array.from(
      { length: 100 },
      (_, at) => jill.post("#lobby", `line ${from + at}.`),
    );
    await Promise.all(some);
  }
  await message(page, "line 199.").waitFor();
  await page.keyboard.press("Control+Shift+F");
  await page.getByLabel("Words").fill("treasure");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Show it where it was said" }).click();
  const found = message(page, "the treasure is under the oak");
  await found.waitFor();
  assertMatch(await found.getAttribute("class") ?? "", /found/);
  await message(page, "line 3.").waitFor();
  await page.keyboard.press("Control+Shift+F");
  assertEquals(await page.getByLabel("Words").inputValue(), "treasure");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

async function openTwoTabs({ page, context, jill, server, gateway }: Walk): Promise<void> {
  const other = await context.newPage();
  await enterPage(other, { server, gateway }, "wendy");
  await say(other, "from the other tab");
  await message(page, "from the other tab").waitFor();
  const nav = other.getByRole("navigation");
  await jill.sendPrivate("wendy", "for both");
  await nav.getByRole("button", { name: /jill.*1 unread/ }).waitFor();
  await page.getByRole("navigation").getByRole("button", { name: /jill.*1 unread/ }).click();
  await message(page, "for both").waitFor();
  await nav.getByRole("button", { name: /jill.*1 unread/ }).waitFor({ state: "detached" });
  await other.close();
}

test("what a page keeps and tells", async (t) => {
  await walks(async (walking) => {
    await t.step(
      "rooms and people show what is unread, keys lead there, and a draft waits where it was typed, also after a reload",
      () => walking(readElsewhere),
    );
    await t.step(
      "what is written while the server cannot be reached waits, is sent once, and what was missed is there",
      () => walking(writeOffline),
    );
    await t.step(
      "what a search finds is shown where it was said, with what is around it",
      () => walking(findWhatWasSaid),
    );
    await t.step(
      "after a name that nobody has the list stays open, and what is typed next stays in it",
      () => walking(lookForNobody),
    );
    await t.step(
      "what is typed for a dialogue that is still being loaded is not sent to the room behind it",
      () => walking(waitForDialogues),
    );
    await t.step(
      "a file that is needed later, and does not come, keeps nobody out",
      () => walking(missFiles),
    );
    await t.step(
      "whoever has closed the list is not taken elsewhere by an answer that comes late",
      () => walking(changeOnesMind),
    );
    await t.step(
      "two tabs are one account: what is said in one is in the other, and what is read in one is read in the other",
      () => walking(openTwoTabs),
    );
  });
});
