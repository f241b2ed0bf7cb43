/**
 * Every command: one table that finds, explains and completes them.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { safeText } from "../../../protocol/text/safe_text.ts";
import { isLost } from "../../core/link/server_link.ts";
import { errorText, withSlash } from "../../talk/remark_text.ts";
import { wordsOfRules } from "../../talk/rules_text.ts";
import { type RulingCommand, rulingCommands, rulingHelp } from "../../talk/ruling.ts";
import type { Desk } from "./session_api.ts";
import type { Hold } from "../input/hold.ts";
import type { CompletedWords } from "../input/completion.ts";
import { nearest } from "../../../platform/nearest.ts";
import type { ChatCommand } from "./chat_command.ts";
import { annotationCommands } from "./annotation_commands.ts";
import { fileCommands } from "./file_commands.ts";
import { findingCommands } from "./finding_commands.ts";
import { act, broadcast, history, privately } from "./post_commands.ts";
import { clockText } from "../conversations/post_lines.ts";
import {
  changePassword,
  endOwnSession,
  sessions,
  setPages,
  trust,
  verifyPeer,
} from "./privacy_commands.ts";
import { joinRoom, leaveRoom, mute, rooms, rule, topic, who } from "./room_commands.ts";
import { stay } from "./stay.ts";
import { plain, toned } from "../terminal/style.ts";

/** All commands by name, in the order of the help. */
export const commands: Readonly<Record<string, ChatCommand>> = {
  help: {
    parameters: "[command]",
    help: "Explains a command, or lists them.",
    completes: "command",
    run: help,
  },
  bm: {
    parameters: "[text]",
    help: "Sends a message to everyone in the room.",
    asks: "alone",
    isSuggested: false,
    run: broadcast,
  },
  pm: {
    parameters: "[name [text]]",
    help: "Sends a private message to one user.",
    details: "Without text it goes to the conversation with that user.",
    asks: "alone",
    moves: (_desk, rest) => !/\s\S/u.test(rest),
    completes: "user",
    run: privately,
  },
  me: {
    parameters: "text",
    help: "Says what you do: * jack waves.",
    unlisted: true,
    isSuggested: false,
    run: act,
  },
  ch: {
    parameters: "[words]",
    help: "Shows or searches earlier messages.",
    details:
      "A number says how many messages, yesterday or 2026-11-23 of which day; a #room or a name narrows it down. /ch of 4711 shows how that message was " +
      "changed. Other words are searched for.",
    completes: "room",
    run: history,
  },
  ex: { parameters: "", help: "Leaves the chat.", unlisted: true, isSuggested: false, run: end },
  who: {
    parameters: "[#room|all]",
    help: "Shows who is online, in a room or anywhere.",
    completes: "room",
    run: who,
  },
  rooms: { parameters: "", help: "Lists the rooms.", run: rooms },
  join: {
    parameters: "#room [key]",
    help: "Enters a room, or creates it, and goes there.",
    moves: () => true,
    completes: "room",
    run: joinRoom,
  },
  leave: {
    parameters: "[#room|name]",
    help: "Leaves a room, or closes a conversation.",
    moves: ({ conversations }, rest) =>
      rest === "" || conversations.find(rest) === conversations.current,
    completes: "room",
    run: leaveRoom,
  },
  topic: {
    parameters: "[text|-]",
    help: "Shows or sets the room's topic.",
    details: "A minus sign alone removes it.",
    isSuggested: false,
    run: topic,
  },
  ...annotationCommands,
  ...fileCommands,
  ...Object.fromEntries(
    Object.entries(rulingCommands).map(([name, command]) => [name, rulingCommand(name, command)]),
  ),
  ...findingCommands,
  verify: {
    parameters: "[name]",
    help: "Shows the safety number to compare with a user.",
    details:
      "You both see the same number unless someone is listening in. Compare it in person or by phone. " +
      "/trust accepts changed keys.",
    asks: "always",
    completes: "user",
    run: verifyPeer,
  },
  trust: {
    parameters: "[name]",
    help: "Accepts a user's changed keys.",
    unlisted: true,
    completes: "user",
    run: trust,
  },
  passwd: {
    parameters: "[keep]",
    help: "Changes your password.",
    details: "Your other sessions end, unless you add keep.",
    asks: "always",
    completes: ["keep"],
    run: changePassword,
  },
  sessions: {
    parameters: "",
    help: "Shows where you are signed in; /end ends one.",
    run: sessions,
  },
  end: {
    parameters: "number",
    help: "Ends one of your other sessions.",
    details: "/sessions shows their numbers.",
    unlisted: true,
    isSuggested: false,
    run: endOwnSession,
  },
  pages: {
    parameters: "never|allow",
    help: "Says whether pages may use your account.",
    details:
      "Whoever runs the server could change such a page. /pages never ends your sessions in them, too.",
    unlisted: true,
    run: setPages,
  },
  mute: {
    parameters: "[#room|name]",
    help: "Mutes a conversation, or unmutes it.",
    details: "A muted conversation never rings and is not counted as unread.",
    completes: "room",
    run: mute,
  },
  notify: {
    parameters: "[off|mention|all]",
    help: "Sets which messages ring the bell.",
    completes: ["off", "mention", "all"],
    run: notify,
  },
  time: {
    parameters: "[off|minutes|seconds]",
    help: "Shows the time, or sets how times are shown.",
    completes: ["off", "minutes", "seconds"],
    run: time,
  },
  clear: { parameters: "", help: "Clears the screen (Ctrl-L).", unlisted: true, run: clear },
  quit: { parameters: "", help: "Leaves the chat.", isSuggested: false, run: end },
};

