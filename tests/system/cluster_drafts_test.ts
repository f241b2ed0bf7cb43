/** What is being typed, in sessions of one account on several servers, with real programs. */
import { deadline } from "@std/async/deadline";
import { join } from "node:path";
import { withFolder } from "../fixtures/folders.ts";
import { SharingClient } from "../fixtures/sharing_client.ts";
import { testWanting } from "../needs.ts";
import { startClusterNode } from "./cluster_node.ts";
import { NatsServers } from "./nats_servers.ts";
import { password, People } from "./people.ts";
import { patienceMs } from "./processes.ts";
import { chatCommand, TerminalProgram } from "./terminal_program.ts";

const test = testWanting("nats-server 2.15");

/** The input of a terminal has this text. */
function typed(terminal: TerminalProgram, text: string): () => boolean {
  return () => terminal.screen().some((row) => row.trimEnd() === `> ${text}`);
}

test("what is typed at one server is in the account's session at another one, also when its server ends", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder);
    await using first = await startClusterNode(join(folder, "a"), nats.urls);
    await using second = await startClusterNode(join(folder, "b"), nats.urls);
    await using people = new People(second.server, folder);
    await using sharing = new SharingClient();
    await sharing.begin(await people.come("jack", sharing.onEvent));
    const until = (text: string) => deadline(sharing.untilShown(`#lobby: ${text}`), patienceMs);
    const { port, fingerprint } = first.server;
    const data = join(folder, "jack");
    const command = chatCommand(
      ...["client", "127.0.0.1", String(port), "jack", "--fingerprint", fingerprint],
      ...["--data", data],
    );
    const env = { CHAT_PASSWORD: password, XDG_CONFIG_HOME: data };
    await using terminal = new TerminalProgram(command, { env });
    await terminal.until(/1 #lobby.*\| (?:up|connected)/);
    terminal.type("typed at the first");
    await until("typed at the first");
    sharing.type("typed at the second");
    await terminal.until(typed(terminal, "typed at the second"));
    await first.kill();
    // A key that is no letter means the draft that is there.
    terminal.type("\x7f");
    await until("typed at the secon");
    sharing.type("");
    await terminal.until(() => !typed(terminal, "typed at the secon")());
    terminal.type("\x04");
    await terminal.exit;
  });
});
