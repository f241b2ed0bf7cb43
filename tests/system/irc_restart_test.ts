/** What IRC clients are shown again after a restart of the real server, and after `kill -9`. */
import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { databaseFileName } from "../../server/storage/sqlite/file/data_folder.ts";
import { withFolder } from "../fixtures/folders.ts";
import { addAccountsTo } from "../fixtures/accounts.ts";
import { IrcPeer } from "./irc_peer.ts";
import { startServerProgram } from "./processes.ts";

/** How long a test waits for what never comes. */
const patienceMs = 30_000;

/** Waits until so many positions are on the disk. */
async function untilPositions(folder: string, count: number): Promise<void> {
  const read = () => {
    using database = new DatabaseSync(`${folder}/${databaseFileName}`, { readOnly: true });
    return database.prepare("SELECT * FROM conversation_positions").all().length;
  };
  const beganMs = performance.now();
  while (read() < count) {
    assert(performance.now() - beganMs < patienceMs, "the positions were never stored");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

Deno.test("what an IRC client has read does not come again, after kill -9 and after a restart in good order", async () => {
  await withFolder(async (folder) => {
    await addAccountsTo(folder, ["ann", "bob"]);
    const withServer = async (use: (port: number) => Promise<Deno.Signal>) => {
      const { program } = await startServerProgram(folder, { args: ["--irc-plain", "0"] });
      await using _program = program;
      const ready = await program.line(/^irc-plain is ready on /);
      program.signal(await use(Number(/\d+$/.exec(ready)![0])));
      await program.status();
    };
    await withServer(async (port) => {
      const [ann] = await IrcPeer.signIn(port, "ann");
      using _ann = ann;
      const [bob] = await IrcPeer.signIn(port, "bob");
      using _bob = bob;
      await ann.send("JOIN #den");
      await ann.until(" 366 ");
      await bob.send("JOIN #den", "PRIVMSG #den :in the room", "PRIVMSG ann :!restart");
      await ann.until(" :!restart");
      assertEquals(await ann.heard(), []);
      // In private and in the room.
      await untilPositions(folder, 2);
      return "SIGKILL";
    });
    await withServer(async (port) => {
      const [ann, shown] = await IrcPeer.signIn(port, "ann");
      using _ann = ann;
      assertEquals(shown, []);
      await ann.send("JOIN #den");
      await ann.until(" 366 ");
      assertEquals(await ann.heard(), []);
      const [bob] = await IrcPeer.signIn(port, "bob");
      using _bob = bob;
      await bob.send("PRIVMSG ann :!again");
      // And nothing more is heard from ann.
      await ann.until(" :!again");
      return "SIGTERM";
    });
    await withServer(async (port) => {
      const [ann, shown] = await IrcPeer.signIn(port, "ann");
      using _ann = ann;
      assertEquals(shown, []);
      return "SIGTERM";
    });
  });
});
