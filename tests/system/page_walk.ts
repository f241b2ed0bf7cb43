/**
 * A walk through the page: somebody called wendy is in it, and jill at a terminal.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import type { ChatClient } from "../../client/core/chat/chat_client.ts";
import { startChromium } from "./chromium.ts";
import { enterPage, type Pages, problemsOf, withPages } from "./page_people.ts";

/** What one walk has. */
export interface Walk extends Pages {
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly jill: ChatClient;
}

/** How long anything of a page may take, in milliseconds. Nothing waits for it when all is well. */
const patienceMs = 25_000;

/** Walks once more, in a browser without a memory; fails where the page had an error, or its policy something to refuse. */
export type Walking = (run: (walk: Walk) => Promise<void>) => Promise<void>;

/**
 * One server and one browser for walks one after the other, each by wendy and with jill.
 *
 * @param run Takes what walks.
 * @param args Further words of the server's command line.
 */
export async function walks(
  run: (walking: Walking) => Promise<void>,
  args: readonly string[] = [],
): Promise<void> {
  await withPages(async (pages) => {
    const jill = await pages.people.come("jill");
    const browser = await startChromium();
    try {
      await run(async (act) => {
        const context = await browser.newContext();
        context.setDefaultTimeout(patienceMs);
        const page = await context.newPage();
        const problems = problemsOf(page);
        await enterPage(page, pages, "wendy");
        await act({ ...pages, browser, context, page, jill });
        assertEquals(problems, []);
        await context.close();
      });
    } finally {
      await browser.close();
    }
  }, args);
}

/** One walk by itself; see {@linkcode walks}. */
export async function walk(
  run: (walk: Walk) => Promise<void>,
  args: readonly string[] = [],
): Promise<void> {
  await walks((walking) => walking(run), args);
}

/** The messages that have a text. */
export function message(page: Page, text: string): Locator {
  return page.getByRole("article").filter({ hasText: text });
}

/** Where something is written. */
export function input(page: Page): Locator {
  return page.locator("#message");
}

/** Writes and sends. */
export async function say(page: Page, text: string): Promise<void> {
  await input(page).fill(text);
  await input(page).press("Enter");
}

/** Waits until the page has a title. */
export async function untilTitle(page: Page, title: string): Promise<void> {
  const limitMs = performance.now() + patienceMs;
  while (await page.title() !== title && performance.now() < limitMs) await page.waitForTimeout(50);
  assertEquals(await page.title(), title);
}
