/** What was taken back on several servers that are one chat: it is gone from the folder of each, and stays in the log for a while. */
import { assert, assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { withFolder } from "../fixtures/folders.ts";
import type { Peer } from "../fixtures/peer.ts";
import { testWanting } from "../needs.ts";
import { registerAt, startClusterNode } from "./cluster_node.ts";
import { NatsServers } from "./nats_servers.ts";
import { patienceMs } from "./processes.ts";
import { folderText } from "./recording.ts";

const test = testWanting("nats-server 2.15");

/** Waits until somebody was shown a post. */
async function shown(peer: Peer, sequence: number): Promise<void> {
  const isMeant = (post: unknown) => (post as { sequence: number }).sequence === sequence;
  await deadline(peer.find(({ event, post }) => event === "post" && isMeant(post)), patienceMs);
}

test("a text that was taken back is nowhere in the data folder of any server of a cluster; the log has it until it forgets", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder);
    await using first = await startClusterNode(`${folder}/a`, nats.urls);
    await using second = await startClusterNode(`${folder}/b`, nats.urls);
    await registerAt(first, "ann", "bob");
    using ann = await first.wire.member("ann");
    using bob = await second.wire.member("bob");
    const [text, edited] = [crypto.randomUUID(), crypto.randomUUID()];
    const ask = async (type: string, content: Record<string, unknown>) => {
      const reply = await ann.ask(type, {
        room: "#lobby",
        postId: crypto.randomUUID(),
        ...content,
      });
      assertEquals(reply["error"], undefined, JSON.stringify(reply));
      return Number(reply["sequence"]);
    };
    const target = await ask("post", { text });
    await shown(bob, await ask("annotate", { kind: "edit", target, body: edited }));
    const folders = [`${folder}/a`, `${folder}/b`];
    for (const one of folders) {
      const before = await folderText(one);
      assert(before.includes(text) && before.includes(edited), one);
    }
    await shown(bob, await ask("annotate", { kind: "retraction", target }));
    for (const one of folders) {
      const after = await folderText(one);
      assert(!after.includes(text) && !after.includes(edited), one);
    }
    // docs/cluster.md says for how long.
    assert((await folderText(folder)).includes(text), "the log of NATS");
  });
});