/** The list of all commands has room for one of them, whose explanation names the others. */
function rulingCommand(name: string, command: RulingCommand): ChatCommand {
  const usage = `/${name} ${command.parameters}`;
  const isListed = name === "rules";
  const others = "/owner, /op, /voice, /kick, /ban and /invite rule a room, too.";
  return {
    ...command,
    help: rulingHelp(command, withSlash),
    ...(isListed ? { details: `${command.details} ${others}` } : {}),
    unlisted: !isListed,
    completes: command.isAboutUser ? "user" : wordsOfRules,
    isSuggested: false,
    run: (desk, rest) => rule(desk, rest, { command, usage }),
  };
}

/** Other words for commands, as other chats have them. */
const aliases: Readonly<Record<string, string>> = {
  msg: "pm",
  m: "pm",
  w: "pm",
  dm: "pm",
  query: "pm",
  tell: "pm",
  names: "who",
  list: "rooms",
  part: "leave",
  exit: "quit",
  q: "quit",
  history: "ch",
};

const names = Object.keys(commands);
/** What "Did you mean …?" may name. */
const suggested = names.filter((name) => commands[name]!.isSuggested !== false);
const listedNames = names.filter((name) => commands[name]!.unlisted !== true);

/** The words of the course project that do something when they are typed alone. */
const classicWords: ReadonlySet<string> = new Set(["BM", "PM", "CH", "EX"]);

/** What the line-by-line interface takes: a person may know it from there, and a password would follow. */
const keyWords = /^(VERIFY|TRUST) (\S+)$|^(PASSWD)$/u;

/** What a typed line is. */
export type Typed =
  | { readonly type: "post" }
  | { readonly type: "command"; readonly command: ChatCommand; readonly rest: string }
  /** Begins with a slash, but is no command. */
  | { readonly type: "unknown"; readonly message: string }
  /** May have been meant as a command: it is posted only if the person says so. */
  | { readonly type: "doubtful" };

/**
 * Says what a typed line is. Nothing that might be a command is ever simply posted.
 *
 * @param text The line, or lines.
 */
export function classify(text: string): Typed {
  const line = text.trim();
  if (classicWords.has(line)) {
    return { type: "command", command: commands[line.toLowerCase()]!, rest: "" };
  }
  const key = keyWords.exec(line);
  if (key !== null) {
    const [, word = "", name = "", alone = ""] = key;
    return { type: "command", command: commands[(word || alone).toLowerCase()]!, rest: name };
  }
  if (!line.startsWith("/")) return { type: "post" };
  const [, name = "", rest = ""] = /^\/(\S*)\s*(.*)$/su.exec(line)!;
  if (!text.startsWith("/") || name === "" || name.startsWith("/")) return { type: "doubtful" };
  const command = commandOf(name);
  if (command !== undefined) return { type: "command", command, rest };
  return { type: "unknown", message: unknownMessage(name) };
}

/** The command of a name or alias, in any letter case. */
function commandOf(name: string): ChatCommand | undefined {
  const typed = name.toLowerCase();
  const found = Object.hasOwn(aliases, typed) ? aliases[typed]! : typed;
  return Object.hasOwn(commands, found) ? commands[found] : undefined;
}

function unknownMessage(name: string): string {
  const meant = nearest(name, suggested);
  const hint = meant === undefined ? "/help lists all commands." : `Did you mean /${meant}?`;
  return `Unknown command "/${safeText(name.slice(0, 64))}". ${hint} ` +
    "(To post it as text, put a space in front.)";
}

/** What a command says that wants an answer of the server, while there is none. */
const notConnected =
  'There is no connection to the server at the moment. Try again when the status line says "connected".';

