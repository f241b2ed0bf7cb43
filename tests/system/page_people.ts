/**
 * People at pages, beside people at terminals.
 *
 * @module
 */
import { join } from "node:path";
import type { Page } from "playwright-core";
import { Gateway } from "../../client/gateway/gateway.ts";
import { withFolder } from "../fixtures/folders.ts";
import { CuttableLink } from "./cuttable_link.ts";
import { People } from "./people.ts";
import { type Program, startServerProgram } from "./processes.ts";

/** The password of everybody at a page. */
export const pagePassword = "a password in a browser";

/** What a test of pages has. */
export interface Pages {
  /** People at terminals, as headless clients. */
  readonly people: People;
  /** The server's. */
  readonly program: Program;
  /** The program of the person at the page. */
  readonly gateway: Gateway;
  /** The server as the page is told it: its connections can be cut. */
  readonly server: string;
  readonly link: CuttableLink;
  /** What the server has printed at its start. */
  readonly fingerprint: string;
  /** The data folders of the server and of the person at the page. */
  readonly serverFolder: string;
  readonly clientFolder: string;
}

/** Runs something beside a real server. @param args Further words of its command line. */
export async function withPages(
  run: (pages: Pages) => Promise<void>,
  args: readonly string[] = [],
): Promise<void> {
  await withFolder(async (folder) => {
    const serverFolder = join(folder, "server");
    const started = await startServerProgram(serverFolder, {
      args: ["--posts-per-second", "0", ...args],
    });
    await using program = started.program;
    await using people = new People(started, folder);
    await using link = new CuttableLink(started.port);
    const clientFolder = join(folder, "client");
    await Deno.mkdir(clientFolder, { mode: 0o700 });
    const gateway = openGateway(clientFolder);
    const { fingerprint } = started;
    try {
      const server = `127.0.0.1:${link.port}`;
      await run({
        people,
        program,
        gateway,
        server,
        link,
        fingerprint,
        serverFolder,
        clientFolder,
      });
    } finally {
      await gateway.stop();
    }
  });
}

/** The gateway of somebody who trusts every new server, or is asked. */
export function openGateway(folder: string, acceptNew = true): Gateway {
  return new Gateway({
    port: 0,
    folder,
    given: null,
    fingerprint: undefined,
    acceptNew,
    timeoutMs: 10_000,
    onStolen: () => {},
  });
}

/**
 * Opens the page by an address of its own, and registers or signs in by its dialogues, until the lobby is there.
 *
 * @param page A browser's page.
 * @param pages Where.
 * @param name Who.
 * @param onSent Called when the password is sent.
 */
export async function enterPage(
  page: Page,
  { gateway, server }: Pick<Pages, "gateway" | "server">,
  name: string,
  onSent: () => void = () => {},
): Promise<void> {
  await page.goto(gateway.newAddress());
  await sayWho(page, server, name);
  await page.getByLabel("Password", { exact: true }).fill(pagePassword);
  const again = page.getByLabel("The same again");
  if (await again.isVisible()) await again.fill(pagePassword);
  onSent();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "#lobby" }).waitFor();
}

/** Loads the page anew and signs in: the tab knows who was there. */
export async function enterAgain(page: Page): Promise<void> {
  await page.reload();
  await signInAgain(page);
}

/** Signs in where only the password is asked for. */
export async function signInAgain(page: Page): Promise<void> {
  await page.getByText("Welcome back, wendy").waitFor();
  await page.getByLabel("Password", { exact: true }).fill(pagePassword);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "#lobby" }).waitFor();
}

/**
 * Waits until the program of the page is there. Before, its first drawing may come between a selection and what is typed over it, which a person
 * never does in that moment, but `fill` does; page_test.ts types before on purpose.
 */
export async function untilReady(page: Page): Promise<void> {
  await page.locator("button:enabled", { hasText: "Continue" }).waitFor();
}

/** Registers by the page that a server has given out, until the lobby is there. */
export async function enterServedPage(page: Page, name: string): Promise<void> {
  await untilReady(page);
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Password", { exact: true }).fill(pagePassword);
  await page.getByLabel("The same again").fill(pagePassword);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "#lobby" }).waitFor();
}

/** Fills in the first form. */
export async function sayWho(page: Page, server: string, name: string): Promise<void> {
  await untilReady(page);
  await page.getByLabel("Server").fill(server);
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Continue" }).click();
}

/** Collects what goes wrong in a page: errors, and what its policy has refused. */
export function problemsOf(page: Page): string[] {
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    // Connections are cut on purpose.
    const isCut = message.text().startsWith("WebSocket connection to");
    if (message.type() === "error" && !isCut) problems.push(message.text());
  });
  page.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return problems;
}
