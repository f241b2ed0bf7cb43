/**
 * The program: usage text and dispatch. A subcommand is loaded only when it is used.
 *
 * @module
 */
import { ExitError, exitStatus, unknownWord } from "./platform/command_line.ts";
import { version } from "./platform/version.ts";
import { columnsOf, wrappedText } from "./platform/wrapped_text.ts";
import "./protocol/e2e/packages_loaded_later.ts";
import { safeText } from "./protocol/text/safe_text.ts";

const usage = `chat ${version}: a chat room for machines on a network, even without the Internet.

Usage:
  chat server [PORT]            Starts a server; PORT is 41000 unless given.
  chat client HOST PORT NAME    Joins the chat as NAME.
  chat help [server|client]     Shows this help, or that of one command.
  chat version                  Shows the version.

Start "chat server" on one machine, "chat client HOST 41000 NAME" on the others.
"chat client --web" opens the chat as a page; "chat server --web 8443" serves the
page to browsers that have nothing but its address.
`;

const helpWords = ["help", "--help", "-h"];

/** Subcommands, each with how its module is loaded. */
const subcommands: Readonly<
  Record<string, () => Promise<(args: string[]) => Promise<number>>>
> = {
  server: async () => (await import("./server/main/cli.ts")).runServer,
  client: async () => (await import("./client/cli.ts")).runClient,
};

/**
 * Runs the program.
 *
 * @param args The words of the command line.
 * @return The exit status.
 */
async function main(args: string[]): Promise<number> {
  const [word = "help", ...rest] = args;
  const load = Object.hasOwn(subcommands, word) ? subcommands[word] : undefined;
  if (load !== undefined) {
    checkRuntime();
    const run = await load();
    return await run(rest);
  }
  if (["version", "--version", "-V"].includes(word)) return print(`chat ${version}\n`);
  if (!helpWords.includes(word)) {
    const message = unknownWord("command", word, ["server", "client", "help", "version"]);
    throw new ExitError(exitStatus.usage, `${safeText(message)} "chat help" lists the commands.`);
  }
  const [topic] = rest;
  if (topic === undefined || helpWords.includes(topic)) return print(usage);
  return await main([topic, "--help"]);
}

/** Older Denos have a TLS and an SQLite that do not hold what this program promises. */
function checkRuntime(): void {
  const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
  if (major > 2 || (major === 2 && minor >= 9)) return;
  const message =
    `This program needs Deno 2.9 or newer; this is ${Deno.version.deno}. "npx -y deno@2.9.6" provides one.`;
  throw new ExitError(exitStatus.failed, message);
}

function print(text: string): number {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  return exitStatus.ok;
}

function complain(error: unknown): number {
  const known = error instanceof ExitError;
  const text = known
    ? safeText(error.message, { lines: "keep" })
    : `There is a mistake in the program itself: ${String(error)}`;
  const detail = known || !(error instanceof Error) ? "" : `\n${error.stack ?? ""}`;
  const columns = columnsOf(Deno.stderr);
  const message = `chat: ${text}`;
  const shown = columns === null ? message : wrappedText(message, columns);
  Deno.stderr.writeSync(new TextEncoder().encode(`${shown}${detail}\n`));
  return known ? error.status : exitStatus.failed;
}

/**
 * Runs the program to its end; what went wrong is said on standard error.
 *
 * @param args The words of the command line.
 * @return The exit status.
 */
export async function runProgram(args: string[]): Promise<number> {
  return await main(args).catch(complain);
}

if (import.meta.main) Deno.exit(await runProgram(Deno.args));
