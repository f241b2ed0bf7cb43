/** A server whose system lets it open few files says so at the start, and outlives the moment when all are in use. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { withFolder } from "../fixtures/folders.ts";
import type { Peer } from "../fixtures/peer.ts";
import { addAccountsTo } from "../fixtures/accounts.ts";
import { chatProgram } from "../fixtures/chat_program.ts";
import { Program } from "./processes.ts";
import { Wire } from "./wire.ts";

/** More than a server without connections needs, and soon used up. */
const limit = 80;

/** Starts a server that may open so many files. */
async function startLimited(directory: string, ulimit: string, ...args: string[]) {
  const words = ["server", "0", "--host", "127.0.0.1", "--data", directory, ...args];
  const shell = `${ulimit} && exec "$0" "$@"`;
  const program = new Program(words, {}, ["/bin/sh", "-c", shell, ...chatProgram]);
  const ready = await program.line(/ is ready on 127\.0\.0\.1:\d+$/);
  return { program, port: Number(/\d+$/.exec(ready)![0]) };
}

/** Whether a line of the log says that the server starts or stops. */
function isOrdinary(line: string): boolean {
  return /The server (has started|is stopping|has stopped)\.$/.test(line);
}

const onLinux = { ignore: Deno.build.os !== "linux" };

Deno.test("a limit of open files that is too low is named at the start", onLinux, async () => {
  await withFolder(async (folder) => {
    const server = await startLimited(folder, `ulimit -n ${limit}`, "--connections", "500");
    await using program = server.program;
    program.signal("SIGTERM");
    assertEquals(await program.status(), 0);
    assertEquals(
      program.errors.filter((line) => !isOrdinary(line)).length,
      1,
      program.transcript(),
    );
    assertStringIncludes(program.errors[0]!, `At most ${limit} files may be open at once`);
    assertStringIncludes(program.errors[0]!, `prlimit --pid ${program.pid} --nofile=564`);
  });
});

Deno.test("a soft limit that is too low is raised, and nothing is said", onLinux, async () => {
  await withFolder(async (folder) => {
    const server = await startLimited(folder, `ulimit -Sn ${limit}`);
    await using program = server.program;
    program.signal("SIGTERM");
    assertEquals(await program.status(), 0);
    assertEquals(program.errors.filter((line) => !isOrdinary(line)), [], program.transcript());
  });
});

Deno.test(
  "when all files are in use, those who are there talk on, and others get in as soon as some go",
  onLinux,
  async () => {
    await withFolder(async (folder) => {
      await addAccountsTo(folder, ["jack", "jill"]);
      const server = await startLimited(folder, `ulimit -n ${limit}`);
      await using program = server.program;
      const wire = await Wire.to(folder, server.port);
      using jack = await wire.member("jack");
      const crowd = await Promise.all(Array.from({ length: limit }, () => wire.tcp()));
      await program.errorLine("A connection could not be accepted");
      const post = (id: string) => jack.ask("post", { room: "#lobby", postId: id, text: id });
      const postsSeenBy = async (peer: Peer) =>
        ((await peer.ask("history", { room: "#lobby", limit: 10 }))["posts"] as unknown[]).length;
      assertEquals((await post("first"))["error"], undefined);
      assertEquals(await postsSeenBy(jack), 1);
      for (const conn of crowd) conn.close();
      using jill = await wire.member("jill");
      assertEquals((await post("second"))["error"], undefined);
      assertEquals(await postsSeenBy(jill), 2);
      const complaints = program.errors.filter((line) => line.includes("could not be accepted"));
      assertEquals(complaints.length, 1, program.transcript());
      program.signal("SIGTERM");
      assertEquals(await program.status(), 0);
    });
  },
);
