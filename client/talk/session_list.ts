/**
 * The sessions of one's own account in words.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import type { OwnSession } from "../core/chat/own_sessions.ts";
import { counted } from "./wording.ts";

/** What people call the programs of each wire. */
const programs: Readonly<Record<string, string>> = {
  native: "a chat client",
  web: "a page in a browser",
  irc: "an IRC client",
  classic: "the course project's client",
};

/**
 * What was typed about pages that the server gives out.
 *
 * @param text `never` or `allow`.
 * @return Whether they are refused.
 * @throws {ChatError} `bad_message` where it is neither.
 */
export function readPagesRefused(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (word === "never" || word === "allow") return word === "never";
  throw new ChatError(
    "bad_message",
    'Say "never" or "allow": after "never", nobody can sign in to your account from a page that the server gives out.',
  );
}

/** What is said when that was set. */
export function pagesText(refused: boolean): string {
  return refused
    ? "From now on, nobody can sign in to your account from a page that the server gives out."
    : "Your account can be used with a page that the server gives out.";
}

/**
 * A typed number of a session.
 *
 * @param text What was typed.
 * @throws {ChatError} `bad_message` where it is none.
 */
export function readSessionNumber(text: string): number {
  const id = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(id)) return id;
  throw new ChatError("bad_message", "Which session? Give its number from the list.");
}

/**
 * Sessions in words, safe for a terminal, for example
 * `12: an IRC client from 10.0.0.7, since 2026-11-29 21:04, last heard of 3 minutes ago`.
 *
 * @param sessions The sessions of the account.
 */
export function sessionLines(sessions: readonly OwnSession[]): string[] {
  // By the server's clock, which has just heard of this session.
  const nowMs = sessions.find(({ own }) => own)?.seenMs ?? Date.now();
  return sessions.map((session) => sessionLine(session, nowMs));
}

function sessionLine(session: OwnSession, nowMs: number): string {
  const { id, wire, sinceMs, seenMs, network, own } = session;
  const program = Object.hasOwn(programs, wire) ? programs[wire]! : safeText(wire);
  const minutes = Math.floor((nowMs - seenMs) / 60_000);
  const seen = own
    ? "this one"
    : minutes < 1
    ? "active just now"
    : `active ${counted(minutes, "minute")} ago`;
  return `${id}: ${program} from ${safeText(network)}, since ${dateText(sinceMs)}, ${seen}`;
}

/**
 * What is said after a change of the password.
 *
 * @param ended How many other sessions were ended; undefined where the server is older and ends none.
 * @param kept Whether the person wanted the others to stay.
 */
export function passwordChangedText(ended: number | undefined, kept: boolean): string {
  const changed = "Your password was changed.";
  if (kept || ended === undefined) {
    return `${changed} Other sessions stay signed in until they reconnect.`;
  }
  if (ended === 0) return `${changed} There was no other session.`;
  return `${changed} ${counted(ended, "other session")} ${ended === 1 ? "was" : "were"} ended.`;
}

/** The day and the minute in local time; a server can name a time that no calendar has. */
function dateText(timeMs: number): string {
  const date = new Date(timeMs);
  if (Number.isNaN(date.getTime())) return "an unknown time";
  const pad = (number: number) => String(number).padStart(2, "0");
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}`;
}
