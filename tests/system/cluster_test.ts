import { assertEquals, assertStringIncludes } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { DatabaseSync } from "node:sqlite";
import { encodePem } from "../../protocol/certificate/pem.ts";
import { makeCertificate } from "../../server/certificate/make_certificate.ts";
import { databaseFileName } from "../../server/storage/sqlite/file/data_folder.ts";
import { registrationOf } from "../fixtures/accounts.ts";
import { digestOf } from "../fixtures/digest.ts";
import { withFolder } from "../fixtures/folders.ts";
import type { Message, Peer } from "../fixtures/peer.ts";
import { testWanting } from "../needs.ts";
import { type ClusterNode, registerAt, startClusterNode } from "./cluster_node.ts";
import { NatsServers } from "./nats_servers.ts";
import { patienceMs, Program } from "./processes.ts";

const test = testWanting("nats-server 2.15");

function startNode(
  folder: string,
  nats: NatsServers,
  args: readonly string[] = [],
): Promise<ClusterNode> {
  return startClusterNode(folder, nats.urls, { args });
}

/** What `--cluster-status` says. */
async function statusOf(nats: NatsServers): Promise<readonly string[]> {
  await using program = new Program(["server", "--cluster", nats.urls, "--cluster-status"]);
  assertEquals(await program.status(), 0, program.transcript());
  return program.lines;
}

/** One name is wanted on two servers at once: how many get it. */
async function race(first: ClusterNode, second: ClusterNode, name: string): Promise<number> {
  const tries = [first, second].map(async ({ wire }) => {
    using peer = await wire.peer();
    return await peer.ask("register", await registrationOf(name));
  });
  return (await Promise.all(tries)).filter(({ error }) => error === undefined).length;
}

/** Posts to the lobby, and gives the sequence. */
async function post(peer: Peer, postId: string, text = postId): Promise<number> {
  const reply = await peer.ask("post", { room: "#lobby", postId, text });
  assertEquals(reply["error"], undefined, JSON.stringify(reply));
  return Number(reply["sequence"]);
}

/** Waits until somebody was shown a post. */
async function shown(peer: Peer, postId: string): Promise<Message> {
  const found = await deadline(
    peer.find(({ event, post }) => event === "post" && (post as { id: string }).id === postId),
    patienceMs,
  );
  return found["post"] as Message;
}

/**
 * Stops both servers. What one of them stores at its end comes after the other's end, perhaps: the first one starts again, and has
 * everything then.
 */
async function stopBoth(first: ClusterNode, second: ClusterNode, nats: NatsServers): Promise<void> {
  await first.stop();
  await second.stop();
  await using again = await startNode(first.folder, nats);
  await again.stop();
}

/** Waits until somebody sees both people. */
async function seesBoth(peer: Peer): Promise<void> {
  for (let names = ""; names !== "ann,bob";) {
    names = String((await peer.ask("who"))["names"]);
  }
}

function digestIn(folder: string): Record<string, string> {
  const database = new DatabaseSync(`${folder}/${databaseFileName}`, { readOnly: true });
  try {
    return digestOf(database);
  } finally {
    database.close();
  }
}

function postIdsIn(folder: string): string[] {
  const database = new DatabaseSync(`${folder}/${databaseFileName}`, { readOnly: true });
  try {
    return database.prepare("SELECT id FROM posts ORDER BY sequence").all().map(({ id }) =>
      String(id)
    );
  } finally {
    database.close();
  }
}

