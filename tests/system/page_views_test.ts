/**
 * Every sentence of docs/page.md in a real browser, beside people at terminals.
 */
/// <reference lib="dom" />
import { assert, assertEquals, assertGreater, assertLess, assertLessOrEqual } from "@std/assert";
import { testWanting } from "../needs.ts";
import { enterAgain } from "./page_people.ts";
import { input, message, type Walk, walks } from "./page_walk.ts";

const test = testWanting("chromium");

async function sayAndChange({ page, jill }: Walk): Promise<void> {
  await jill.post("#lobby", "who has the key?");
  const question = message(page, "who has the key?").first();
  await question.hover();
  await question.getByRole("button", { name: "Reply" }).click();
  await input(page).fill("I have it");
  await page.keyboard.press("Enter");
  await message(page, "I have it").getByText("jill: who has the key?").waitFor();
  await page.keyboard.press("ArrowUp");
  assertEquals(await input(page).inputValue(), "I have it");
  await input(page).fill("jack has it");
  await page.keyboard.press("Enter");
  await message(page, "jack has it").getByText("edited").waitFor();
  await question.hover();
  await question.getByRole("button", { name: "React" }).click();
  await question.getByRole("button", { name: "thumbs up" }).click();
  await question.getByRole("button", { name: "👍 1: wendy" }).waitFor();
  const { posts } = await jill.history({ room: "#lobby", limit: 4 });
  assertEquals(posts.map(({ kind, body }) => `${kind} ${body}`), [
    "text who has the key?",
    "reply I have it",
    "edit jack has it",
    "reaction 👍",
  ]);
  const answer = message(page, "jack has it");
  await answer.focus();
  await page.keyboard.press("Delete");
  await page.getByRole("button", { name: "Take back" }).click();
  await page.getByText("This message was taken back.").waitFor();
}

async function writePrivately({ page, people, serverFolder }: Walk): Promise<void> {
  const secret = "the words that no server reads";
  const heard = Promise.withResolvers<string>();
  const jack = await people.come("jack", (event) => {
    if (event.type === "post" && event.post.from === "wendy") {
      heard.resolve(`${event.post.message.text} ${event.post.message.encrypted}`);
    }
  });
  await jack.sendPrivate("wendy", `${secret}, one`);
  const nav = page.getByRole("navigation");
  await nav.getByRole("button", { name: /jack.*1 unread message/ }).click();
  await message(page, "no server reads, one").waitFor();
  await page.getByText("End-to-end encrypted").first().waitFor();
  await input(page).fill(`${secret}, two`);
  await page.keyboard.press("Enter");
  await message(page, "no server reads, two").waitFor();
  assertEquals(await heard.promise, `${secret}, two true`);
  await page.getByRole("button", { name: "Compare safety numbers" }).first().click();
  const shown = await page.getByLabel(/^Safety number: /).getAttribute("aria-label");
  assertEquals(shown, `Safety number: ${(await jack.safetyNumber("wendy")).number}`);
  await page.getByRole("button", { name: "They are the same" }).click();
  await page.getByText("keys compared").first().waitFor();
  for await (const { name, isFile } of Deno.readDir(serverFolder)) {
    if (!isFile) continue;
    const bytes = await Deno.readFile(`${serverFolder}/${name}`);
    assert(!new TextDecoder("latin1").decode(bytes).includes(secret), name);
  }
}

async function readUpward({ page, jill }: Walk): Promise<void> {
  await jill.rooms.join("#long");
  for (let from = 0; from < 600; from += 100) {
    const some = Array.from(
      { length: 100 },
      (_, at) => jill.post("#long", `line ${from + at}.`),
    );
    await Promise.all(some);
  }
  await page.keyboard.press("Control+k");
  await page.getByLabel("Room or person").fill("#long");
  await page.keyboard.press("Enter");
  await message(page, "line 599.").waitFor();
  const feed = page.locator(".feed");
  const first = page.getByRole("article").first();
  let jumpPixels = 0;
  for (let turn = 0; turn < 60; turn++) {
    const before = await feed.evaluate(firstInSight);
    await feed.evaluate((element) => element.scrollBy(0, -400));
    await page.waitForTimeout(30);
    const after = await feed.evaluate(placeOf, before.id);
    if (after !== null && before.scrolled > 400) {
      jumpPixels = Math.max(jumpPixels, Math.abs(after - before.top - 400));
    }
    assertLessOrEqual(await page.getByRole("article").count(), 400);
    if (await first.getByText("line 0.").isVisible()) break;
  }
  await message(page, "line 0.").first().waitFor();
  assertLess(jumpPixels, 3);
  await page.getByRole("button", { name: "Newest" }).click();
  await message(page, "line 599.").waitFor();
  assertGreater(await page.getByRole("article").count(), 20);
}

