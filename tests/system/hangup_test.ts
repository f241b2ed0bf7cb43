/** What a server does when the terminal or the connection is gone from which it was started. */
import { assertEquals } from "@std/assert";
import { withFolder } from "../fixtures/folders.ts";
import { testWanting } from "../needs.ts";
import { Program, startClientProgram } from "./processes.ts";
import { chatCommand, TerminalProgram } from "./terminal_program.ts";

const test = testWanting("nohup");

test("a server that was started by nohup outlives the end of the connection", async () => {
  await withFolder(async (folder) => {
    const words = ["server", "0", "--host", "127.0.0.1", "--data", `${folder}/server`];
    await using server = new Program(words, {}, ["nohup", ...chatCommand()]);
    const ready = await server.line(/ is ready on /);
    await server.line("join with: ");
    server.signal("SIGHUP");
    const port = Number(/\d+$/.exec(ready)![0]);
    await using jack = startClientProgram(port, "jack", { directory: `${folder}/jack` });
    await jack.type("BM still here", "EX");
    await jack.line("Public message sent.");
    assertEquals(await jack.status(), 0);
    server.signal("SIGTERM");
    assertEquals(await server.status(), 0);
  });
});

Deno.test("a server on a terminal ends well when the terminal is closed", async () => {
  await withFolder(async (folder) => {
    const words = ["server", "0", "--host", "127.0.0.1", "--data", `${folder}/server`];
    await using server = new TerminalProgram(chatCommand(...words));
    await server.until("join with: ");
    server.signal("SIGHUP");
    assertEquals((await server.exit).exitCode, 0);
  });
});
