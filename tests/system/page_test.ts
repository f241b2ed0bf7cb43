/**
 * The page in a real browser, beside people at terminals.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import type { ClientEvent } from "../../client/core/chat/chat_client.ts";
import { testWanting } from "../needs.ts";
import { startChromium } from "./chromium.ts";
import {
  enterPage,
  openGateway,
  type Pages,
  problemsOf,
  sayWho,
  withPages,
} from "./page_people.ts";

const test = testWanting("chromium");

/** Registers by the page, reads and answers. */
async function registerAndTalk(pages: Pages, browser: Browser): Promise<void> {
  const { people } = pages;
  const seen: string[] = [];
  const jill = await people.come("jill", (event: ClientEvent) => {
    if (event.type === "post") seen.push(`${event.post.from}: ${event.post.message.text}`);
  });
  const page = await browser.newPage();
  const problems = problemsOf(page);
  await enterPage(page, pages, "wendy");
  await jill.post("#lobby", "hello *wendy*, see `code`");
  const article = page.getByRole("article").last();
  await article.getByText("code").waitFor();
  assertStringIncludes(await article.innerText(), "hello wendy, see code");
  const input = page.getByRole("textbox", { name: "Message to #lobby" });
  await input.fill("/pm jill just for you");
  await page.keyboard.press("Enter");
  await page.getByText("No /pm here: use + next to People").waitFor();
  assertEquals(await input.inputValue(), "/pm jill just for you");
  await input.fill("hi jill :tada:");
  await page.keyboard.press("Enter");
  await page.getByRole("article").getByText("hi jill 🎉").waitFor();
  await people.settle();
  assertEquals(seen, ["jill: hello *wendy*, see `code`", "wendy: hi jill 🎉"]);
  assertEquals(problems, []);
  await page.context().close();
}

/** Types while the program of the page is held back. */
async function typeEarly({ gateway, server }: Pages, browser: Browser): Promise<void> {
  const page = await browser.newPage();
  const problems = problemsOf(page);
  const held = Promise.withResolvers<void>();
  await page.route("**/page.js", async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.goto(gateway.newAddress(), { waitUntil: "commit" });
  const name = page.getByLabel("Your name");
  await name.waitFor();
  await name.pressSequentially("wendy");
  await page.getByLabel("Server").fill(server);
  const goOn = page.getByRole("button", { name: "Continue" });
  assertEquals(await goOn.isDisabled(), true);
  const form = await page.locator("form").elementHandle();
  held.resolve();
  await page.getByRole("button", { name: "Continue", disabled: false }).waitFor();
  assertEquals(await form?.evaluate((one) => one.isConnected), true);
  assertEquals(await name.inputValue(), "wendy");
  // Whoever is typing goes on.
  await page.keyboard.type("1");
  await page.keyboard.press("Backspace");
  assertEquals(await page.evaluate("document.activeElement.name"), "server");
  assertEquals(await page.getByLabel("Server").inputValue(), server);
  await goOn.click();
  await page.getByText("Welcome back").waitFor();
  assertEquals(problems, []);
  await page.context().close();
}

/** Says no to a server that is not known, and then yes. */
async function trustOnce({ server, fingerprint, clientFolder }: Pages, browser: Browser) {
  const folder = join(clientFolder, "somebody who is asked");
  await Deno.mkdir(folder, { mode: 0o700 });
  const gateway = openGateway(folder, false);
  try {
    const page = await browser.newPage();
    await page.goto(gateway.newAddress());
    await sayWho(page, server, "nobody");
    await page.getByRole("heading", { name: "Is this the right server?" }).waitFor();
    await page.getByText(fingerprint).waitFor();
    await page.getByRole("button", { name: "No, stop" }).click();
    await page.getByText("The server was not trusted.").waitFor();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: "Yes, it is the same" }).click();
    await page.getByText("No one has this name yet.").waitFor();
    await page.context().close();
  } finally {
    await gateway.stop();
  }
}

test("the page that a program serves", async (t) => {
  await withPages(async (pages) => {
    const browser = await startChromium();
    try {
      await t.step(
        "somebody registers by the page, reads what is said in #lobby and answers",
        () => registerAndTalk(pages, browser),
      );
      await t.step(
        "what was typed before the program of the page is there stays, and can be sent then",
        () => typeEarly(pages, browser),
      );
      await t.step(
        "a server that was never seen is trusted only once the person says that its fingerprint is the right one",
        () => trustOnce(pages, browser),
      );
    } finally {
      await browser.close();
    }
  });
});
