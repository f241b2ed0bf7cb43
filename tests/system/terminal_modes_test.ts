/** Whatever happens, the terminal is as it was: ends, signals, failures, Ctrl-Z. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { testWanting } from "../needs.ts";
import { withTerminalChat } from "./terminal_chat.ts";
import { TerminalProgram } from "./terminal_program.ts";

const test = testWanting("bash", "stty");

/** A command line for a shell. */
function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

/** Shows the terminal's settings before and after a command. */
function framed(words: readonly string[]): [string, ...string[]] {
  const script = `echo "before $(stty -g)"; ${
    quoted(words)
  }; echo "status $?"; echo "after $(stty -g)"`;
  return ["sh", "-c", script];
}

/** Waits for the end and compares the settings, and what the program switched on and off. */
async function assertAsBefore(program: TerminalProgram, status: number): Promise<void> {
  await program.until(/after [\da-f:]+/);
  const text = program.copied().join("\n");
  assertEquals(/after (\S+)/.exec(text)![1], /before (\S+)/.exec(text)![1]);
  assertEquals(/status (\d+)/.exec(text)![1], String(status), text);
  for (
    const [on, off] of [["\x1b[?2004h", "\x1b[?2004l"], ["\x1b[?25l", "\x1b[?25h"], [
      "\x1b[?7l",
      "\x1b[?7h",
    ], ["\x1b[?2026h", "\x1b[?2026l"]] as const
  ) {
    assertEquals(
      program.raw.lastIndexOf(on) < program.raw.lastIndexOf(off),
      true,
      JSON.stringify(off),
    );
  }
}

test("the terminal is as it was after /quit, Ctrl-D, Ctrl-C and y, Ctrl-C twice", async () => {
  await withTerminalChat(async ({ command, env }) => {
    for (const keys of [["/quit\r"], ["\x04"], ["\x03", "y"], ["\x03", "\x03"]]) {
      await using program = new TerminalProgram(framed(command("jack")), { env });
      await program.until(/\| (?:up|connected)/);
      program.type(keys[0]!);
      if (keys.length > 1) {
        if (keys[1] === "y") await program.untilListening("Leave the chat? (y/n");
        else await program.until("Leave the chat? (y/n");
        program.type(keys[1]!);
      }
      await assertAsBefore(program, 0);
      assertStringIncludes(program.text(), "The session has ended.");
      assertEquals(program.text().includes("| connected"), false);
    }
  });
});

test("the terminal is as it was after SIGTERM, SIGHUP and SIGINT", async () => {
  await withTerminalChat(async ({ command, env }) => {
    for (const [signal, status] of [["SIGTERM", 143], ["SIGHUP", 129], ["SIGINT", 130]] as const) {
      const [file, ...args] = command("jack");
      // The shell says the program's number and becomes it.
      const started = ["sh", "-c", `echo "number $$"; exec ${quoted([file, ...args])}`];
      await using program = new TerminalProgram(framed(started), { env });
      await program.until(/\| (?:up|connected)/);
      Deno.kill(Number(/number (\d+)/.exec(program.text())![1]), signal);
      await assertAsBefore(program, status);
    }
  });
});

test("the terminal is as it was when the server is gone for good, and when it cannot be trusted", async () => {
  await withTerminalChat(async ({ command, env }) => {
    const none = command("jack", { port: 1 });
    await using unreachable = new TerminalProgram(framed(none), { env });
    await assertAsBefore(unreachable, 1);
    const wrong = command("jack").map((word) =>
      word.startsWith("SHA256:") ? `SHA256:${"A".repeat(43)}` : word
    );
    await using untrusted = new TerminalProgram(framed(wrong), { env });
    await assertAsBefore(untrusted, 3);
  });
});

test("the terminal is as it was after an exception, a rejected promise and Deno.exit()", async () => {
  const file = new URL("failing_interface.ts", import.meta.url).pathname;
  for (const [how, status] of [["exception", 1], ["rejection", 1], ["exit", 7]] as const) {
    const words = [Deno.execPath(), "run", "-A", "--no-check", file, how];
    await using program = new TerminalProgram(framed(words));
    await assertAsBefore(program, status);
    assertEquals(program.text().includes("broken assumption"), how !== "exit");
  }
});

test("where no shell could let it go on, Ctrl-Z does nothing", async () => {
  await withTerminalChat(async ({ sit, people }) => {
    const heard: string[] = [];
    await people.come("jill", (event) => {
      if (event.type === "post") heard.push(event.post.body);
    });
    const jack = await sit("jack");
    jack.type("half a thou");
    await jack.until("> half a thou");
    const screen = () =>
      jack.screen().map((row) => row.replace(/connected, \d+ ms/, "up")).join("\n");
    const before = screen();
    jack.raw = "";
    jack.type("\x1a");
    // For a moment the terminal is the shell's.
    await jack.until(() => /\[\?2004l[^]*\[\?2004h[^]*half a thou/.test(jack.raw));
    await jack.until(() => screen() === before);
    jack.type("ght\r");
    await jack.until(">jack: half a thought");
    while (heard.length < 1) await people.settle();
    assertEquals(heard, ["half a thought"]);
  });
});

test("Ctrl-Z gives the terminal to the shell, and fg gives it back with the draft", async () => {
  await withTerminalChat(async ({ command, env, people }) => {
    const jill = await people.come("jill");
    const shellEnv = { ...env, PS1: "shell> ", HISTFILE: "" };
    await using shell = new TerminalProgram(["bash", "--norc", "--noprofile", "-i"], {
      env: shellEnv,
    });
    await shell.until("shell>");
    shell.enter("stty -g > /dev/null; echo before $(stty -g)");
    await shell.until(/before [\da-f:]+/);
    shell.enter(quoted(command("jack")));
    await shell.until(/\| (?:up|connected)/);
    shell.type("half a thou");
    await shell.until("> half a thou");
    shell.type("\x1a");
    await shell.until(/Stopped/);
    shell.enter("echo between $(stty -g)");
    await shell.until(/between [\da-f:]+/);
    assertEquals(shell.text().includes("| connected"), false);
    await jill.post("#lobby", "said meanwhile");
    shell.enter("fg");
    await shell.until("said meanwhile");
    await shell.until("> half a thou");
    assertEquals(
      shell.screen().filter((row) => row.includes("| connected")).length,
      1,
      shell.text(),
    );
    shell.type("ght\r");
    await shell.until(">jack: half a thought");
    shell.enter("/quit");
    await shell.until(/The session has ended\.\nshell>/);
    shell.enter("echo after $(stty -g)");
    await shell.until(/after [\da-f:]+/);
    const text = shell.copied().join("\n");
    const [, before] = /^before (\S+)/m.exec(text)!;
    assertEquals(/^between (\S+)/m.exec(text)![1], before);
    assertEquals(/^after (\S+)/m.exec(text)![1], before);
    shell.enter("exit");
    await shell.exit;
  });
});
