/** Typing in the terminal interface: completion, readline's keys, several lines, pastes, preferences. */
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { withTerminalChat } from "./terminal_chat.ts";
import { TerminalProgram } from "./terminal_program.ts";

Deno.test("al<Tab> completes the last speaker first, again the next one; commands and rooms too", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const alice = await people.come("alice");
    const alan = await people.come("alan");
    await alan.post("#lobby", "first");
    await alice.post("#lobby", "second");
    const jack = await sit("jack");
    await jack.until("alice: second");
    jack.type("al\t");
    await jack.until(/> alice:/);
    jack.type("\t");
    await jack.until(/> alan:/);
    jack.enter("hello");
    await jack.until(">jack: alan: hello");
    jack.type("/he\t");
    await jack.until(/> \/help *$/);
    jack.type("\x15see #lo\t");
    await jack.until(/> see #lobby *$/);
  });
});

/** Keys as a terminal sends them, and what the line is afterwards. */
const keyTable: readonly [typed: string, line: string][] = [
  ["one two\x01X", "Xone two"],
  ["one two\x01\x05X", "one twoX"],
  ["one two\x1bb\x0bX", "one X"],
  ["one two\x15X", "X"],
  ["one two\x17X", "one X"],
  ["one two\x17\x01\x19X", "twoXone"],
  ["one two\x1bb\x1bbX", "Xone two"],
  ["one two\x01\x1bfX", "oneX two"],
  ["one two\x01\x1bdX", "X two"],
  ["one two\x17\x1fX", "one twoX"],
  ["one two\x1b[H\x1b[1;5CX", "oneX two"],
  ["one two\x1b[D\x1b[3~X", "one twX"],
  ["one two\x7fX", "one twX"],
];

Deno.test("the keys of readline edit the line; Up and Ctrl-R bring back what was sent", async () => {
  await withTerminalChat(async ({ sit }) => {
    const jack = await sit("jack");
    for (const [typed, line] of keyTable) {
      jack.type(typed);
      await jack.until(() => jack.screen()[jack.cursor.row]?.trimEnd() === `> ${line}`);
      jack.type("\x05\x15");
      await jack.until(/> Say something/);
    }
    jack.enter("first of all");
    await jack.until(">jack: first of all");
    jack.enter("second to none");
    await jack.until(">jack: second to none");
    jack.type("\x1b[A\x1b[A");
    await jack.until(/> first of all$/);
    jack.type("\x1b[B");
    await jack.until(/> second to none$/);
    jack.type("\x15\x12fir");
    await jack.until('search "fir": first of all');
    jack.type("\r");
    await jack.until(/> first of all$/);
  });
});

Deno.test("Alt-Enter and short pastes make one message of several lines", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const heard: string[] = [];
    await people.come("jill", (event) => {
      if (event.type === "post") heard.push(event.post.body);
    });
    const jack = await sit("jack");
    jack.type("one\x1b\rtwo");
    await jack.until(/> one\n {2}two$/);
    jack.type("\r");
    await jack.until(/>jack: one\n\s+two/);
    jack.type("\x1b[200~pasted\rlines\x1b[201~");
    await jack.until(/> pasted\n {2}lines$/);
    jack.type("\r");
    await jack.until(/>jack: pasted\n\s+lines/);
    while (heard.length < 2) await people.settle();
    assertEquals(heard, ["one\ntwo", "pasted\nlines"]);
  });
});

Deno.test("a paste of 200 lines sends nothing until it is confirmed, marked as a paste or not", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const heard: string[] = [];
    await people.come("jill", (event) => {
      if (event.type === "post") heard.push(event.post.body);
    });
    const jack = await sit("jack");
    const lines = Array.from({ length: 200 }, (_, index) => `line ${index}`);
    const question = '200 lines pasted ("line 0…"). Send them to #lobby as one message?';
    jack.type(`\x1b[200~${lines.join("\r")}\x1b[201~`);
    await jack.untilListening(question);
    jack.type("n");
    await jack.until(/ {2}line 199$/);
    jack.type("\x03");
    await jack.until(/> Say something/);
    // An old terminal: nothing marks the paste. It fits one read of the terminal.
    jack.type(lines.join("\r"));
    await jack.untilListening(question);
    assertEquals(heard, []);
    jack.type("y");
    await jack.until("line 199");
    while (heard.length < 1) await people.settle();
    assertEquals(heard, [lines.join("\n")]);
  });
});

Deno.test("preferences come from the file; a mistake in it is one clear line and status 2", async () => {
  await withTerminalChat(async ({ sit, command, env, folder }) => {
    const path = join(folder, "config", "chat", "client.jsonc");
    await Deno.mkdir(join(folder, "config", "chat"), { recursive: true });
    await Deno.writeTextFile(path, `{ "time": "off", // quiet\n  "notify": "all" }`);
    const jack = await sit("jack");
    jack.enter("no time");
    await jack.until(/^>jack: no time$/m);
    jack.enter("/notify");
    await jack.until("The bell rings for all messages.");
    await Deno.writeTextFile(path, `{\n  "notify": "loud"\n}`);
    await using mistaken = new TerminalProgram(command("jack"), { env });
    const message = `chat: ${path}, line 2, "notify": one of off, mention, all, not "loud".`;
    await mistaken.until(() =>
      mistaken.copied().filter((line) => line !== "").join(" ") === message
    );
    assertEquals((await mistaken.exit).exitCode, 2);
    // In a pipe, too: a script should not run for a year with a setting that is none.
    const [file, ...args] = command("jack");
    const piped = await new Deno.Command(file, { args, env, stdin: "null" }).output();
    assertEquals([piped.code, new TextDecoder().decode(piped.stderr)], [2, `${message}\n`]);
  });
});

Deno.test('--plain, a TERM that is dumb, empty or missing, and "plain": true keep the line-by-line dialogue on a terminal', async () => {
  await withTerminalChat(async ({ command, env, folder }) => {
    const prompt = "Please enter your operation";
    await using plain = new TerminalProgram(command("jack", { args: ["--plain"] }), { env });
    await plain.until(prompt);
    await using dumb = new TerminalProgram(command("jill"), { env: { ...env, TERM: "dumb" } });
    await dumb.until(prompt);
    assertEquals(dumb.raw.includes("\x1b"), false, JSON.stringify(dumb.raw));
    const [program, ...args] = command("amy");
    for (const without of [["TERM="], ["-u", "TERM"]]) {
      await using unknown = new TerminalProgram(["env", ...without, program, ...args], { env });
      await unknown.until(prompt);
    }
    await Deno.mkdir(join(folder, "config", "chat"), { recursive: true });
    await Deno.writeTextFile(join(folder, "config", "chat", "client.jsonc"), `{"plain": true}`);
    await using preferred = new TerminalProgram(command("tom"), { env });
    await preferred.until(prompt);
  });
});
