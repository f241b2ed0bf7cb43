/**
 * Makes the pictures of docs/captures/page from a real browser with real sessions: `deno run -A tools/page_pictures.ts [FOLDER]`.
 *
 * @module
 */
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { startChromium } from "../tests/system/chromium.ts";
import { enterPage, sayWho, withPages } from "../tests/system/page_people.ts";
import type { ChatClient } from "../client/core/chat/chat_client.ts";
import { say } from "./commands.ts";

const folder = Deno.args[0] ?? new URL("../docs/captures/page", import.meta.url).pathname;
const wide = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true };

/** Takes one picture. */
async function keep(page: Page, name: string): Promise<void> {
  const notice = page.getByRole("button", { name: "Dismiss" });
  if (await notice.isVisible()) await notice.click();
  await page.waitForTimeout(300);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  say(`${name}.png`);
}

/** What was said before somebody comes. */
async function talk(alan: ChatClient, jill: ChatClient, li: ChatClient): Promise<void> {
  for (const room of ["#dev", "#reading-group"]) {
    for (const one of [alan, jill]) await one.rooms.join(room);
  }
  await alan.rooms.setTopic("#lobby", "The whole lab · slides, coffee and the rest");
  await jill.post("#lobby", "good morning! the slides are at https://example.org/slides");
  await li.post("#lobby", "早上好 👋");
  const question = await alan.post("#lobby", "who has the key of the server room?");
  const about = {
    kind: "reply",
    target: question.sequence,
    targetId: "",
    text: "it is on the hook by the door",
  } as const;
  const reply = await jill.annotate("#lobby", about);
  for (const one of [alan, li]) {
    await one.annotate("#lobby", {
      kind: "reaction",
      target: reply.sequence,
      targetId: "",
      text: "👍",
    });
  }
  await jill.annotate("#lobby", {
    kind: "reaction",
    target: question.sequence,
    targetId: "",
    text: "👀",
  });
  await alan.post(
    "#lobby",
    'thanks! by the way, this is how I read the log now:\n```\nfor await (const line of lines) {\n  if (line.includes("error")) show(line);\n}\n```\n*much* faster than `grep` over the network',
  );
  const slip = await li.post("#lobby", "oops, wrong window");
  await li.takeBack("#lobby", { sequence: slip.sequence, edits: [] });
}

/** The pictures of one look: its colours, and how wide it is. */
async function pictures(
  browser: Browser,
  options: BrowserContextOptions,
  draw: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  await draw(page);
  await context.close();
}

await Deno.mkdir(folder, { recursive: true });
await withPages(async (pages) => {
  const { people } = pages;
  const browser = await startChromium();
  try {
    const [alan, jill, li] = [
      await people.come("alan"),
      await people.come("jill"),
      await people.come("小明"),
    ];
    await talk(alan, jill, li);
    await pictures(browser, wide, async (page) => {
      await page.goto(pages.gateway.newAddress());
      await sayWho(page, pages.server, "wendy");
      await page.getByLabel("Password", { exact: true }).waitFor();
      await keep(page, "1-first-visit");
      await enterPage(page, pages, "wendy");
      await page.keyboard.press("Escape");
      await jill.post("#lobby", "wendy: welcome! say hello when you are here");
      await page.getByRole("article").getByText("say hello").waitFor();
      await page.getByLabel("Message to #lobby").fill("hello everybody");
      await page.keyboard.press("Enter");
      await page.getByRole("article").getByText("hello everybody").waitFor();
      await alan.sendPrivate("wendy", "hi wendy, are you coming at three?");
      await page.getByRole("button", { name: /^alan/ }).first().waitFor();
      await page.getByRole("article").getByText("it is on the hook").hover();
      await keep(page, "2-lobby");
      await page.keyboard.press("Control+Shift+F");
      await page.getByLabel("Words").fill("slides");
      await page.keyboard.press("Enter");
      await page.getByText("Show it where it was said").first().waitFor();
      await keep(page, "3-search");
    });
    await pictures(browser, { ...wide, colorScheme: "dark" }, async (page) => {
      await enterPage(page, pages, "nora");
      await jill.post("#lobby", "nora: the *new* disks are here 🎉");
      await page.getByRole("article").getByText("disks are here").waitFor();
      await keep(page, "4-dark");
      await page.keyboard.press("Control+k");
      await page.getByLabel("Room or person").fill("re");
      await page.getByRole("option").first().waitFor();
      await keep(page, "5-switcher");
      await page.keyboard.press("Escape");
      await alan.sendPrivate("nora", "psst: here is the number that you wanted, 4711");
      await page.getByRole("navigation").getByRole("button", { name: /^alan/ }).click();
      await page.getByLabel("Message to alan").fill("thank you!");
      await page.keyboard.press("Enter");
      await page.getByRole("article").getByText("thank you!").waitFor();
      await page.getByRole("button", { name: "Compare safety numbers" }).first().click();
      await page.getByRole("button", { name: "They are the same" }).waitFor();
      await keep(page, "6-private");
    });
    await pictures(browser, { ...phone, colorScheme: "dark" }, async (page) => {
      await enterPage(page, pages, "otto");
      await page.getByLabel("Message to #lobby").fill("from my phone");
      await page.keyboard.press("Enter");
      await page.getByRole("article").getByText("from my phone").waitFor();
      await keep(page, "7-phone");
    });
    await pictures(browser, phone, async (page) => {
      await enterPage(page, pages, "pia");
      await jill.sendPrivate("pia", "welcome");
      await page.getByRole("button", { name: "All conversations" }).click();
      await page.getByRole("button", { name: /^jill/ }).waitFor();
      await keep(page, "8-phone-list");
    });
  } finally {
    await browser.close();
  }
});
