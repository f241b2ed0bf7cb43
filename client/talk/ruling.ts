/**
 * The commands by which a room is ruled: one table for both interfaces, which only write them differently.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { removalReasonBytesMax } from "../../protocol/wire/limits.ts";
import type { Role } from "../../protocol/wire/room_rules.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import type { ClientRooms } from "../core/chat/client_rooms.ts";
import type { Spelling } from "./remark_text.ts";
import {
  changedRules,
  entryText,
  readRule,
  roleText,
  rulesLines,
  ruleUsage,
  ruleUsages,
} from "./rules_text.ts";

/** Where a command works. */
export interface RulingPlace {
  readonly rooms: ClientRooms;
  /** The room that is ruled. */
  readonly room: string;
  /** How commands are written where it is typed. */
  readonly spell: Spelling;
}

/** A command by which a room is ruled. */
export interface RulingCommand {
  /** What stands after its name. */
  readonly parameters: string;
  /** What it does, in one sentence. */
  readonly help: string;
  /** The command that ends it. */
  readonly undo?: string;
  /** What else there is to know. */
  readonly details?: string;
  /** Whether a list of all commands leaves it out, because the help of another one names it. */
  readonly unlisted?: boolean;
  /** Whether it is about a user, who is asked for where none is named. */
  readonly isAboutUser: boolean;
  /**
   * Does it.
   *
   * @param words The words after its name, without a room; the first is the user where it is about one.
   * @return What is to be said, in lines that are safe for a terminal.
   * @throws {ChatError} What the server answered, or what is wrong with the words.
   */
  readonly run: (options: RulingPlace, words: readonly string[]) => Promise<readonly string[]>;
}

function setRole(role: Role, held: boolean): Omit<RulingCommand, "help"> {
  return {
    parameters: "name",
    unlisted: !held,
    isAboutUser: true,
    run: async ({ rooms, room }, words) => {
      const name = userOf(words);
      await rooms.setRole(room, name, role, held);
      return [safeText(`${roleText({ room, role, held }, name)}.`)];
    },
  };
}

function setBan(listed: boolean): Omit<RulingCommand, "help"> {
  return {
    parameters: "name",
    unlisted: !listed,
    details: "A mask such as nick!user@host covers everyone who matches it; * stands for anything.",
    isAboutUser: true,
    run: async ({ rooms, room }, words) => {
      const name = userOf(words);
      const subject = /[*?!@]/.test(name) ? { mask: name } : { name };
      await rooms.setEntry(room, "ban", subject, listed);
      return [safeText(`${entryText({ room, list: "ban", listed, ...subject })}.`)];
    },
  };
}

/** The commands by name, in the order of the help. */
export const rulingCommands: Readonly<Record<string, RulingCommand>> = {
  owner: {
    help: "Makes a user an owner.",
    undo: "disown",
    ...setRole("owner", true),
  },
  disown: { help: "Takes an owner's role away.", ...setRole("owner", false) },
  op: {
    help: "Makes a user a moderator.",
    undo: "deop",
    ...setRole("moderator", true),
  },
  deop: { help: "Takes a moderator's role away.", ...setRole("moderator", false) },
  voice: {
    help: "Gives a user a voice.",
    details: "Anyone with a voice can speak, whatever the rules are.",
    undo: "devoice",
    ...setRole("voiced", true),
  },
  devoice: { help: "Takes a user's voice away.", ...setRole("voiced", false) },
  kick: {
    parameters: "name [reason]",
    help: "Removes a user from the room.",
    isAboutUser: true,
    run: kick,
  },
  ban: { help: "Bans a user from the room.", undo: "unban", ...setBan(true) },
  unban: { help: "Lifts a user's ban from the room.", ...setBan(false) },
  invite: {
    parameters: "name",
    help: "Invites a user to the room.",
    isAboutUser: true,
    run: invite,
  },
  rules: {
    parameters: "[rule value]",
    help: "Shows or sets who may do what in the room.",
    details: `The rules: ${ruleUsages.join("; ")}.`,
    isAboutUser: false,
    run: showOrSet,
  },
};

/**
 * What a command does, in one line that names the command which ends it.
 *
 * @param command Which.
 * @param spell How commands are written where it is shown.
 */
export function rulingHelp({ help, undo }: RulingCommand, spell: Spelling): string {
  return undo === undefined ? help : `${help.slice(0, -1)}; ${spell(undo)} ends that.`;
}

/** People write `@jill`, too. */
function userOf([name = ""]: readonly string[]): string {
  return name.replace(/^@/, "");
}

async function kick({ rooms, room }: RulingPlace, words: readonly string[]) {
  const reason = words.slice(1).join(" ");
  if (new TextEncoder().encode(reason).length > removalReasonBytesMax) {
    throw new ChatError("bad_text", `A reason has at most ${removalReasonBytesMax} bytes.`);
  }
  await rooms.remove(room, userOf(words), reason);
  return [safeText(`${userOf(words)} was removed from ${room}.`)];
}

async function invite({ rooms, room }: RulingPlace, words: readonly string[]) {
  const name = userOf(words);
  const { told, opened } = await rooms.invite(room, name);
  const sentences = [
    `You have invited ${name} to ${room}.`,
    told ? "" : `${name} is not there to see it.`,
    opened ? `${name} can enter now, whatever the rules are.` : "",
  ];
  return [safeText(sentences.filter((one) => one !== "").join(" "))];
}

async function showOrSet({ rooms, room, spell }: RulingPlace, words: readonly string[]) {
  const [name = "", value = "", ...others] = words;
  if (name === "") {
    const title = `The rules of ${safeText(room)}. To set one, type ${
      spell("rules", "speak voiced")
    }, for example.`;
    return [title, ...rulesLines(await rooms.rules(room))];
  }
  const rules = others.length > 0 ? null : readRule(name, value);
  if (rules === null) {
    const usages = ruleUsage(name) ?? ruleUsages.join("; ");
    throw new ChatError("bad_message", `Usage: ${spell("rules", usages)}`);
  }
  await rooms.setRules(room, rules);
  return changedRules(room, rules).map((line) => safeText(`${line}.`));
}
