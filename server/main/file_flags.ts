/**
 * The flags about files that people send.
 *
 * @module
 */
import { type CommandLine, type ReadArguments, usageError } from "../../platform/command_line.ts";
import type { FileLimits } from "../heart/files/files.ts";

const megabyte = 1_000_000;
const dayMs = 24 * 60 * 60 * 1_000;
/** The part of all that is kept for files that one account may have. */
const accountShare = 1 / 4;

/** What can be said about files. */
export const fileFlags: CommandLine["flags"] = {
  "file-max": {
    value: "MB",
    help: "How large one file may be that people send, in megabytes (default: 2,000).",
  },
  "files-max": {
    value: "MB",
    help:
      "How much all files together may take, in megabytes (default: 20,000); one account has a quarter. 0 takes no files.",
  },
  "keep-files": {
    value: "DAYS",
    help: "For how many days files are kept (default: 30); 0 for ever.",
  },
};

const usual = { "file-max": 2_000, "files-max": 20_000, "keep-files": 30 } as const;

/** What holds where nothing is said. */
export const usualFileLimits: FileLimits = limitsOf(usual);

/**
 * Reads the flags.
 *
 * @param commandLine For the usage.
 * @param read The arguments.
 * @throws {ExitError} Where one is no number.
 */
export function readFileLimits(commandLine: CommandLine, read: ReadArguments): FileLimits {
  const number = (flag: keyof typeof usual) => {
    const text = read.text(flag);
    if (text === undefined) return usual[flag];
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw usageError(commandLine, `--${flag} must be a whole number from 0 to 999,999,999.`);
  };
  return limitsOf({
    "file-max": number("file-max"),
    "files-max": number("files-max"),
    "keep-files": number("keep-files"),
  });
}

function limitsOf(given: Readonly<Record<keyof typeof usual, number>>): FileLimits {
  const allBytesMax = given["files-max"] * megabyte;
  return {
    fileBytesMax: given["file-max"] * megabyte,
    accountBytesMax: Math.ceil(allBytesMax * accountShare),
    allBytesMax,
    keptMs: given["keep-files"] * dayMs,
  };
}
