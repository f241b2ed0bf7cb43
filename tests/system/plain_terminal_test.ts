/** The line-by-line interface on a terminal, where a person or a screen reader reads it. */
import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../fixtures/folders.ts";
import { startClientProgram } from "./processes.ts";
import { startServerHere } from "./server_here.ts";
import { chatCommand, TerminalProgram } from "./terminal_program.ts";

const secret = "correct horse battery";

for (
  const [what, args, term] of [["--plain", ["--plain"], "xterm"], [
    "TERM=dumb",
    [],
    "dumb",
  ]] as const
) {
  Deno.test(`with ${what}, questions on a terminal are lines, nothing is redrawn and no password is shown`, async () => {
    await withFolder(async (folder) => {
      await using server = await startServerHere(`${folder}/server`);
      const words = ["client", "127.0.0.1", String(server.port), "jack", "--data", folder, ...args];
      const env = { TERM: term, CHAT_PASSWORD: "" };
      await using jack = new TerminalProgram(chatCommand(...words), { columns: 120, env });
      await jack.until("Is it the same? (yes/no)");
      jack.enter("maybe");
      await jack.until('Type "yes" or "no".');
      jack.enter("yes");
      await jack.until("Now please create your password!");
      jack.enter("short");
      await jack.until(/A password must have at least 8 characters\.\s[^]*create your password!/);
      jack.enter(secret);
      await jack.until("Once more, please:");
      jack.enter(secret);
      await jack.until("HELP lists all operations.");
      jack.enter("PM");
      await jack.until("Peer to message:");
      jack.enter("nobody");
      await jack.until(/No user named "nobody"\.\n.*goes back.*\nPeer to message:/);
      jack.enter("");
      jack.enter("BM");
      await jack.until("Enter the public message:");
      jack.enter("hello");
      await jack.until("Public message sent.");
      jack.enter("EX");
      assertEquals((await jack.exit).exitCode, 0);
      await jack.until("The session has ended.");
      assert(!jack.raw.includes("\x1b"), JSON.stringify(jack.raw));
      assert(!jack.raw.includes(secret) && !jack.raw.includes("short"));
    });
  });
}

Deno.test("Ctrl-D at a hidden prompt is the end of input, and becomes no part of a password", async () => {
  await withFolder(async (folder) => {
    await using server = await startServerHere(`${folder}/server`);
    const options = ["--plain", "--accept-new", "--data", folder];
    const words = ["client", "127.0.0.1", String(server.port), "jack", ...options];
    const env = { TERM: "xterm", CHAT_PASSWORD: "" };
    await using jack = new TerminalProgram(chatCommand(...words), { columns: 120, env });
    await jack.until("Now please create your password!");
    jack.type("\x04");
    assertEquals((await jack.exit).exitCode, 4);
    await jack.until("No password was given.");
  });
});

Deno.test("a message that comes in does not stand behind what is being typed, which stays", async () => {
  await withFolder(async (folder) => {
    await using server = await startServerHere(`${folder}/server`);
    const options = ["--plain", "--accept-new", "--data", folder];
    const words = ["client", "127.0.0.1", String(server.port), "jack", ...options];
    const env = { TERM: "xterm", CHAT_PASSWORD: secret };
    await using jack = new TerminalProgram(chatCommand(...words), { columns: 120, env });
    await jack.until("HELP lists all operations.");
    await using jill = startClientProgram(server.port, "jill", { directory: `${folder}/jill` });
    jack.type("BM half");
    await jack.until("BM half");
    await jill.type("BM in between");
    const incoming = "**** Incoming public message from jill ****: in between";
    await jack.until(`BM half\n${incoming}`);
    jack.enter(" of this");
    await jill.line("**** Incoming public message from jack ****: half of this");
  });
});

Deno.test("a line that the terminal has cut off is not sent, one that is just short enough is", async () => {
  await withFolder(async (folder) => {
    await using server = await startServerHere(`${folder}/server`);
    const options = ["--plain", "--accept-new", "--data", folder];
    const words = ["client", "127.0.0.1", String(server.port), "jack", ...options];
    const env = { TERM: "xterm", CHAT_PASSWORD: secret };
    await using jack = new TerminalProgram(chatCommand(...words), { columns: 120, env });
    const length = "A terminal passes on at most 4,094 bytes of a line";
    await jack.until("HELP lists all operations.");
    for (const text of [`BM ${"x".repeat(5_000)}`, `BM ${"☕".repeat(1_364)}`]) {
      const before = jack.text().split(length).length;
      jack.enter(text);
      await jack.until(() => jack.text().split(length).length > before);
    }
    assert(!jack.text().includes("Public message sent."));
    jack.enter(`BM ${"x".repeat(4_091)}`);
    await jack.until("Public message sent.");
  });
});

Deno.test("earlier messages and files are named by their numbers, on a terminal line by line", async () => {
  await withFolder(async (folder) => {
    await using server = await startServerHere(`${folder}/server`);
    await Deno.writeTextFile(`${folder}/red roses.txt`, "roses");
    const options = ["--plain", "--accept-new", "--data", folder, "--downloads", `${folder}/saved`];
    const words = ["client", "127.0.0.1", String(server.port), "jack", ...options];
    const env = { TERM: "xterm", CHAT_PASSWORD: secret };
    await using jack = new TerminalProgram(chatCommand(...words), { columns: 120, env });
    await jack.until("HELP lists all operations.");
    jack.enter("GET");
    await jack.until("No file has been shown yet. CH shows earlier messages; then GET again.");
    await using jill = startClientProgram(server.port, "jill", { directory: `${folder}/jill` });
    await jill.type("BM roses or tulips?");
    await jack.until("**** Incoming public message from jill ****: roses or tulips?");
    jack.enter("NUMBERS");
    jack.enter("REPLY 1 tulps");
    await jill.line("**** Incoming public reply from jack ****: (to jill: roses or tulips?) tulps");
    jack.enter("EDIT 2 tulips");
    await jill.line("**** jack edited a message ****: tulips");
    jack.enter("REACT 1 :thumbsup:");
    await jill.line('**** jack reacts to "roses or tulips?" ****: 👍');
    jack.enter("DELETE 2");
    await jill.line("**** jack took a message back ****");
    await jill.type(`SEND "${folder}/red roses.txt" for you`);
    await jack.until(
      /jill sent a file: red roses\.txt \(5 bytes\): for you\s+\(GET \d+ saves it\.\)/,
    );
    jack.enter("GET");
    await jack.until(`File saved: ${folder}/saved/red roses.txt`);
    jack.enter("CANCEL");
    await jack.until("No file is on its way.");
    assertEquals(await Deno.readTextFile(`${folder}/saved/red roses.txt`), "roses");
  });
});
