import { assertEquals, assertLessOrEqual } from "@std/assert";
import { withFolder } from "../fixtures/folders.ts";
import { addAccountsTo } from "../fixtures/accounts.ts";
import { Door } from "./real/native.ts";
import { ServerProcess } from "./real/server.ts";
import { Random } from "./random.ts";
import { amount, firstSeed, note } from "./settings.ts";

const visits = amount("STRESS_GARBAGE", 200, 10_000);
const atOnce = 40;
/** What a visitor may take: the server answers or closes sooner, or the visitor goes. */
const visitMs = 300;

/** What visitors say. */
const sayings: readonly ((random: Random) => Uint8Array)[] = [
  (random) => bytes(random, 1 + random.below(4_000)),
  () => text("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  () => text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  () => text("SSH-2.0-OpenSSH_9.9\r\n"),
  // The beginning of a TLS handshake, and then something else.
  (random) => new Uint8Array([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, ...bytes(random, 200)]),
  (random) => frame([0, 1, 2 ** 14 + 1, 2 ** 31 - 1, 2 ** 32 - 1][random.below(5)]!, "{}"),
  (random) => frame(2, random.pick(["{}", "[]", "no", "\u0000\u0001"])),
  () => framed({ type: "post", id: 1, room: "#lobby", text: "x", postId: "x" }),
  (random) => framed({ type: random.pick(["sign_in", "sign_in_proof"]), id: 1, data: "n,,n=,r=" }),
  () => framed({ type: "__proto__", id: -1 }),
  () => text("NICK x\r\nUSER x 0 * :x\r\nJOIN #lobby\r\nPRIVMSG #lobby :\u0001\u0000\r\n"),
  (random) => text(`${"A".repeat(random.below(3_000))}\r\n`),
  () => text("CAP LS 302\r\nAUTHENTICATE SCRAM-SHA-256\r\nAUTHENTICATE !!!!\r\n"),
  // A classic field: a length and a name that is none; a negative length.
  () => new Uint8Array([0, 0, 0, 4, 46, 46, 47, 120]),
  () => new Uint8Array([255, 255, 255, 255]),
  () => new Uint8Array(),
];

function bytes(random: Random, count: number): Uint8Array {
  const filled = new Uint8Array(count);
  random.fill(filled);
  return filled;
}

const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const framed = (value: unknown): Uint8Array => {
  const json = JSON.stringify(value);
  return frame(json.length, json);
};

function frame(length: number, payload: string): Uint8Array {
  const all = new Uint8Array(4 + payload.length);
  new DataView(all.buffer).setUint32(0, length);
  all.set(text(payload), 4);
  return all;
}

/** One visitor. Closing with unread bytes resets the connection; reading first ends it in good order. */
async function visit(random: Random, port: number, door: Door | null): Promise<void> {
  const conn = door === null
    ? await Deno.connect({ hostname: "127.0.0.1", port })
    : await door.behind(port).connect();
  const timer = setTimeout(() => close(conn), random.below(visitMs));
  try {
    for (let count = random.below(3); count >= 0; count--) {
      await conn.write(random.pick(sayings)(random));
    }
    if (random.chance(0.5)) {
      const buffer = new Uint8Array(1_000);
      while (await conn.read(buffer) !== null);
    }
  } catch {
    // The server has closed: that is its answer.
  }
  clearTimeout(timer);
  close(conn);
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // Closed already.
  }
}

Deno.test("garbage, HTTP and resets on every port leave no trace", async () => {
  await withFolder(async (directory) => {
    await addAccountsTo(directory, ["ann", "bob"]);
    const args = ["--irc", "0", "--irc-plain", "0", "--classic", "0"];
    await using server = await ServerProcess.start({ directory, args });
    const door = await Door.of(server);
    const ann = await door.enter("ann");
    await visit(new Random(1), server.port, door);
    const before = server.descriptors();
    const seed = firstSeed();
    const random = new Random(seed);
    const ports = [...server.ports];
    const counts = new Map<string, number>();
    for (let done = 0; done < visits; done += atOnce) {
      const count = Math.min(atOnce, visits - done);
      await Promise.all(Array.from({ length: count }, async () => {
        const [name, port] = random.pick(ports);
        const plain = /plain|classic/.test(name);
        counts.set(name, (counts.get(name) ?? 0) + 1);
        await visit(random, port, plain || random.chance(0.5) ? null : door);
      }));
    }
    // Those who said nothing whole are let go after some seconds, at the latest.
    const patienceMs = 60_000;
    const endedMs = performance.now();
    while (server.descriptors() > before && performance.now() - endedMs < patienceMs) {
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    assertLessOrEqual(server.descriptors(), before, `seed ${seed}: descriptors`);
    assertEquals(server.mistakes(), [], `seed ${seed}`);
    assertEquals(await ann.request("ping", {}), {});
    const bob = await door.enter("bob");
    assertEquals((await bob.request("who", {})).names, ["ann", "bob"]);
    bob.close();
    ann.close();
    const each = [...counts].map(([name, count]) => `${name} ${count}`).join(", ");
    note(
      `garbage: ${visits} visits (${each}), seed ${seed}; descriptors ${before} before and after`,
    );
  });
});
