/**
 * What can happen to a page: its server is killed or is another one, it is left in the middle of a file, another site frames it.
 */
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Browser, Locator, Page } from "playwright-core";
import { databaseFileName } from "../../server/storage/sqlite/file/data_folder.ts";
import type { Gateway } from "../../client/gateway/gateway.ts";
import { withFolder } from "../fixtures/folders.ts";
import { testWanting } from "../needs.ts";
import { startChromium } from "./chromium.ts";
import { violations } from "./page_axe.ts";
import { enterPage, enterServedPage, openGateway, signInAgain, withPages } from "./page_people.ts";
import { message, say } from "./page_walk.ts";
import { type ServerProgram, startClientProgram, startServerProgram } from "./processes.ts";

const test = testWanting("chromium");

/** The page that one's own program serves. */
interface OwnKind {
  readonly folder: string;
  readonly server: ServerProgram;
  readonly webPort: number;
  readonly gateway: Gateway;
  /** Served by the program of the person. */
  readonly own: Page;
}

/** Pages of both kinds: what one's own program serves, and what the server does. */
interface BothKinds extends OwnKind {
  /** Served by the server; the warning about its certificate was clicked away. */
  readonly served: Page;
}

/** Starts a server, and opens the page of one's own program. */
async function withOwnKind(
  browser: Browser,
  run: (kind: OwnKind) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const server = await startServerProgram(join(folder, "server"), { args: ["--web", "0"] });
    await using _program = server.program;
    const address = /https:\S+/.exec(await server.program.line(/^or with a browser: /))![0];
    await Deno.mkdir(join(folder, "client"), { mode: 0o700 });
    const gateway = openGateway(join(folder, "client"));
    const own = await browser.newPage();
    try {
      await enterPage(own, { gateway, server: `127.0.0.1:${server.port}` }, "wendy");
      await run({ folder, server, webPort: Number(new URL(address).port), gateway, own });
    } finally {
      await own.context().close();
      await gateway.stop();
    }
  });
}

/** Starts a server, and opens a page of each kind. */
async function withBothKinds(
  browser: Browser,
  run: (both: BothKinds) => Promise<void>,
): Promise<void> {
  await withOwnKind(browser, async (kind) => {
    const served = await browser.newPage();
    try {
      await clickWarningAway(served, `https://127.0.0.1:${kind.webPort}/`);
      await enterServedPage(served, "oskar");
      await run({ ...kind, served });
    } finally {
      await served.context().close();
    }
  });
}

async function clickWarningAway(page: Page, address: string): Promise<void> {
  await page.goto(address).catch(() => {});
  await page.getByText("Your connection is not private").waitFor();
  // What Chromium takes for a click on "Proceed (unsafe)".
  await page.keyboard.type("thisisunsafe");
  await page.getByLabel("Your name").waitFor();
}

/** The same ports once more. */
function startAgain({ server, webPort }: OwnKind, directory: string): Promise<ServerProgram> {
  return startServerProgram(directory, { port: server.port, args: ["--web", String(webPort)] });
}

async function untilOffline(...pages: Page[]): Promise<void> {
  for (const page of pages) await page.getByText("Offline. What you write waits here").waitFor();
}

async function killTheServer(browser: Browser): Promise<void> {
  await withBothKinds(browser, async (both) => {
    const { folder, server, own, served } = both;
    await say(own, "said before");
    await message(served, "said before").waitFor();
    server.program.signal("SIGKILL");
    await server.program.status();
    await untilOffline(own, served);
    await say(own, "by wendy meanwhile");
    await say(served, "by oskar meanwhile");
    const again = await startAgain(both, join(folder, "server"));
    await using _again = again.program;
    for (const page of [own, served]) {
      for (const text of ["by wendy meanwhile", "by oskar meanwhile", "said before"]) {
        await message(page, text).waitFor();
        assertEquals(await message(page, text).count(), 1);
      }
      await page.getByText("Offline.").waitFor({ state: "detached" });
      await page.getByText("waiting for the connection").waitFor({ state: "detached" });
    }
  });
}

async function becomeAnotherServer(browser: Browser): Promise<void> {
  await withBothKinds(browser, async (both) => {
    const { folder, server, own, served } = both;
    server.program.signal("SIGTERM");
    await server.program.status();
    const other = await startAgain(both, join(folder, "another server"));
    await using _other = other.program;
    assertNotEquals(other.fingerprint, server.fingerprint);
    await own.getByRole("button", { name: "Sign in again" }).click();
    await own.getByRole("heading", { name: "The server’s certificate has changed" }).waitFor();
    assertEquals(await violations(own), []);
    const form = await own.getByRole("main").innerText();
    assertStringIncludes(form, server.fingerprint);
    assertStringIncludes(form, other.fingerprint);
    const trust = own.getByRole("button", { name: "Trust the new one" });
    assert(await trust.isDisabled());
    await own.getByLabel("I have compared it, letter for letter").check();
    await trust.click();
    await own.getByText("No one has this name yet.").waitFor();
    await untilOffline(served);
    await served.reload().catch(() => {});
    await served.getByText("Your connection is not private").waitFor();
  });
}