/** Runs a command; its errors are told. */
export async function runCommand(command: ChatCommand, desk: Desk, rest: string): Promise<void> {
  const { input } = desk.view;
  const kind = holdOf(command, desk, rest);
  const hold = kind === null ? null : input.hold(kind);
  try {
    await command.run(desk, rest, hold);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    desk.view.warn(messageOf(error, desk.client.online));
  } finally {
    if (hold !== null) await release(hold, desk);
  }
}

/** Ends a hold. Nothing is said here by someone who does not know yet that a command led nowhere, or that a dialogue is over. */
async function release(hold: Hold, desk: Desk): Promise<void> {
  const { input } = desk.view;
  const moves = hold.kind === "move";
  const isClear = moves ? !input.isHeldBy(hold) : hold.isEmpty;
  const staying = isClear ? null : stay(desk, moves);
  // What was typed meanwhile is with that question now.
  input.release(hold);
  await staying;
}

/** What the keys that are typed meanwhile belong to; null where that is the draft. */
function holdOf(
  { asks, moves }: ChatCommand,
  desk: Desk,
  rest: string,
): "dialogue" | "move" | null {
  if (asks === "always" || (asks === "alone" && rest === "")) return "dialogue";
  return moves?.(desk, rest) === true ? "move" : null;
}

function messageOf(error: ChatError, online: boolean): string {
  return isLost(error) && !online ? notConnected : errorText(error, withSlash);
}

/** What Tab completes. */
export const commandWords: readonly string[] = names.map((name) => `/${name}`);

/** What Tab completes after a command, and after the words that are typed behind it already. */
export function wordsAfter(name: string, typed: readonly string[] = []): CompletedWords | null {
  const completes = commandOf(name)?.completes ?? null;
  if (typeof completes === "function") return completes(typed);
  return typed.length === 0 ? completes : null;
}

function help({ view }: Desk, rest: string): void {
  const name = rest.replace(/^\//, "").toLowerCase();
  if (name === "") return helpOnAll(view);
  const found = Object.hasOwn(aliases, name) ? aliases[name]! : name;
  if (!Object.hasOwn(commands, found)) return view.warn(unknownMessage(name));
  const { help: line, details = "" } = commands[found]!;
  const others = Object.keys(aliases).filter((alias) => aliases[alias] === found);
  const also = others.length === 0 ? "" : `Also: /${others.join(", /")}.`;
  const words = [line, details, also].filter((text) => text !== "").join(" ");
  view.print([toned("accent", usage(found)), plain(`  ${words}`)], 3);
}

/** What the list has no room for, and no listed command's help names: 80 columns with the mark of a notice. */
export const helpOnMore =
  "More: /edit /delete /react /numbers /mentions /context /me /pages /clear.";

/** Where the terminal is narrower, two columns would be mostly empty. */
const helpColumnsMin = 60;

function helpOnAll(view: Desk["view"]): void {
  if (view.columns < helpColumnsMin) helpBelow(view);
  else helpBeside(view);
  view.notice(helpOnMore);
  view.notice("Tab completes, Alt-Enter starts a new line, Alt-A goes to what is unread.");
}

/** On a narrow terminal each description stands below its command. */
function helpBelow(view: Desk["view"]): void {
  for (const name of listedNames) {
    view.print([plain("   "), toned("accent", usage(name))], 5);
    view.print([plain(`      ${commands[name]!.help}`)], 6);
  }
}

function helpBeside(view: Desk["view"]): void {
  const width = Math.max(...listedNames.map((name) => usage(name).length));
  for (const name of listedNames) {
    const head = toned("accent", usage(name).padEnd(width));
    view.print([plain("   "), head, plain(`  ${commands[name]!.help}`)], width + 5);
  }
}

function usage(name: string): string {
  return `/${name} ${commands[name]!.parameters}`.trim();
}

/** When the bell rings, by what was chosen. */
const bellTexts = {
  off: "The bell does not ring.",
  mention: "The bell rings for mentions and private messages.",
  all: "The bell rings for all messages.",
} as const;

function notify({ notifications, view }: Desk, rest: string): void {
  const level = (["off", "mention", "all"] as const).find((one) => one === rest);
  if (level !== undefined) notifications.level = level;
  else if (rest !== "") throw new ChatError("bad_message", `Usage: ${usage("notify")}`);
  view.notice(bellTexts[notifications.level]);
}

function time(desk: Desk, rest: string): void {
  const form = (["off", "minutes", "seconds"] as const).find((one) => one === rest);
  if (form !== undefined) desk.time = form;
  else if (rest !== "") throw new ChatError("bad_message", `Usage: ${usage("time")}`);
  else return desk.view.notice(`It is ${clockText(Date.now(), "seconds")}.`);
  desk.view.notice(`Times of messages are shown: ${form}.`);
}

function end(desk: Desk): void {
  desk.leave();
}

function clear({ view }: Desk): void {
  view.clear();
}