test("two servers are one chat: the same accounts, fingerprint and order, each shows who is on the other and what is posted there, and a name is given once", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder);
    await using first = await startNode(`${folder}/a`, nats);
    await using second = await startNode(`${folder}/b`, nats);
    assertEquals(second.server.fingerprint, first.server.fingerprint);
    await registerAt(first, "ann", "bob");
    using ann = await first.wire.member("ann");
    using bob = await second.wire.member("bob");
    const fromAnn = await post(ann, "from-ann");
    assertEquals((await shown(bob, "from-ann"))["sequence"], fromAnn);
    const fromBob = await post(bob, "from-bob");
    assertEquals((await shown(ann, "from-bob"))["sequence"], fromBob);
    assertEquals(fromBob, fromAnn + 1);
    await deadline(Promise.all([ann, bob].map(seesBoth)), patienceMs);
    for (const name of ["cid", "dan", "eve", "fay", "gus"]) {
      assertEquals(await race(first, second, name), 1, name);
    }
    const status = await statusOf(nats);
    assertEquals(status.filter((line) => line.startsWith("log CHAT: ")).length, 1);
    assertEquals(
      status.filter((line) => /^NATS server n\d: (up to date|behind)$/.test(line)).length,
      2,
    );
    assertEquals(
      status.filter((line) =>
        /^server .* at 127\.0\.0\.1:\d+: 1 person, (up to date|.* behind)$/.test(line)
      ).length,
      2,
    );
    await stopBoth(first, second, nats);
    assertEquals(digestIn(second.folder), digestIn(first.folder));
  });
});

/** Posts one after the other until the connection ends, under ids that it keeps. Gives what was acknowledged. */
async function postUntilGone(peer: Peer, name: string): Promise<Map<string, number>> {
  const acknowledged = new Map<string, number>();
  let gone = false;
  const ended = peer.closed.then(() => gone = true);
  const lanes = Array.from({ length: 4 }, async (_, lane) => {
    for (let at = 0; !gone; at++) {
      const id = `${name}-${lane}-${at}`;
      const sequence = await Promise.race([
        post(peer, id).catch(() => null),
        ended.then(() => null),
      ]);
      if (sequence !== null) acknowledged.set(id, sequence);
    }
  });
  await Promise.all([...lanes, ended]);
  return acknowledged;
}

/** What was acknowledged is in a folder, where it was said to be, and nothing is there twice. */
function assertKept(folder: string, acknowledged: ReadonlyMap<string, number>): void {
  const ids = postIdsIn(folder);
  assertEquals(new Set(ids).size, ids.length);
  const lost = [...acknowledged].filter(([id, sequence]) => ids[sequence - 1] !== id);
  assertEquals(lost, []);
}

test("kill -9 of a server loses nothing that was acknowledged; it comes back with what the others have", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder);
    await using first = await startNode(`${folder}/a`, nats);
    await using second = await startNode(`${folder}/b`, nats);
    await registerAt(first, "ann", "bob", "cid");
    using bob = await second.wire.member("bob");
    const ann = await first.wire.member("ann");
    const posting = postUntilGone(ann, "ann");
    await shown(bob, "ann-0-20");
    first.server.program.signal("SIGKILL");
    const acknowledged = await posting;
    ann[Symbol.dispose]();
    await first.server.program.status();
    // The other one goes on meanwhile.
    await post(bob, "meanwhile");
    await using again = await startNode(first.folder, nats);
    using cid = await again.wire.member("cid");
    await post(cid, "again");
    await shown(bob, "again");
    await stopBoth(again, second, nats);
    assertKept(second.folder, acknowledged);
    assertEquals(digestIn(again.folder), digestIn(second.folder));
  });
});

test("kill -9 of the NATS server that leads the log loses and doubles nothing, and posts go on by themselves", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder);
    await using first = await startNode(`${folder}/a`, nats);
    await using second = await startNode(`${folder}/b`, nats);
    await registerAt(first, "ann", "bob");
    using ann = await first.wire.member("ann");
    using bob = await second.wire.member("bob");
    await post(ann, "before");
    const leader = await nats.leader("CHAT");
    const during = Promise.all([
      ...Array.from({ length: 20 }, (_, at) => post(ann, `ann-${at}`)),
      ...Array.from({ length: 20 }, (_, at) => post(bob, `bob-${at}`)),
    ]);
    await nats.end(leader);
    const more = Promise.all([post(ann, "ann-after"), post(bob, "bob-after")]);
    await deadline(Promise.all([during, more]), patienceMs);
    await Promise.all([shown(ann, "bob-after"), shown(bob, "ann-after")]);
    await nats.revive(leader);
    await post(bob, "healed");
    await shown(ann, "healed");
    await stopBoth(first, second, nats);
    const ids = postIdsIn(first.folder);
    assertEquals(ids.length, 44);
    assertEquals(new Set(ids).size, 44);
    assertEquals(digestIn(second.folder), digestIn(first.folder));
  });
});

