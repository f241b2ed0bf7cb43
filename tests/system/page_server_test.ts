/**
 * The page that a server gives out, in a real browser: with the warning about its certificate, which a person clicks away.
 */
import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { ClientEvent } from "../../client/core/chat/chat_client.ts";
import { withFolder } from "../fixtures/folders.ts";
import { testWanting } from "../needs.ts";
import { startChromium } from "./chromium.ts";
import { enterServedPage, problemsOf } from "./page_people.ts";
import { People } from "./people.ts";
import { startServerProgram } from "./processes.ts";

const test = testWanting("chromium");

test("a browser that opens no WebSocket, as iOS does after such a warning, gets the same", async () => {
  await withFolder(async (folder) => {
    const server = await startServerProgram(join(folder, "server"), { args: ["--web", "0"] });
    await using program = server.program;
    const address = /https:\S+/.exec(await program.line(/^or with a browser: /))![0];
    await using people = new People(server, folder);
    const jill = await people.come("jill");
    const browser = await startChromium();
    try {
      const page = await browser.newPage({ ignoreHTTPSErrors: true });
      let posts = 0;
      page.on("request", (request) => {
        if (request.url().startsWith(`${address}up/`)) posts++;
      });
      await page.routeWebSocket(/connection/, (socket) => void socket.close());
      await page.goto(address);
      await page.getByLabel("Your name").fill("somebody");
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByText("No one has this name yet.").waitFor();
      // Programs are told where the page is.
      assertEquals(await page.getByText("With a browser").count(), 0);
      await page.getByRole("button", { name: "Someone else" }).click();
      await enterServedPage(page, "wendy");
      await jill.post("#lobby", "hello from a terminal");
      await page.getByRole("article").getByText("hello from a terminal").waitFor();
      await page.getByRole("textbox", { name: "Message to #lobby" }).fill("hi from a page");
      await page.keyboard.press("Enter");
      await page.getByRole("article").getByText("hi from a page").waitFor();
      assertGreater(posts, 3);
    } finally {
      await browser.close();
    }
  });
});

test("somebody clicks the warning away, registers by the page of the server, and talks in #lobby and in private", async () => {
  await withFolder(async (folder) => {
    const server = await startServerProgram(join(folder, "server"), { args: ["--web", "0"] });
    await using program = server.program;
    const address = /https:\S+/.exec(await program.line(/^or with a browser: /))![0];
    await using people = new People(server, folder);
    const seen: string[] = [];
    const jill = await people.come("jill", (event: ClientEvent) => {
      if (event.type === "post") seen.push(`${event.post.from}: ${event.post.message.text}`);
      if (event.type === "notice") seen.push(`notice: ${event.remark.kind}`);
    });
    const browser = await startChromium();
    try {
      const page = await browser.newPage();
      assertStringIncludes(await page.goto(address).catch(String) as string, "ERR_CERT_");
      await page.getByText("Your connection is not private").waitFor();
      // What Chromium takes for a click on "Proceed (unsafe)".
      await page.keyboard.type("thisisunsafe");
      await page.getByLabel("Your name").waitFor();
      const problems = problemsOf(page);
      await enterServedPage(page, "wendy");
      await jill.post("#lobby", "hello from a terminal");
      await page.getByRole("article").getByText("hello from a terminal").waitFor();
      await page.getByRole("textbox", { name: "Message to #lobby" }).fill("hi from a page");
      await page.keyboard.press("Enter");
      await page.getByRole("article").getByText("hi from a page").waitFor();
      await jill.sendPrivate("wendy", "just for you");
      await page.getByRole("button", { name: /jill.*1 unread message/ }).click();
      await page.getByRole("article").getByText("just for you").waitFor();
      await people.settle();
      assertEquals(seen, [
        "jill: hello from a terminal",
        "wendy: hi from a page",
        "notice: on_page",
        "jill: just for you",
      ]);
      assertEquals(problems, []);
    } finally {
      await browser.close();
    }
  });
});
