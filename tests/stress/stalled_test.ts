import { assert, assertEquals, assertLess } from "@std/assert";
import { delay } from "@std/async/delay";
import { encodeMessage } from "../../protocol/wire/frame.ts";
import { queueBytesMax } from "../../protocol/wire/limits.ts";
import { newPostId } from "../../protocol/wire/post_id.ts";
import { ScramClient } from "../../protocol/scram/scram.ts";
import { FrameDecoder } from "../../protocol/wire/frame.ts";
import { frameBytesMaxFromServer } from "../../protocol/wire/limits.ts";
import type { Link } from "../../client/core/link/link.ts";
import { withFolder } from "../fixtures/folders.ts";
import { addAccountsTo, keysOfEveryone } from "../fixtures/accounts.ts";
import { Door, namesOf } from "./real/native.ts";
import { everyLine, ServerProcess } from "./real/server.ts";
import { amount, isLong, note } from "./settings.ts";

const readers = amount("STRESS_READERS", 10, 200);
const stalled = amount("STRESS_STALLED", 10, 200);
const seconds = amount("STRESS_STALLED_SECONDS", 1, 100);
const quietSeconds = amount("STRESS_QUIET_SECONDS", 1, 20);
/** So much a second that a connection which is not read is full in time: the kernel alone takes several megabytes. */
const postsPerSecond = 12;
const textBytes = 8_000;

/** Signs in with the least that it takes, and then never reads again. */
async function stall(door: Door, name: string): Promise<Deno.TlsConn> {
  const conn = await door.connect();
  const scram = new ScramClient({
    userName: name,
    keysFor: () => keysOfEveryone(),
    binding: door.binding,
  });
  const first = await ask(conn, "sign_in", scram.first);
  await ask(conn, "sign_in_proof", await scram.respond(first));
  return conn;
}

async function ask(conn: Deno.TlsConn, type: string, data: string): Promise<string> {
  await conn.write(encodeMessage({ type, id: 1, data }));
  const decoder = new FrameDecoder(frameBytesMaxFromServer);
  const buffer = new Uint8Array(16 * 1024);
  for (;;) {
    const count = await conn.read(buffer);
    assert(count !== null, "The server closed the connection.");
    for (const payload of decoder.decode(buffer.subarray(0, count))) {
      const message = JSON.parse(new TextDecoder().decode(payload));
      if (message.reply === 1) return message.data;
    }
  }
}

/** The delays from posting to arrival, at every reader. */
class Latencies {
  readonly #sentMs = new Map<string, number>();
  #delaysMs: number[] = [];
  arrivals = 0;

  sent(id: string): void {
    this.#sentMs.set(id, performance.now());
  }

  arrived(id: string): void {
    this.arrivals++;
    const sentMs = this.#sentMs.get(id);
    if (sentMs !== undefined) this.#delaysMs.push(performance.now() - sentMs);
  }

  /** The 99th percentile since the last call. */
  takeP99(): number {
    const sorted = this.#delaysMs.sort((a, b) => a - b);
    this.#delaysMs = [];
    return sorted[Math.floor(sorted.length * 0.99)] ?? NaN;
  }
}

async function postFor(link: Link, forSeconds: number, latencies: Latencies): Promise<number> {
  const beganMs = performance.now();
  const acknowledged: Promise<unknown>[] = [];
  for (let made = 0; made < forSeconds * postsPerSecond; made++) {
    await delay(Math.max(0, beganMs + made * 1_000 / postsPerSecond - performance.now()));
    const postId = newPostId(Date.now());
    latencies.sent(postId);
    const text = "x".repeat(textBytes);
    acknowledged.push(link.request("post", { room: "#lobby", postId, text }));
  }
  await Promise.all(acknowledged);
  return acknowledged.length;
}

Deno.test("those who stop reading cost those who read nothing, and are cut", async () => {
  await withFolder(async (directory) => {
    const names = namesOf(readers + stalled);
    await addAccountsTo(directory, ["poster", ...names]);
    await using server = await ServerProcess.start({ directory, args: everyLine });
    const door = await Door.of(server);
    const latencies = new Latencies();
    const links: Link[] = [];
    for (const name of names.slice(0, readers)) {
      links.push(
        await door.enter(name, (event) => {
          if (event.event === "post") latencies.arrived(event.content.post.id);
        }),
      );
    }
    const poster = await door.enter("poster");
    // What a reader was told before its answer has arrived by then.
    const settle = () => Promise.all(links.map((link) => link.request("ping", {})));
    let posts = await postFor(poster, quietSeconds, latencies);
    await settle();
    const quietMs = latencies.takeP99();
    const megabytesBefore = server.megabytes();
    const conns: Deno.TlsConn[] = [];
    for (const name of names.slice(readers)) conns.push(await stall(door, name));
    let megabytes = 0;
    const sampling = setInterval(() => megabytes = Math.max(megabytes, server.megabytes()), 250);
    posts += await postFor(poster, seconds, latencies);
    clearInterval(sampling);
    await settle();
    const busyMs = latencies.takeP99();
    assertEquals(latencies.arrivals, posts * readers, "every reader gets every post");
    const cut = server.log.filter((line) =>
      /Closed a connection: it (reads too slowly|has stopped reading)/.test(line)
    );
    if (isLong) {
      assertEquals(cut.length, stalled, "every one that is stalled is cut");
      assertLess(busyMs, Math.max(2 * quietMs, 20));
    }
    const capMegabytes = stalled * queueBytesMax / 1024 / 1024;
    assertLess(megabytes, (megabytesBefore + capMegabytes) * 1.1);
    assertEquals(server.mistakes(), []);
    for (const link of [poster, ...links]) link.close();
    for (const conn of conns) conn.close();
    note(
      `stalled: ${stalled} among ${readers} readers for ${seconds} s, ${posts} posts of ${textBytes} bytes: ` +
        `p99 ${quietMs.toFixed(1)} ms before and ${
          busyMs.toFixed(1)
        } ms with them, ${cut.length} cut, ` +
        `memory ${megabytesBefore.toFixed(0)} MB before and at most ${megabytes.toFixed(0)} MB`,
    );
  });
});
