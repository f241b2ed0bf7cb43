/** Conversations in the terminal interface: rooms, private ones, what is unread, comings and goings. */
import { assertEquals, assertMatch } from "@std/assert";
import { password } from "./people.ts";
import { withTerminalChat } from "./terminal_chat.ts";
import { TerminalProgram } from "./terminal_program.ts";

const alt = (key: string) => `\x1b${key}`;

Deno.test("three rooms: unread counts, mentions, switching by Alt, a line above the first unread post, drafts", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    await jill.rooms.join("#dev");
    await jill.rooms.join("#ops");
    await jill.post("#dev", "said before");
    const jack = await sit("jack");
    jack.enter("/join dev");
    await jack.until(/2 #dev {2}\|/);
    await jack.until("jill: said before");
    jack.enter("/join #ops");
    await jack.until(/3 #ops {2}\|/);
    jack.type("a draft in ops");
    await jill.post("#dev", "first unread");
    await jill.post("#dev", "second unread");
    await jill.post("#lobby", "jack's turn");
    await jack.until(/1 #lobby: 1! \| 2 #dev: 2/);
    jack.type(alt("2"));
    await jack.until("--- 2 unread ---");
    await jack.until("second unread");
    const rows = jack.screen().filter((row) => row !== "").map((row) =>
      row.replace(/^\d\d:\d\d/, "hh:mm")
    );
    const from = rows.lastIndexOf("--- #dev ---");
    assertEquals(rows.slice(from, from + 5), [
      "--- #dev ---",
      "hh:mm  jill: said before",
      "--- 2 unread ---",
      "hh:mm  jill: first unread",
      "hh:mm  jill: second unread",
    ]);
    await jack.until(/2 #dev {2}\| connected, \d+ ms \| 1 #lobby: 1!\n> Say/);
    jack.type(alt("a"));
    await jack.until("!jill: jack's turn");
    assertEquals(jack.lookOf("!jill").bold, true);
    jack.type(alt("3"));
    await jack.until(/> a draft in ops/);
    jack.enter("");
    await jack.until(/>jack: a draft in ops/);
  });
});

Deno.test("private conversations: a remark, a conversation of its own, whether it is protected", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    const jack = await sit("jack");
    await jill.sendPrivate("jack", "are you there?");
    await jack.until("jill has sent you a private message: Alt-2 shows it.");
    await jack.until("2 jill: 1!");
    jack.type(alt("2"));
    await jack.until("--- 1 unread ---");
    await jack.until(/2 jill {2}\| connected, \d+ ms \| end-to-end encrypted/);
    jack.enter("yes");
    await jack.until(">jack: yes");
    jack.enter("/verify");
    await jack.until(/The safety number with jill:\n(-- {3}\d{5}( \d{5}){3}\n){3}/);
    await jack.untilListening("Have you compared it with jill? (y/n; Esc: not now)");
    jack.type("y");
    await jack.until("end-to-end encrypted, verified");
    jack.enter("/leave");
    await jack.until(/1 #lobby {2}\| connected, \d+ ms\n/);
  });
});

Deno.test("one room is not several, and for a room that is not there /join is named", async () => {
  await withTerminalChat(async ({ sit }) => {
    const jack = await sit("jack");
    jack.enter("/rooms");
    await jack.until("-- 1 room:");
    jack.enter("/who #nowhere");
    await jack.until("!! There is no room with that name. Joining it creates it.");
  });
});