async function readOnAndOn({ page, context, jill }: Walk): Promise<void> {
  await Promise.all(Array.from({ length: 60 }, (_, at) => jill.post("#lobby", `before ${at}.`)));
  await enterAgain(page);
  await message(page, "before 59.").waitFor();
  // Few at a time: then some of those that were drawn at first stay when the others go.
  for (let from = 0; from < 600; from += 8) {
    await Promise.all(Array.from({ length: 8 }, (_, at) => jill.post("#lobby", `m ${from + at}.`)));
    await page.locator("article").filter({ hasText: `m ${from + 7}.` }).waitFor();
  }
  const session = await context.newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { nodes } = await session.send("Memory.getDOMCounters");
  const drawn = await page.evaluate(() => {
    const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
    let count = 0;
    while (walker.nextNode() !== null) count++;
    return count;
  });
  assertLess(nodes, 1.5 * drawn);
}

async function writeLong({ page, jill }: Walk): Promise<void> {
  const long = Array.from({ length: 8 }, (_, at) => `line ${at}`).join("\n");
  let last = 0;
  const post = async (): Promise<void> => {
    await Promise.all(Array.from({ length: 30 }, () => jill.post("#lobby", `said ${++last}.`)));
    await message(page, `said ${last}.`).waitFor();
  };
  for (const fitting of ["by the browser", "by the page"]) {
    if (fitting === "by the page") await page.evaluate(withoutFieldSizing);
    await input(page).fill("");
    await post();
    await input(page).fill(long);
    await page.keyboard.type(", and on");
    await post();
    const heights = await page.evaluate(feedHeights);
    assertLess(heights.below, 2, fitting);
    assertGreater(heights.input, 8 * 20, fitting);
  }
}

/** Runs in the page: makes it a browser that does not fit an input to its text by itself. */
function withoutFieldSizing(): void {
  CSS.supports = () => false;
  document.getElementById("message")!.style.setProperty("field-sizing", "fixed");
}

/** Runs in the page: what of the feed is out of sight below, and how high the input is, in pixels. */
function feedHeights(): { below: number; input: number } {
  const feed = document.querySelector(".feed")!;
  return {
    below: feed.scrollHeight - feed.scrollTop - feed.clientHeight,
    input: document.getElementById("message")!.clientHeight,
  };
}

/** Runs in the page: the first message in sight, where it is, and how far is scrolled. */
function firstInSight(feed: Element): { id: string; top: number; scrolled: number } {
  const edge = feed.getBoundingClientRect().top;
  const found = [...feed.querySelectorAll("article")]
    .find((one) => one.getBoundingClientRect().top >= edge)!;
  return { id: found.id, top: found.getBoundingClientRect().top, scrolled: feed.scrollTop };
}

/** Runs in the page: where a message is now. */
function placeOf(_feed: Element, id: string): number | null {
  return document.getElementById(id)?.getBoundingClientRect().top ?? null;
}

test("the page in a browser, beside people at terminals", async (t) => {
  await walks(async (walking) => {
    await t.step(
      "messages are answered, edited by an arrow key, reacted to and taken back, for people at terminals as well",
      () => walking(sayAndChange),
    );
    await t.step(
      "private messages are end-to-end encrypted, their numbers can be compared, and the server has no word of them",
      () => walking(writePrivately),
    );
    await t.step(
      "history goes upward without a jump, and never more than 400 messages are drawn",
      () => walking(readUpward),
    );
    await t.step(
      "whoever writes many lines goes on seeing what comes, also in browsers that do not fit an input to its text",
      () => walking(writeLong),
    );
    await t.step(
      "messages that are not drawn any more take no memory",
      () => walking(readOnAndOn),
    );
  });
});
