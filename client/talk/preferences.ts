/**
 * What a person likes: a file in the platform's configuration folder, and a flag for each setting, which wins.
 *
 * The file is JSON in which comments and commas before a closing bracket are allowed.
 *
 * @module
 */
import { isAbsolute, join } from "node:path";
import { ExitError, exitStatus, type Flag } from "../../platform/command_line.ts";

/** How the interface looks and what it tells. */
export interface Preferences {
  readonly plain: boolean;
  readonly notify: "off" | "mention" | "all";
  readonly bell: boolean;
  readonly desktop: "auto" | "off" | "osc9" | "osc777";
  readonly time: "off" | "minutes" | "seconds";
  readonly colors: "auto" | "none" | "16" | "256" | "true";
  readonly links: "auto" | "on" | "off";
  readonly comings: "all" | "folded" | "off";
  /** Rooms that are muted from the beginning. */
  readonly mute: readonly string[];
  /** How many earlier posts are shown when one comes to a conversation. */
  readonly lines: number;
}

/** A setting: what it may be, and how it is read from a word. */
interface Setting<T> {
  readonly preset: T;
  /** What may be written, for help and for mistakes. */
  readonly values: string;
  readonly help: string;
  /** What the file may hold, where that is no string: a test, and words for mistakes. */
  readonly inFile?: { readonly fits: (value: unknown) => boolean; readonly what: string };
  /** The value, or undefined where the word is none. */
  readonly read: (word: string) => T | undefined;
}

function choice<T extends string>(preset: T, choices: readonly T[], help: string): Setting<T> {
  const read = (word: string) => choices.find((one) => one === word);
  return { preset, values: choices.join("|"), help, read };
}

function onOff(preset: boolean, help: string): Setting<boolean> {
  const read = (word: string) => word === "on" ? true : word === "off" ? false : undefined;
  const inFile = { fits: (value: unknown) => typeof value === "boolean", what: "true or false" };
  return { preset, values: "on|off", help, inFile, read };
}

const linesMax = 100;

/** Every setting. */
const settings: { readonly [K in keyof Preferences]: Setting<Preferences[K]> } = {
  plain: onOff(false, "Uses the line-by-line interface instead of the full one."),
  notify: choice("mention", ["off", "mention", "all"], "Which messages ring the bell."),
  bell: onOff(true, "Whether the terminal's bell rings."),
  desktop: choice(
    "auto",
    ["auto", "off", "osc9", "osc777"],
    "How the terminal notifies the desktop.",
  ),
  time: choice("minutes", ["off", "minutes", "seconds"], "How times are shown."),
  colors: choice("auto", ["auto", "none", "16", "256", "true"], "How many colours are used."),
  links: choice("auto", ["auto", "on", "off"], "Whether web addresses are clickable links."),
  comings: choice("folded", ["all", "folded", "off"], "How arrivals and departures are shown."),
  mute: {
    preset: [],
    values: "ROOMS",
    help: "Rooms that never ring the bell, separated by commas.",
    inFile: {
      fits: (value) => Array.isArray(value) && value.every((room) => typeof room === "string"),
      what: 'a list like ["#noise", "#news"]',
    },
    read: (word) => word.split(",").map((room) => room.trim()).filter((room) => room !== ""),
  },
  lines: {
    preset: 20,
    values: `0..${linesMax}`,
    help: "How many earlier messages a conversation opens with.",
    inFile: { fits: (value) => typeof value === "number", what: `a number from 0 to ${linesMax}` },
    read: (word) => /^\d{1,3}$/.test(word) && Number(word) <= linesMax ? Number(word) : undefined,
  },
};

const names = Object.keys(settings) as (keyof Preferences)[];

/** The settings as flags. `--plain` stays a switch: it is what scripts are written with. */
export const preferenceFlags: Readonly<Record<string, Flag>> = Object.fromEntries(
  names.map((name) => {
    const { values, help, preset } = settings[name];
    if (name === "plain") return [name, { help }];
    const usual = preset === true ? "on" : preset === false ? "off" : String(preset) || "none";
    return [name, { value: values, help: `${help.slice(0, -1)} (default: ${usual}).` }];
  }),
);

/** The flags that were given. */
export interface GivenFlags {
  text(flag: string): string | undefined;
  has(flag: string): boolean;
}

/**
 * What a person likes: the flags, else the file, else what is usual.
 *
 * @param given The command line.
 * @param file The text of the file and where it is, or null where there is none.
 * @throws {ExitError} Status 2, for a value that a setting cannot have; the message names the place.
 */
