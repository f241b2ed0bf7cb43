/**
 * A real browser for tests of the page: Debian's Chromium, led by playwright-core.
 *
 * @module
 */
import type { Browser } from "playwright-core";

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  // One process less to start.
  "--in-process-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Its own address bar is a page of its own, which takes a second of processor time for each window.
  "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
];

/**
 * Starts it, without a window. Its library is loaded here and not above: once it is there, Deno 2.9.6 never ends loading the
 * terminals' addon for graphemes, so a group of test files that had this one before a terminal's would hang.
 */
export async function startChromium(): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  return await chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args });
}
