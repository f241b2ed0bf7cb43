import { assert, assertEquals } from "@std/assert";
import { registrationOf } from "../fixtures/accounts.ts";
import { withFolder } from "../fixtures/folders.ts";
import { testWanting } from "../needs.ts";
import { amount, isLong, note } from "../stress/settings.ts";
import { type ClusterNode, registerAt, startClusterNode } from "./cluster_node.ts";
import { DelayedLink } from "./delayed_link.ts";
import { NatsServers } from "./nats_servers.ts";
import type { Peer } from "../fixtures/peer.ts";

const test = testWanting("nats-server 2.15");

const moves = amount("CHAT_MOVES", 48, 10_000);
const laneCount = isLong ? 32 : 8;
/** How late one of the servers hears everything: longer than signing in takes. */
const lateMs = 600;

/** A post that was acknowledged, and how far the log of the cluster was seen to go with the answer. */
interface Posted {
  readonly id: string;
  readonly sequence: number;
  readonly place: number;
}

/** Posts to the lobby. */
async function post(peer: Peer, id: string): Promise<Posted> {
  const reply = await peer.ask("post", { room: "#lobby", postId: id, text: id });
  assertEquals(reply["error"], undefined, JSON.stringify(reply));
  return { id, sequence: Number(reply["sequence"]), place: Number(reply["place"]) };
}

/** Whether a post is in the history. */
async function sees(peer: Peer, { id, sequence }: Posted): Promise<boolean> {
  const query = { room: "#lobby", after: sequence - 1, limit: 1 };
  const { posts } = await peer.ask("history", query) as { posts?: readonly { id: string }[] };
  return posts?.[0]?.id === id;
}

/** Posts on one server and looks on the next, again and again. Gives how often the post was not there. */
async function moveAbout(name: string, nodes: readonly ClusterNode[]): Promise<number> {
  let missing = 0;
  let peer = await nodes[0]!.wire.member(name);
  for (let move = 1; move <= moves / laneCount; move++) {
    const posted = await post(peer, `${name}-${move}`);
    peer[Symbol.dispose]();
    peer = await nodes[move % nodes.length]!.wire.member(name, posted.place);
    if (!await sees(peer, posted)) missing++;
  }
  peer[Symbol.dispose]();
  return missing;
}

test("who moves to another server reads there what was written on the first one, although that server hears everything late", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder, 1);
    await using link = new DelayedLink(nats.ports[0]!, lateMs);
    await using prompt = await startClusterNode(`${folder}/a`, nats.urls);
    await using late = await startClusterNode(`${folder}/b`, `nats://127.0.0.1:${link.port}`);
    const names = Array.from({ length: laneCount }, (_, at) => `person${at}`);
    await registerAt(prompt, ...names);
    const beganMs = performance.now();
    const missing = await Promise.all(names.map((name) => moveAbout(name, [prompt, late])));
    assertEquals(missing.filter((count) => count > 0), []);
    const seconds = (performance.now() - beganMs) / 1_000;
    note(
      `${moves} moves between two servers, one of them ${lateMs} ms late, in ${
        Math.round(seconds)
      } s: everything was there`,
    );
    // Who is there already is not waited for: that shows that the server is late at all.
    using here = await late.wire.member(names[0]!);
    using there = await prompt.wire.member(names[0]!);
    let posted = await post(there, "newest");
    // On a machine that is busy the question itself may take that long.
    for (let tries = 1; await sees(here, posted); tries++) {
      assert(tries < 5, "the server is not late");
      posted = await post(there, `newest-${tries}`);
    }
    // An account that was made a moment ago is there, too.
    using stranger = await prompt.wire.peer();
    const registered = await stranger.ask("register", await registrationOf("newcomer"));
    using newcomer = await late.wire.member("newcomer", Number(registered["place"]));
    assert(await sees(newcomer, posted));
  });
});
