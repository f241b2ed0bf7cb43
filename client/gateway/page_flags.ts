/**
 * The flags of `chat client` that are about the page.
 *
 * @module
 */
import {
  type CommandLine,
  type ReadArguments,
  readPort,
  usageError,
} from "../../platform/command_line.ts";

/** See `CommandLine.flags`. */
export const pageFlags: CommandLine["flags"] = {
  "web": {
    help:
      "Opens a page in your browser in place of the terminal; HOST, PORT and NAME may be left out then.",
  },
  "web-port": {
    value: "PORT",
    help: "The port of the page, for this machine only (default: any free one).",
  },
  "no-open": { help: "Prints the address of the page and opens no browser." },
};

/** How the page is wanted. */
export interface PageChoice {
  /** 0 picks a free one. */
  readonly port: number;
  readonly opens: boolean;
}

/**
 * Reads them.
 *
 * @param line The subcommand, for messages.
 * @param read What was given.
 * @return Null where no page is wanted.
 * @throws {ExitError} Status 2.
 */
export function readPageChoice(line: CommandLine, read: ReadArguments): PageChoice | null {
  const port = read.text("web-port");
  if (!read.has("web")) {
    if (port === undefined && !read.has("no-open")) return null;
    throw usageError(line, "--web-port and --no-open need --web.");
  }
  if (read.text("password-file") !== undefined) {
    throw usageError(line, "The page asks for the password: leave --password-file out.");
  }
  if (![0, 3].includes(read.positional.length)) {
    throw usageError(line, "--web needs HOST PORT NAME, or nothing: then the page asks.");
  }
  return {
    port: port === undefined ? 0 : readPort(line, port, 0),
    opens: !read.has("no-open"),
  };
}
