/**
 * The text of docs/flags.md, from the tables that read the command line and print the help.
 *
 * @module
 */
import { clientCommandLine } from "../client/cli.ts";
import { type CommandLine, flagRows } from "../platform/command_line.ts";
import { serverCommandLine } from "../server/main/cli.ts";

/** The flags and exit statuses of both commands, as a document. */
export function flagsDocument(): string {
  return [
    "# Flags and exit statuses",
    "",
    "This page is made from the same tables as `chat server --help` and `chat client --help`:",
    "`deno run -A tools/make_flags.ts` writes it again.",
    "",
    "Passwords are never given on the command line, where everyone on the machine could read them.",
    ...section(serverCommandLine),
    ...section(clientCommandLine),
    "",
    "Under `npx`, Ctrl-C gives the shell status 130, whatever the program itself ended with.",
    "",
  ].join("\n");
}

function section(line: CommandLine): string[] {
  const name = line.usage.split(" ").slice(0, 2).join(" ");
  return [
    "",
    `## ${name}`,
    "",
    `\`${line.usage}\``,
    "",
    line.summary,
    "",
    "| flag | meaning |",
    "|---|---|",
    ...flagRows(line).map(([flag, help]) => `| \`${cell(flag)}\` | ${cell(help)} |`),
    ...(line.notes ?? []).flatMap((note) => ["", note]),
    "",
    "| exit status | meaning |",
    "|---|---|",
    ...Object.entries(line.statuses).map(([status, meaning]) => `| ${status} | ${cell(meaning)} |`),
  ];
}

/** A bar would end the cell, also within code. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