test("without a majority of the NATS servers people read but cannot write; what was under way is stored once when they are back", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder);
    await using node = await startNode(`${folder}/a`, nats);
    await registerAt(node, "ann");
    using ann = await node.wire.member("ann");
    await post(ann, "before");
    await Promise.all([nats.end(0), nats.end(1)]);
    const sent = { room: "#lobby", postId: "under-way", text: "under-way" };
    const underWay = ann.ask("post", sent);
    await node.server.program.errorLine("cannot reach the others");
    const refused = await ann.ask("post", { room: "#lobby", postId: "refused", text: "no" });
    assertEquals(refused["error"], {
      code: "storage_failed",
      message: "This server cannot reach the others: you can read, but not write.",
    });
    // Nobody waits for what is under way; nothing is known of it, however often it is sent.
    for (const answer of [underWay, ann.ask("post", sent)]) {
      const { code, retryAfterMs } = (await answer)["error"] as Message;
      assertEquals([code, retryAfterMs], ["unconfirmed", 2_000]);
    }
    // Reading and signing in go on.
    const { posts } = await ann.ask("history", { room: "#lobby", limit: 10 }) as {
      posts?: { id: string }[];
    };
    assertEquals(posts?.map(({ id }) => id), ["before"]);
    using again = await node.wire.member("ann");
    await Promise.all([nats.revive(0), nats.revive(1)]);
    await node.server.program.errorLine("can be reached again");
    await post(again, "under-way");
    await post(again, "after");
    await node.stop();
    assertEquals(postIdsIn(node.folder), ["before", "under-way", "after"]);
  });
});

test("NATS servers that want TLS and a password are used with both, and not without", async () => {
  await withFolder(async (folder) => {
    const { certificateDer, keyDer } = await makeCertificate({
      name: "localhost",
      authority: true,
    });
    const file = async (name: string, text: string) => {
      await Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o600 });
      return `${folder}/${name}`;
    };
    const certificateFile = await file("cert.pem", encodePem("CERTIFICATE", certificateDer));
    const keyFile = await file("key.pem", encodePem("PRIVATE KEY", keyDer));
    const credentials = await file("user", "chat\na long random text\n");
    const closed = { user: "chat", password: "a long random text", certificateFile, keyFile };
    await using nats = await NatsServers.start(folder, 1, { closed });
    const trusting = ["--cluster-ca", certificateFile];
    const admitted = [...trusting, "--cluster-credentials", credentials];
    await using node = await startNode(`${folder}/a`, nats, admitted);
    await registerAt(node, "ann");
    using ann = await node.wire.member("ann");
    await post(ann, "encrypted");
    for (const words of [trusting, ["--cluster-credentials", credentials]]) {
      const asking = ["server", "--cluster", nats.urls, "--cluster-status", ...words];
      await using stranger = new Program(asking);
      assertEquals(await stranger.status(), 1, stranger.transcript());
      assertEquals(stranger.lines, []);
    }
    await node.stop();
  });
});

test("NATS servers that take less than a message may hold are refused at the start, with what to change", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder, 1, { payloadBytes: 64 * 1024 });
    await using program = new Program([
      ...["server", "0", "--host", "127.0.0.1", "--data", `${folder}/a`, "--cluster", nats.urls],
    ]);
    assertEquals(await program.status(), 1, program.transcript());
    assertStringIncludes(program.errors.join("\n"), "Remove max_payload");
  });
});