Deno.test("/passwd changes the password, shows none, and asks again for what will not do until Esc", async () => {
  await withTerminalChat(async ({ sit, command, env }) => {
    const jack = await sit("jack");
    const answer = async (question: string, secret: string) => {
      await jack.until(() => jack.screen()[jack.cursor.row]?.trimEnd() === question);
      jack.enter(secret);
    };
    jack.enter("/passwd");
    await answer("Your old password:", "not my password");
    await jack.until("The old password is wrong.");
    await answer("Your old password:", password);
    await answer("Your new password:", "hunter2");
    await jack.until("A password must have at least 8 characters.");
    await answer("Your new password:", "fresh password");
    await answer("Your new password again:", "fresh passwort");
    await jack.until("The two passwords do not match.");
    await answer("Your new password:", "");
    await jack.until(() => jack.screen()[jack.cursor.row]?.trimEnd() === "Your new password:");
    jack.type("\x1b");
    await jack.until("Your password was not changed.");
    await jack.until(/> Say something/);
    jack.enter("/passwd");
    await answer("Your old password:", password);
    await answer("Your new password:", "fresh password");
    await answer("Your new password again:", "fresh password");
    await jack.until("Your password was changed. There was no other session.");
    assertEquals(/hunter2|fresh passwo/.test(jack.raw), false);
    jack.enter("/quit");
    await jack.until("The session has ended.");
    assertEquals(jack.raw.includes("fresh password"), false);
    await using again = new TerminalProgram(command("jack"), {
      env: { ...env, CHAT_PASSWORD: "" },
    });
    await again.until("Now please type in your password!");
    again.enter(password);
    await again.until("Wrong password! Try again.");
    again.enter("fresh password");
    await again.until(/1 #lobby.*\| (?:up|connected)/);
  });
});

Deno.test("what was missed is counted at the next sign-in, and shown with a line above it", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jill = await people.come("jill");
    const first = await sit("jack");
    first.enter("seen");
    await first.until(">jack: seen");
    first.enter("/quit");
    await first.until("The session has ended.");
    await jill.post("#lobby", "missed one");
    await jill.post("#lobby", "missed two");
    await jill.sendPrivate("jack", "missed secret");
    const jack = await sit("jack");
    await jack.until(/>jack: seen\n--- 2 unread ---\n.*missed one\n.*missed two/);
    await jack.until("2 jill: 1!");
    await jill.sendPrivate("jack", "not looked at");
    await jack.until("2 jill: 2!");
    await jill.post("#lobby", "read at once");
    await jack.until("read at once");
    jack.type("\x04");
    await jack.until("The session has ended.");
    const again = await sit("jack");
    await again.until("2 jill: 2!");
    await again.until("read at once");
    assertEquals(again.text().includes("unread"), false);
    again.type(alt("a"));
    await again.until(/--- 2 unread ---\n.*missed secret\n.*not looked at/);
    again.type("\x04");
    await again.until("The session has ended.");
    const last = await sit("jack");
    await last.until("read at once");
    assertEquals(last.text().includes("unread"), false);
  });
});

Deno.test("50 people who come together are one line; who spoke lately is named when leaving", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const jack = await sit("jack");
    const jill = await people.come("jill");
    await jill.post("#lobby", "hello");
    await jack.until("jill: hello");
    await jack.until(/-- jill came/);
    const names = Array.from({ length: 50 }, (_, index) => `user${index}`);
    await Promise.all(names.map((name) => people.come(name)));
    const lines = (verb: string) =>
      jack.text().split("\n").filter((row) => row.startsWith("-- ") && row.endsWith(` ${verb}`));
    const told = (verb: string) => lines(verb).reduce((sum, line) => sum + countIn(line), 0);
    await jack.until(() => told("came") === 51);
    // On a busy machine they need longer than news is collected for.
    assertEquals(lines("came").length <= 6, true, lines("came").join("\n"));
    await people.go();
    await jack.until(() => told("left") === 51);
    assertEquals(lines("left").length <= 5, true, lines("left").join("\n"));
    assertMatch(lines("left").join("\n"), /\bjill\b/);
  });
});

/** How many people a line of news is about. */
function countIn(line: string): number {
  const people = /-- (\d+) people/.exec(line);
  if (people !== null) return Number(people[1]);
  const others = Number(/ and (\d+) others? /.exec(line)?.[1] ?? 0);
  return others + line.replace(/^-- | (came|left)$| and \d+ others?/g, "").split(", ").length;
}

Deno.test("what is half typed in a room that is left on another machine does not go to the lobby", async () => {
  await withTerminalChat(async ({ sit }) => {
    const jack = await sit("jack");
    jack.enter("/join team");
    await jack.until(/2 #team {2}\|/);
    jack.type("only for the te");
    await jack.until(/> only for the te/);
    const elsewhere = await sit("jack");
    elsewhere.enter("/leave #team");
    await jack.until("#team was left: what you type here is not sent. Alt-1 goes to #lobby.");
    jack.enter("am");
    await jack.until(/Not sent to #team: "only for the team".*\n.* It is back in the input\./);
    jack.type(alt("1"));
    await jack.until("!! Not sent to #team:\nonly for the team");
    await jack.until(/1 #lobby {2}\|/);
    jack.enter("for all");
    await jack.until(/>jack: for all/);
    assertEquals(jack.text().includes(">jack: only"), false);
  });
});

Deno.test("an invitation from IRC is shown, and says how to enter", async () => {
  await withTerminalChat(async ({ server, sit }) => {
    const jack = await sit("jack");
    const { hostname, port } = server.listeners[0]!.address;
    using guest = await Deno.connect({ hostname, port });
    const lines = ["NICK ann", "USER ann 0 * :ann", "JOIN #roses", "INVITE jack #roses"];
    await guest.write(new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join("")));
    await jack.until("~ann invites you to #roses: /join #roses enters it.");
    jack.enter("/join #roses");
    await jack.until(/2 #roses {2}\|/);
  }, { ircPlainPort: 0 });
});
