/**
 * The page in a real browser, beside people at terminals.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ClientEvent } from "../../client/core/chat/chat_client.ts";
import { testWanting } from "../needs.ts";
import { startChromium } from "./chromium.ts";
import { enterPage, openGateway, problemsOf, sayWho, withPages } from "./page_people.ts";

const test = testWanting("chromium");

test("somebody registers by the page, reads what is said in #lobby and answers", async () => {
  await withPages(async (pages) => {
    const { people } = pages;
    const seen: string[] = [];
    const jill = await people.come("jill", (event: ClientEvent) => {
      if (event.type === "post") seen.push(`${event.post.from}: ${event.post.message.text}`);
    });
    const browser = await startChromium();
    try {
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
      await page.getByText("No /pm here: use +").waitFor();
      assertEquals(await input.inputValue(), "/pm jill just for you");
      await input.fill("hi jill :tada:");
      await page.keyboard.press("Enter");
      await page.getByRole("article").getByText("hi jill 🎉").waitFor();
      await people.settle();
      assertEquals(seen, ["jill: hello *wendy*, see `code`", "wendy: hi jill 🎉"]);
      assertEquals(problems, []);
    } finally {
      await browser.close();
    }
  });
});

test("a server that was never seen is trusted only once the person says that its fingerprint is the right one", async () => {
  await withPages(async ({ server, fingerprint, clientFolder }) => {
    const gateway = openGateway(clientFolder, false);
    const browser = await startChromium();
    try {
      const page = await browser.newPage();
      await page.goto(gateway.newAddress());
      await sayWho(page, server, "wendy");
      await page.getByRole("heading", { name: "Is this the right server?" }).waitFor();
      await page.getByText(fingerprint).waitFor();
      await page.getByRole("button", { name: "No, stop" }).click();
      await page.getByText("The server was not trusted.").waitFor();
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByRole("button", { name: "Yes, it is the same" }).click();
      await page.getByText("No one has this name yet.").waitFor();
    } finally {
      await browser.close();
      await gateway.stop();
    }
  });
});
