/**
 * A real browser for tests of the page: Debian's Chromium, led by playwright-core.
 *
 * @module
 */
import { type Browser, chromium } from "playwright-core";

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts it, without a window. */
export async function startChromium(): Promise<Browser> {
  return await chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args });
}
