import { assertEquals, assertThrows } from "@std/assert";
import {
  passwordChangedText,
  readSessionNumber,
  sessionLines,
} from "../../../client/talk/session_list.ts";
import type { OwnSession } from "../../../client/core/chat/own_sessions.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";

const nowMs = new Date(2026, 10, 29, 23, 4).getTime();

function session(more: Partial<OwnSession>): OwnSession {
  const usual = { id: 1, wire: "native", sinceMs: nowMs, seenMs: nowMs, network: "192.0.2.1" };
  return { ...usual, own: false, ...more };
}

Deno.test("sessions are told by their number, program, network and times, by the server's clock", () => {
  const lines = sessionLines([
    session({ id: 3, wire: "irc", seenMs: nowMs - 60_000, network: "2001:db8:1:2::/64" }),
    session({ id: 4, seenMs: nowMs - 59_000 }),
    session({ id: 12, wire: "classic", seenMs: nowMs - 11 * 3_600_000 }),
    session({ id: 13, own: true }),
  ]);
  assertEquals(lines, [
    "3: an IRC client from 2001:db8:1:2::/64, since 2026-11-29 23:04, active 1 minute ago",
    "4: a chat client from 192.0.2.1, since 2026-11-29 23:04, active just now",
    "12: the course project's client from 192.0.2.1, since 2026-11-29 23:04, active 660 minutes ago",
    "13: a chat client from 192.0.2.1, since 2026-11-29 23:04, this one",
  ]);
});

Deno.test("what a hostile server lists is safe to show", () => {
  const [line] = sessionLines([
    session({ wire: "\x1b[2Jnew", network: "\u202e\n1", sinceMs: 9e15, own: true }),
  ]);
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  assertEquals(/[\x00-\x1f\u202e]/.test(line!), false);
  assertEquals(line!.includes("since an unknown time"), true);
  assertEquals(sessionLines([session({ wire: "constructor" })])[0]!.includes("constructor"), true);
});

Deno.test("only a number names a session", () => {
  assertEquals(readSessionNumber("12"), 12);
  for (const text of ["", "x", "-1", "1.5", "0x10", "1 2", "9".repeat(16)]) {
    assertThrows(() => readSessionNumber(text), ChatError, "Which session?");
  }
});

Deno.test("after a new password it is said what became of the other sessions", () => {
  const changed = "Your password was changed.";
  const stay = `${changed} Other sessions stay signed in until they reconnect.`;
  assertEquals(passwordChangedText(0, true), stay);
  assertEquals(passwordChangedText(undefined, false), stay);
  assertEquals(passwordChangedText(0, false), `${changed} There was no other session.`);
  assertEquals(passwordChangedText(1, false), `${changed} 1 other session was ended.`);
  assertEquals(passwordChangedText(2, false), `${changed} 2 other sessions were ended.`);
});
