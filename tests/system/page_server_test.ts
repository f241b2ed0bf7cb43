/**
 * The page that a server gives out, in a real browser: with the warning about its certificate, which a person clicks away.
 */
import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { ClientEvent } from "../../client/core/chat/chat_client.ts";
import { withFolder } from "../fixtures/folders.ts";
import { testWanting } from "../needs.ts";
import { startChromium } from "./chromium.ts";
import { enterAgain, enterServedPage, problemsOf, untilReady } from "./page_people.ts";
import { People } from "./people.ts";
import { startServerProgram } from "./processes.ts";

const test = testWanting("chromium");

/** What the steps have. */
interface Served {
  readonly browser: Browser;
  readonly people: People;
  /** Of the page. */
  readonly address: string;
}

async function comeWithoutWebSocket({ browser, people, address }: Served): Promise<void> {
  const jill = await people.come("jill");
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  let posts = 0;
  page.on("request", (request) => {
    if (request.url().startsWith(`${address}up/`)) posts++;
  });
  await page.routeWebSocket(/connection/, (socket) => void socket.close());
  await page.goto(address);
  await untilReady(page);
  await page.getByLabel("Your name").fill("somebody");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("No one has this name yet.").waitFor();
  // Programs are told where the page is.
  assertEquals(await page.getByText("With a browser").count(), 0);
  await page.getByRole("button", { name: "Someone else" }).click();
  await enterServedPage(page, "iris");
  await jill.post("#lobby", "hello from a terminal");
  await page.getByRole("article").getByText("hello from a terminal").waitFor();
  await page.getByRole("textbox", { name: "Message to #lobby" }).fill("hi from a stream");
  await page.keyboard.press("Enter");
  await page.getByRole("article").getByText("hi from a stream").waitFor();
  assertGreater(posts, 3);
  await page.context().close();
}

/** Loads the page anew, as phones do that were short of memory, and signs out. */
async function comeBack(page: Page): Promise<void> {
  await enterAgain(page);
  await page.getByRole("article").getByText("hi from a page").waitFor();
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Continue" }).waitFor();
  assertEquals(await page.getByLabel("Your name").inputValue(), "");
  assertEquals(await page.evaluate("Object.keys({ ...localStorage, ...sessionStorage })"), []);
}

async function clickAwayAndTalk({ browser, people, address }: Served): Promise<void> {
  const seen: string[] = [];
  const jack = await people.come("jack", (event: ClientEvent) => {
    if (event.type === "post") seen.push(`${event.post.from}: ${event.post.message.text}`);
    if (event.type === "notice") seen.push(`notice: ${event.remark.kind}`);
  });
  const page = await browser.newPage();
  assertStringIncludes(await page.goto(address).catch(String) as string, "ERR_CERT_");
  await page.getByText("Your connection is not private").waitFor();
  // What Chromium takes for a click on "Proceed (unsafe)".
  await page.keyboard.type("thisisunsafe");
  await page.getByLabel("Your name").waitFor();
  const problems = problemsOf(page);
  await enterServedPage(page, "wendy");
  await jack.post("#lobby", "good morning");
  await page.getByRole("article").getByText("good morning").waitFor();
  await page.getByRole("textbox", { name: "Message to #lobby" }).fill("hi from a page");
  await page.keyboard.press("Enter");
  await page.getByRole("article").getByText("hi from a page").waitFor();
  await jack.sendPrivate("wendy", "just for you");
  await page.getByRole("button", { name: /jack.*1 unread message/ }).click();
  await page.getByRole("article").getByText("just for you").waitFor();
  await people.settle();
  assertEquals(seen, [
    "jack: good morning",
    "wendy: hi from a page",
    "notice: on_page",
    "jack: just for you",
  ]);
  await comeBack(page);
  assertEquals(problems, []);
  await page.context().close();
}

test("the page that a server gives out", async (t) => {
  await withFolder(async (folder) => {
    const server = await startServerProgram(join(folder, "server"), { args: ["--web", "0"] });
    await using program = server.program;
    const address = /https:\S+/.exec(await program.line(/^or with a browser: /))![0];
    await using people = new People(server, folder);
    const browser = await startChromium();
    try {
      await t.step(
        "a browser that opens no WebSocket, as iOS does after such a warning, gets the same",
        () => comeWithoutWebSocket({ browser, people, address }),
      );
      await t.step(
        "somebody clicks the warning away, registers by the page of the server, and talks in #lobby and in private",
        () => clickAwayAndTalk({ browser, people, address }),
      );
    } finally {
      await browser.close();
    }
  });
});
