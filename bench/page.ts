/// <reference lib="dom" />
/**
 * The page in a real browser: how large it is, how soon it paints, what 200 messages a second cost whoever types meanwhile, and
 * whether its memory stays where it is.
 *
 * `deno task bench page` prints a table.
 *
 * @module
 */
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { pageDocuments, pageFiles } from "../platform/web/page_files.ts";
import { startChromium } from "../tests/system/chromium.ts";
import { enterPage, openGateway, type Pages } from "../tests/system/page_people.ts";
import { People } from "../tests/system/people.ts";
import { startServerProgram } from "../tests/system/processes.ts";
import { percentile, type Row } from "./rows.ts";

/** How the load is made. */
export interface PageLoad {
  readonly messagesPerSecond: number;
  readonly seconds: number;
  /** Posts on the server before. */
  readonly history: number;
}

const usualLoad: PageLoad = { messagesPerSecond: 200, seconds: 30, history: 10_000 };
/** Where the page is. */
type Place = Pick<Pages, "gateway" | "server">;

const visits = 7;
/** What a window shows of a page, in pixels. */
const insidePixels = { width: 1_280, height: 720 };
/** How often a key is pressed, in milliseconds. */
const keyIntervalMs = 150;
/** How long somebody types before anything is said. */
const quietSeconds = 8;
/** Browsers note no key that is painted sooner: it counts as this, in milliseconds. */
const leastNotedMs = 16;

/**
 * Measures.
 *
 * @param load What comes while somebody types.
 */
