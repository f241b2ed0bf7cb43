/**
 * Flags of a subcommand as a table: the same table reads the command line and prints the help.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { nearest } from "./nearest.ts";
import { columnsOf, wrappedText } from "./wrapped_text.ts";
import { safeText } from "../protocol/text/safe_text.ts";

/** The exit statuses of the program. */
export const exitStatus = {
  /** All went well. */
  ok: 0,
  /** Could not do it: the message says why. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The server is not the one that it was, or is not trusted. */
  untrusted: 3,
  /** The name or the password was refused. */
  signInRefused: 4,
} as const;

/** Ends the program with one clear line and a status. */
export class ExitError extends Error {
  /** The class, for logs. */
  override readonly name = "ExitError";
  /** See {@linkcode exitStatus}. */
  readonly status: number;
  /**
   * Makes the error.
   *
   * @param status See {@linkcode exitStatus}.
   * @param message What happened and what to do.
   */
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** One flag. */
export interface Flag {
  /** What its value is called in the help; without one it is a switch. */
  readonly value?: string;
  /** What it does, in one line. */
  readonly help: string;
}

/** A subcommand's arguments and flags. */
export interface CommandLine {
  /** How it is called, for example `chat server [PORT]`. */
  readonly usage: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** The most positional arguments that it takes. */
  readonly argumentsMax: number;
  /** Its flags, by their names without dashes. */
  readonly flags: Readonly<Record<string, Flag>>;
  /** What the exit statuses mean, by their numbers. */
  readonly statuses: Readonly<Record<number, string>>;
  /** Further lines of the help. */
  readonly notes?: readonly string[];
}

/** A command line that was read. */
export interface ReadArguments {
  /** The words that are no flags. */
  readonly positional: readonly string[];
  /** The value of a flag, or undefined. */
  text(flag: string): string | undefined;
  /** Whether a switch is there. */
  has(flag: string): boolean;
}

/**
 * Reads a command line.
 *
 * @param line What is expected.
 * @param args The words after the subcommand.
 * @return The words, or null where the help was asked for.
 * @throws {ExitError} Status 2, for an unknown flag, a missing or doubled value, or too many arguments.
 */
export function readArguments(line: CommandLine, args: readonly string[]): ReadArguments | null {
  const names = Object.keys(line.flags);
  const withValue = names.filter((name) => line.flags[name]!.value !== undefined);
  const switches = names.filter((name) => line.flags[name]!.value === undefined);
  for (const name of switches) checkSwitch(line, name, args);
  const parsed = parseArgs(args, {
    // The positional words as text too: a name may be all digits.
    string: [...withValue, "_"],
    collect: withValue,
    boolean: [...switches, "help"],
    alias: { h: "help" },
    unknown: (arg, key) => {
      if (key === undefined) return true;
      throw usageError(
        line,
        unknownWord("option", arg, [...names, "help"].map((name) => `--${name}`)),
      );
    },
  });
  if (parsed["help"] === true) return null;
  for (const name of withValue) checkValue(line, name, parsed[name]);
  if (parsed._.length > line.argumentsMax) {
    throw usageError(
      line,
      `"${String(parsed._[line.argumentsMax]).slice(0, 64)}" is one argument too many.`,
    );
  }
  return {
    positional: parsed._.map(String),
    text: (flag) => (parsed[flag] as string[] | undefined)?.[0],
    has: (flag) => parsed[flag] === true,
  };
}

/**
 * Says that a word is not known, and which one was probably meant.
 *
 * @param kind What the word would have been, for example `command`.
 * @param word What was typed.
 * @param known The words that there are.
 * @return One sentence or two.
 */
export function unknownWord(kind: string, word: string, known: readonly string[]): string {
  const [typed = ""] = word.split("=");
  const meant = nearest(typed, known);
  const hint = meant === undefined ? "" : ` Did you mean "${meant}"?`;
  return `Unknown ${kind} "${safeText(word.slice(0, 64))}".${hint}`;
}

/** The value of a switch would be read, and mean nothing. */
function checkSwitch(line: CommandLine, name: string, args: readonly string[]): void {
  const end = args.indexOf("--");
  const flags = end < 0 ? args : args.slice(0, end);
  if (!flags.some((arg) => arg.startsWith(`--${name}=`))) return;
  throw usageError(line, `--${name} takes no value: write --${name} alone, or leave it out.`);
}

function checkValue(line: CommandLine, name: string, value: unknown): void {
  const values = (value ?? []) as string[];
  if (values.length > 1) throw usageError(line, `--${name} is given twice.`);
  if (values.length === 1 && values[0] === "") {
    throw usageError(line, `--${name} needs a value: --${name} ${line.flags[name]!.value}.`);
  }
}

/**
 * A mistake in the command line, with the way to the help.
 *
 * @param line The subcommand.
 * @param message What is wrong.
 */
export function usageError(line: CommandLine, message: string): ExitError {
  const command = line.usage.split(" ").slice(0, 2).join(" ");
  // One line, whatever was typed.
  const oneLine = safeText(message);
  return new ExitError(exitStatus.usage, `${oneLine} "${command} --help" lists the options.`);
}

/**
 * Reads a port.
 *
 * @param line The subcommand, for the message.
 * @param text What was typed.
 * @param least 0 where a free port may be picked, else 1.
 * @return 0 to 65535.
 * @throws {ExitError} Status 2.
 */
export function readPort(line: CommandLine, text: string, least: 0 | 1): number {
  const port = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (port >= least && port <= 65_535) return port;
  const shown = text.slice(0, 64);
  const message = Number.isNaN(port)
    ? `"${shown}" is not a port: a port is a number from ${least} to 65535.`
    : `Port ${shown} is out of range: a port is a number from ${least} to 65535.`;
  throw usageError(line, message);
}

/**
 * Reads a word that must be one of a few.
 *
 * @throws {ExitError} Status 2.
 */
export function readChoice<T extends string>(
  line: CommandLine,
  flag: string,
  text: string | undefined,
  choices: readonly [T, ...T[]],
): T {
  if (text === undefined) return choices[0];
  const choice = choices.find((one) => one === text);
  if (choice !== undefined) return choice;
  throw usageError(
    line,
    `--${flag} must be one of ${choices.join(", ")}, not "${text.slice(0, 64)}".`,
  );
}

/** How wide the help is where no terminal shows it. */
const helpColumns = 100;
/** Descriptions narrower than this are hard to read: they stand below their flags. */
const descriptionColumnsMin = 30;

/**
 * The help of a subcommand.
 *
 * @param line The subcommand.
 * @param columns How wide it may be; the terminal's width if not given.
 * @return Lines, with a line break at the end.
 */
export function helpText(
  line: CommandLine,
  columns: number = columnsOf(Deno.stdout) ?? helpColumns,
): string {
  const flags = flagRows(line);
  const statuses = Object.entries(line.statuses);
  return [
    wrappedText(`Usage: ${line.usage}\n${line.summary}`, columns),
    "",
    "Options:",
    ...rows(flags, columns),
    ...(line.notes ?? []).flatMap((note) => ["", wrappedText(note, columns)]),
    "",
    "Exit statuses:",
    ...rows(statuses, columns),
    "",
  ].join("\n");
}

/**
 * The flags of a subcommand as people write them, with what they do.
 *
 * @param line The subcommand.
 * @return For example `["--host ADDR", "The address to listen on."]`.
 */
export function flagRows(line: CommandLine): [string, string][] {
  const flags: Record<string, Flag> = { ...line.flags, help: { help: "Shows this help." } };
  return Object.entries(flags).map(([name, flag]) => [
    flag.value === undefined ? `--${name}` : `--${name} ${flag.value}`,
    flag.help,
  ]);
}

function rows(entries: readonly (readonly [string, string])[], columns: number): string[] {
  const width = Math.max(...entries.map(([left]) => left.length));
  const beside = columns - width - 4;
  if (beside < descriptionColumnsMin) {
    return entries.flatMap(([left, right]) => [
      `  ${left}`,
      ...wrappedText(right, columns - 6).split("\n").map((one) => `      ${one}`),
    ]);
  }
  return entries.flatMap(([left, right]) =>
    wrappedText(right, beside).split("\n").map((one, index) =>
      `  ${(index === 0 ? left : "").padEnd(width)}  ${one}`
    )
  );
}