export function readPreferences(
  given: GivenFlags,
  file: { readonly text: string; readonly path: string } | null,
): Preferences {
  const words = new Map<string, string>(file === null ? [] : wordsOf(file));
  const values = names.map((name) => {
    const flag = name === "plain" ? (given.has("plain") ? "on" : undefined) : given.text(name);
    const word = flag ?? words.get(name);
    if (word === undefined) return [name, settings[name].preset];
    const value = settings[name].read(word);
    if (value !== undefined) return [name, value];
    const place = flag === undefined ? placeOf(file!, name) : `--${name}`;
    throw mistake(`${place}: ${expected(name)}, not "${word.slice(0, 64)}".`);
  });
  return Object.fromEntries(values);
}

/**
 * Reads the file of preferences.
 *
 * @param path Where it is.
 * @return Its text, or null where there is none.
 * @throws {ExitError} Status 1, if it is there and cannot be read.
 */
export async function readPreferencesFile(
  path: string,
): Promise<{ text: string; path: string } | null> {
  try {
    return { text: await Deno.readTextFile(path), path };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return null;
    }
    const reason = (error as Error).message;
    throw new ExitError(
      exitStatus.failed,
      `The preferences in ${path} cannot be read: ${reason}. Fix or remove the file.`,
    );
  }
}

/**
 * Where the preferences are: `chat/client.jsonc` in `$XDG_CONFIG_HOME` or `~/.config` on Linux,
 * `~/Library/Application Support` on macOS, `%APPDATA%` on Windows.
 *
 * @return The path, or null where the platform does not say where configuration belongs.
 */
export function preferencesPath(
  os: typeof Deno.build.os,
  variable: (name: string) => string | undefined,
): string | null {
  const home = variable("HOME") || undefined;
  const xdg = variable("XDG_CONFIG_HOME");
  const folder = os === "windows"
    ? variable("APPDATA") || undefined
    : os === "darwin"
    ? home && join(home, "Library", "Application Support")
    : xdg !== undefined && isAbsolute(xdg)
    ? xdg
    : home && join(home, ".config");
  return folder === undefined ? null : join(folder, "chat", "client.jsonc");
}

/** The settings of the file, each as the word that its flag would have. */
function wordsOf({ text, path }: { text: string; path: string }): [string, string][] {
  const value = parse(text, path);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw mistake(`${path}: settings are written as { "notify": "all", "time": "seconds" }.`);
  }
  return Object.entries(value).map(([name, setting]) => {
    if (Object.hasOwn(settings, name)) {
      checkType({ text, path }, name as keyof Preferences, setting);
      return [name, wordOf(setting)];
    }
    const known = names.join(", ");
    const place = placeOf({ text, path }, name);
    throw mistake(`${place}: unknown setting. The settings are ${known}.`);
  });
}

function checkType(
  file: { text: string; path: string },
  name: keyof Preferences,
  value: unknown,
): void {
  const { inFile } = settings[name];
  if (inFile === undefined ? typeof value === "string" : inFile.fits(value)) return;
  const what = inFile?.what ?? expected(name);
  throw mistake(`${placeOf(file, name)}: ${what}, not ${JSON.stringify(value).slice(0, 64)}.`);
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(withoutComments(text));
  } catch (error) {
    const { message } = error as Error;
    const line = /line (\d+)/.exec(message)?.[1];
    const reason = message.replace(/ in JSON at.*| at position.*|\s*\(line.*$/s, "");
    throw mistake(`${path}${line === undefined ? "" : `, line ${line}`}: ${reason}.`);
  }
}

/** Comments, and commas before a closing bracket, become spaces: every other character stays where it is. */
function withoutComments(text: string): string {
  const parts =
    /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*.*?\*\/|,(?=(?:\s|\/\/[^\n]*|\/\*.*?\*\/)*[}\]])/gs;
  return text.replace(/^\ufeff/, " ")
    .replace(parts, (part) => part[0] === '"' ? part : part.replace(/[^\n]/g, " "));
}

function wordOf(value: unknown): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  return Array.isArray(value) ? value.map(String).join(",") : String(value);
}

function expected(name: keyof Preferences): string {
  const { values } = settings[name];
  const [, least, most] = /^(\d+)\.\.(\d+)$/.exec(values) ?? [];
  if (least !== undefined) return `a number from ${least} to ${most}`;
  return values.includes("|") ? `one of ${values.replaceAll("|", ", ")}` : `a value like ${values}`;
}

function placeOf({ text, path }: { text: string; path: string }, name: string): string {
  const at = text.indexOf(JSON.stringify(name));
  const line = text.slice(0, Math.max(0, at)).split("\n").length;
  return `${path}, line ${line}, "${name.slice(0, 64)}"`;
}

function mistake(message: string): ExitError {
  return new ExitError(exitStatus.usage, message);
}