export async function benchPage(load: PageLoad = usualLoad): Promise<Row[]> {
  const folder = await Deno.makeTempDir({ prefix: "chat-bench-" });
  try {
    const unlimited = { args: ["--posts-per-second", "0"] };
    const server = await startServerProgram(join(folder, "server"), unlimited);
    await using _program = server.program;
    await using people = new People(server, folder);
    await Deno.mkdir(join(folder, "client"), { mode: 0o700 });
    const gateway = openGateway(join(folder, "client"));
    const pages = { gateway, server: `127.0.0.1:${server.port}` };
    const jill = await people.come("jill");
    const posts = Array.from(
      { length: load.history },
      (_, at) => jill.post("#lobby", `history ${at}`),
    );
    await Promise.all(posts);
    const browser = await startChromium();
    try {
      const say = (text: string) => void jill.post("#lobby", text);
      return [
        ...sizes(),
        await barePaint(browser),
        ...await paints(browser, pages),
        ...await underLoad(browser, pages, load, say),
      ];
    } finally {
      await browser.close();
      await gateway.stop();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function sizes(): Row[] {
  const kilobytes = (texts: readonly string[]) =>
    texts.reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0) / 1_000;
  const { asking } = pageDocuments;
  const first = [asking, pageFiles["page.js"], pageFiles["page.css"]];
  return [
    { name: "page: needed at first, gzipped", value: kilobytes(first), unit: "kB" },
    {
      name: "page: all that it may load, gzipped",
      value: kilobytes([asking, ...Object.values(pageFiles)]),
      unit: "kB",
    },
  ];
}

/** What the browser itself takes. */
async function barePaint(browser: Browser): Promise<Row> {
  const headers = { "content-type": "text/html" };
  const site = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("<!doctype html><p>hello", { headers }),
  );
  const first: number[] = [];
  for (let visit = 0; visit < visits; visit++) {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${site.addr.port}/`);
    first.push(await page.evaluate(firstPaintMs));
    await page.close();
  }
  await site.shutdown();
  const name = "a document of one word: painted after navigation, median";
  return { name, value: median(first), unit: "ms" };
}

async function paints(browser: Browser, pages: Place): Promise<Row[]> {
  const first: number[] = [];
  const ready: number[] = [];
  const messages: number[] = [];
  for (let visit = 0; visit < visits; visit++) {
    let sentMs = 0;
    // With a cache of its own: nobody was here before.
    const page = await browser.newPage();
    await page.addInitScript(watchForm);
    await page.goto(pages.gateway.newAddress());
    await page.getByLabel("Your name").waitFor();
    first.push(await page.evaluate(firstPaintMs));
    ready.push(await page.evaluate(formReadyMs));
    await enterPage(page, pages, "wendy", () => sentMs = performance.now());
    await page.getByRole("article").last().waitFor();
    messages.push(performance.now() - sentMs);
    await page.close();
  }
  return [
    {
      name: "page: first form painted after navigation, median",
      value: median(first),
      unit: "ms",
    },
    { name: "page: the slowest of them", value: first.at(-1)!, unit: "ms" },
    { name: "page: the form can be sent, median", value: median(ready), unit: "ms" },
    { name: "page: messages after the password, median", value: median(messages), unit: "ms" },
  ];
}

function median(values: number[]): number {
  return percentile(values.sort((a, b) => a - b), 0.5);
}

/** Runs in each document before anything else of it: notes when its form can be sent. */
function watchForm(): void {
  const { promise, resolve } = Promise.withResolvers<number>();
  Object.assign(globalThis, { formReady: promise });
  const look = (): void => {
    const button = document.querySelector("form button");
    if (button instanceof HTMLButtonElement && !button.disabled) resolve(performance.now());
    else requestAnimationFrame(look);
  };
  look();
}

/** Runs in the page. */
function formReadyMs(): Promise<number> {
  return (globalThis as unknown as { formReady: Promise<number> }).formReady;
}

/** Runs in the page, also before the browser has told of it: when the first form was there to be typed into. */
function firstPaintMs(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  new PerformanceObserver((list) => {
    const [first] = list.getEntriesByName("first-contentful-paint");
    if (first !== undefined) resolve(first.startTime);
  }).observe({ type: "paint", buffered: true });
  return promise;
}

async function underLoad(
  browser: Browser,
  pages: Place,
  { messagesPerSecond, seconds }: PageLoad,
  say: (text: string) => void,
): Promise<Row[]> {
  const page = await newWindow(browser);
  await enterPage(page, pages, "wendy");
  await page.getByRole("article").last().waitFor();
  await page.getByLabel("Message to #lobby").focus();
  await page.evaluate(watchKeys);
  const quiet = await typeFor(page, quietSeconds);
  const before = await heapMegabytes(page);
  let said = 0;
  const beganMs = performance.now();
  const timer = setInterval(() => {
    const due = (performance.now() - beganMs) / 1_000 * messagesPerSecond;
    while (said < due) say(`message ${++said} of a busy room`);
  }, 10);
  const busy = await typeFor(page, seconds);
  clearInterval(timer);
  await page.getByRole("article").filter({ hasText: `message ${said} of` }).waitFor();
  const drawn = await page.getByRole("article").count();
  const after = await heapMegabytes(page);
  await page.close();
  return [
    ...keyRows("nothing is said", quiet),
    ...keyRows(`${messagesPerSecond} messages/s`, busy),
    { name: "page: messages drawn at the most", value: drawn, unit: "" },
    { name: "page: heap before", value: before, unit: "MB" },
    { name: `page: heap after ${said} messages`, value: after, unit: "MB" },
  ];
}

/**
 * A window that shows the whole page. Playwright's own pages are as high as their window, of which the browser's head takes a part: their
 * lower end, where one types, is out of sight, and what is out of sight is never painted. A key there would end with whatever is
 * painted next somewhere else.
 */
async function newWindow(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: null });
  const session = await page.context().newCDPSession(page);
  const { windowId } = await session.send("Browser.getWindowForTarget");
  const headHeight = await page.evaluate(() => outerHeight - innerHeight);
  const bounds = { width: insidePixels.width, height: insidePixels.height + headHeight };
  await session.send("Browser.setWindowBounds", { windowId, bounds });
  await page.waitForFunction(
    ({ width, height }) => innerWidth === width && innerHeight === height,
    insidePixels,
  );
  return page;
}

/** Presses keys. @return How long each took until it was painted, in milliseconds, the soonest first. */
async function typeFor(page: Page, seconds: number): Promise<number[]> {
  let pressed = 0;
  const endMs = performance.now() + seconds * 1_000;
  for (; performance.now() < endMs; pressed++) {
    await page.keyboard.press("x");
    await page.waitForTimeout(keyIntervalMs);
  }
  // Browsers tell of the last ones a little later.
  await page.waitForTimeout(1_000);
  const noted = await page.evaluate(takeKeyDelaysMs);
  const rest = Array.from({ length: pressed - noted.length }, () => leastNotedMs);
  return [...rest, ...noted].sort((a, b) => a - b);
}

function keyRows(when: string, delaysMs: readonly number[]): Row[] {
  const row = (what: string, value: number) => ({
    name: `page, ${when}: key until painted, ${what}`,
    value,
    unit: "ms",
  });
  return [
    row("median", percentile(delaysMs, 0.5)),
    row("p99", percentile(delaysMs, 0.99)),
    row("the slowest", delaysMs.at(-1)!),
  ];
}

/** Runs in the page: notes how long it takes from each key to the next paint. */
function watchKeys(): void {
  const delays: number[] = [];
  Object.assign(globalThis, { keyDelays: delays });
  // Deno's types do not know the threshold.
  new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries()) {
      if (name === "keydown") delays.push(duration);
    }
  }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
}

/** Runs in the page: what was noted since the last time. */
function takeKeyDelaysMs(): number[] {
  // A global of this page's own, which no type knows.
  return (globalThis as unknown as { keyDelays: number[] }).keyDelays.splice(0);
}

async function heapMegabytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize / 1e6;
}