async function changeAKey(browser: Browser): Promise<void> {
  await withOwnKind(browser, async (kind) => {
    const { folder, server, own } = kind;
    const [directory, before] = [join(folder, "server"), join(folder, "jill")];
    {
      await using jill = startClientProgram(server.port, "jill", { directory: before });
      await jill.line("Please enter your operation");
      await writeTo(own, "jill", "one");
      await jill.line("one");
    }
    server.program.signal("SIGTERM");
    await server.program.status();
    // The account gets other keys, as if it had been made anew.
    const database = new DatabaseSync(join(directory, databaseFileName));
    database.exec(
      "DELETE FROM identities WHERE account = (SELECT id FROM accounts WHERE key = 'jill')",
    );
    database.close();
    const again = await startAgain(kind, directory);
    await using _again = again.program;
    const after = join(folder, "jill again");
    await using jill = startClientProgram(server.port, "jill", { directory: after });
    await jill.line("Please enter your operation");
    await own.getByText("Offline.").waitFor({ state: "detached" });
    await say(own, "a secret");
    const banner = own.locator(".banner").filter({ hasText: "The key of jill has changed" });
    await banner.waitFor();
    assertEquals(await own.locator("#message").inputValue(), "a secret");
    const toldIn = (where: Locator) => where.getByText(/key .*has changed/).count();
    assertEquals(await toldIn(own.getByRole("main")), 1);
    assertEquals(await toldIn(own.getByRole("complementary")), 1);
    assertEquals(await toldIn(own.locator("body")), 2);
    await own.getByRole("button", { name: "Accept the new key" }).click();
    await banner.waitFor({ state: "detached" });
    await say(own, "two");
    await jill.line("two");
    assertEquals(jill.lines.some((line) => line.includes("a secret")), false);
  });
}

/** Opens the private conversation with somebody, and writes there. */
async function writeTo(page: Page, name: string, text: string): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.getByLabel("Room or person").fill(name);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  await say(page, text);
}

async function leaveAFile(browser: Browser): Promise<void> {
  await withPages(async (pages) => {
    const page = await browser.newPage();
    try {
      const asked: string[] = [];
      page.on("dialog", (dialog) => {
        asked.push(dialog.type());
        void dialog.accept();
      });
      await enterPage(page, pages, "wendy");
      const files = [{ name: "big.bin", mimeType: "", buffer: Buffer.alloc(8_000_000, "x") }];
      const frozen = pages.link.freezeAfter(2_000_000);
      await page.locator("input[type=file]").setInputFiles(files);
      await frozen;
      await page.getByRole("progressbar", { name: "Sending big.bin" }).waitFor();
      await page.reload();
      assertEquals(asked, ["beforeunload"]);
      pages.link.cut();
      pages.link.mend();
      await signInAgain(page);
      await page.getByText("big.bin was not sent: the page was left").waitFor();
      await page.locator("input[type=file]").setInputFiles(files);
      await message(page, "big.bin").getByRole("button", { name: "Save big.bin" }).waitFor();
      assertEquals(await message(page, "big.bin").count(), 1);
    } finally {
      await page.context().close();
    }
  });
}

async function frameThePage(browser: Browser): Promise<void> {
  await withPages(async ({ gateway, program }) => {
    const served = /https:\S+/.exec(await program.line(/^or with a browser: /))![0];
    let framed = "";
    const site = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      const isFrame = new URL(request.url).pathname === "/frame";
      const html = isFrame ? "<p>a harmless frame" : `<iframe src="${framed}"></iframe>`;
      return new Response(html, { headers: { "content-type": "text/html" } });
    });
    const address = `http://127.0.0.1:${site.addr.port}/`;
    const page = await browser.newPage({ ignoreHTTPSErrors: true });
    try {
      const shown = async (source: string) => {
        framed = source;
        await page.goto(address, { waitUntil: "load" });
        return await page.frames()[1]!.locator("body").innerText();
      };
      assertEquals(await shown("/frame"), "a harmless frame");
      for (const source of [gateway.newAddress(), served]) {
        const text = await shown(source);
        assertEquals(/Your name|Continue/.test(text), false, text);
        assertStringIncludes(text, "refused to connect");
      }
    } finally {
      await page.context().close();
      await site.shutdown();
    }
  }, ["--web", "0"]);
}

test("what can happen to a page", async (t) => {
  const browser = await startChromium();
  try {
    await t.step(
      "pages of both kinds go on when their server was killed and is back: nothing is lost, and nothing said twice",
      () => killTheServer(browser),
    );
    await t.step(
      "a server that is another one is told as such: by the page where the program serves it, by the browser where the server does",
      () => becomeAnotherServer(browser),
    );
    await t.step(
      "a peer's key that has changed stops what is written to them, until the person accepts it",
      () => changeAKey(browser),
    );
    await t.step(
      "a page that is left in the middle of a file asks before, and says afterwards what to do",
      () => leaveAFile(browser),
    );
    await t.step(
      "no other site shows a page in a frame, of either kind",
      () => frameThePage(browser),
    );
  } finally {
    await browser.close();
  }
});
