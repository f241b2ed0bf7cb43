/**
 * People at pages, beside people at terminals.
 *
 * @module
 */
import { join } from "node:path";
import type { Page } from "playwright-core";
import { withFolder } from "../fixtures/folders.ts";
import { PageGateway } from "./page_gateway.ts";
import { People } from "./people.ts";
import { startServerProgram } from "./processes.ts";

/** The password of everybody at a page. */
export const pagePassword = "a password in a browser";

/** What a test of pages has. */
export interface Pages {
  /** People at terminals, as headless clients. */
  readonly people: People;
  readonly gateway: PageGateway;
  /** The server's data folder. */
  readonly serverFolder: string;
}

/** Runs something beside a real server. */
export async function withPages(run: (pages: Pages) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const serverFolder = join(folder, "server");
    const { program, port, fingerprint } = await startServerProgram(serverFolder, {
      args: ["--posts-per-second", "0"],
    });
    await using _program = program;
    await using people = new People({ port, fingerprint }, folder);
    await using gateway = new PageGateway(people);
    await run({ people, gateway, serverFolder });
  });
}

/**
 * Registers or signs in by the page's own dialogues, and waits until the lobby is there.
 *
 * @param onSent Called when the password is sent.
 */
export async function enterPage(
  page: Page,
  address: string,
  name: string,
  onSent: () => void = () => {},
): Promise<void> {
  await page.goto(address);
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Password", { exact: true }).fill(pagePassword);
  const again = page.getByLabel("The same again");
  if (await again.isVisible()) await again.fill(pagePassword);
  onSent();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "#lobby" }).waitFor();
}

/** Collects what goes wrong in a page: errors, and what its policy has refused. */
export function problemsOf(page: Page): string[] {
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return problems;
}
