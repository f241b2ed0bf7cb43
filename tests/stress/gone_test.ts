import { assertEquals, assertLess } from "@std/assert";
import { delay } from "@std/async/delay";
import { withFolder } from "../fixtures/folders.ts";
import { addAccountsTo } from "../fixtures/accounts.ts";
import { Cable } from "./real/cable.ts";
import { Door } from "./real/native.ts";
import { ServerProcess } from "./real/server.ts";
import { isLong, note } from "./settings.ts";

/** Silence is noticed after 140 s, and looked for once a second. */
const goneWithinMs = 150_000;

async function freezable(server: ServerProcess, name: string): Promise<Deno.ChildProcess> {
  const module = new URL("./real/idle_client.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", module, String(server.port), server.directory, name],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  return child;
}

/** How long until nobody but the watcher is there, and what was told of it. */
async function untilAlone(
  watcher: Awaited<ReturnType<Door["enter"]>>,
): Promise<number> {
  const beganMs = performance.now();
  for (;;) {
    const { names } = await watcher.request("who", {});
    if (names.length === 1) return performance.now() - beganMs;
    assertLess(performance.now() - beganMs, goneWithinMs, `Still there: ${names}`);
    await delay(500);
  }
}

// The simulation has the short form: there connections go dead too, in simulated time.
if (isLong) {
  Deno.test("a frozen peer and one whose cable is cut are gone within 150 s, and leave nothing behind", async () => {
    await withFolder(async (directory) => {
      await addAccountsTo(directory, ["watcher", "frozen", "cut"]);
      await using server = await ServerProcess.start({ directory });
      const door = await Door.of(server);
      const left: string[] = [];
      const watcher = await door.enter("watcher", (event) => {
        if (event.event === "presence") left.push(...event.content.left);
      });
      await delay(1_000);
      const before = server.descriptors();
      using cable = new Cable(server.port);
      const child = await freezable(server, "frozen");
      const cut = await door.behind(cable.port).enter("cut");
      assertEquals((await watcher.request("who", {})).names, ["cut", "frozen", "watcher"]);
      child.kill("SIGSTOP");
      cable.cut();
      const goneMs = await untilAlone(watcher);
      await delay(1_000);
      assertEquals(left.sort(), ["cut", "frozen"]);
      assertEquals(server.descriptors(), before);
      assertEquals(server.mistakes(), []);
      child.kill("SIGCONT");
      child.kill("SIGKILL");
      await child.status;
      cut.close();
      watcher.close();
      note(`gone: a frozen and a cut-off peer were gone after ${(goneMs / 1000).toFixed(1)} s`);
    });
  });
}
