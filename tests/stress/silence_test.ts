import { assert, assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { delay } from "@std/async/delay";
import { encodeMessage } from "../../protocol/wire/frame.ts";
import * as limits from "../../protocol/wire/limits.ts";
import { ScramClient } from "../../protocol/scram/scram.ts";
import { Link } from "../../client/core/link/link.ts";
import { signIn } from "../../client/core/link/sign_in.ts";
import { withFolder } from "../fixtures/folders.ts";
import { addAccountsTo, keysOfEveryone } from "../fixtures/accounts.ts";
import { credentialsOf, Door } from "./real/native.ts";
import { everyLine, ServerProcess } from "./real/server.ts";
import { amount, isLong, note } from "./settings.ts";

const silent = amount("STRESS_SILENT", 1_000, 1_000);
const signInMs = 500;
/** Deadlines are looked at once a second, and the machine may be busy. */
const graceMs = 4_000;
/** How long the last descriptors may take to be closed. */
const patienceMs = 10_000;

/**
 * Where a connection falls silent, and for how long it may be. Deno gives up a TLS handshake only when the peer does
 * (docs/reliability.md): the server lets such a connection go in time, but its descriptor is free when the peer closes.
 */
interface Silence {
  readonly name: string;
  readonly mayLastMs: number;
  readonly handshaken: boolean;
  open(door: Door): Promise<Deno.Conn>;
}

const tcp = (door: Door) => Deno.connect({ hostname: "127.0.0.1", port: door.port });

const silences: readonly Silence[] = [
  { name: "before TLS", mayLastMs: limits.handshakeTimeoutMs, handshaken: false, open: tcp },
  {
    name: "inside TLS",
    mayLastMs: limits.handshakeTimeoutMs,
    handshaken: false,
    open: async (door) => {
      const conn = await tcp(door);
      await conn.write(new Uint8Array([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]));
      return conn;
    },
  },
  {
    name: "inside SCRAM",
    mayLastMs: limits.silenceBeforeSignInTimeoutMs,
    handshaken: true,
    open: async (door) => {
      const conn = await door.connect();
      const scram = new ScramClient({
        userName: "victim",
        keysFor: () => keysOfEveryone(),
        binding: door.binding,
      });
      await conn.write(encodeMessage({ type: "sign_in", id: 1, data: scram.first }));
      return conn;
    },
  },
];

/** How long the server lets a connection be. */
async function lastedMs(conn: Deno.Conn): Promise<number> {
  const beganMs = performance.now();
  const buffer = new Uint8Array(4_096);
  try {
    while (await conn.read(buffer) !== null);
  } catch {
    // Reset: closed as well.
  }
  conn.close();
  return performance.now() - beganMs;
}

/** When the server said of all these that it has let them go, in milliseconds from now. */
async function letGoMs(server: ServerProcess, count: number): Promise<number> {
  const beganMs = performance.now();
  const pattern = /The TLS handshake took too long/;
  while (server.log.filter((line) => pattern.test(line)).length < count) {
    assertLess(performance.now() - beganMs, 2 * limits.handshakeTimeoutMs, "Not all are let go.");
    await delay(100);
  }
  return performance.now() - beganMs;
}

/** Signs in again and again on a machine that is known, and gives the time of each. */
async function honest(door: Door, until: AbortSignal): Promise<number[]> {
  const enter = async (device: string | undefined) => {
    const link = new Link(await door.connect(), { onEvent: () => {}, onClosed: () => {} });
    const welcome = await signIn(link, credentialsOf("honest"), door.binding, device);
    link.close();
    return welcome.device;
  };
  const device = await enter(undefined);
  const timesMs: number[] = [];
  while (!until.aborted) {
    const beganMs = performance.now();
    await enter(device);
    timesMs.push(performance.now() - beganMs);
    await delay(50);
  }
  return timesMs.sort((a, b) => a - b);
}

// All this takes its deadlines, half a minute. The gate has them with a clock that is moved: see the tests of the native
// connection.
if (isLong) {
  Deno.test("connections that fall silent are closed in time, and honest people sign in meanwhile", async () => {
    await withFolder(async (directory) => {
      await addAccountsTo(directory, ["honest", "victim"]);
      await using server = await ServerProcess.start({ directory, args: everyLine });
      const door = await Door.of(server);
      // Files that are opened when they are first wanted stay open.
      const watcher = await door.enter("honest");
      await watcher.request("history", { limit: 1 });
      const before = server.descriptors();
      const ended = new AbortController();
      const signingIn = honest(door, ended.signal);
      // It is awaited below; where something else fails first, that is what is to be told.
      signingIn.catch(() => {});
      const each = Math.ceil(silent / silences.length);
      const half = silences.filter(({ handshaken }) => !handshaken).length * each;
      const allLetGoMs = letGoMs(server, half);
      const figures = await Promise.all(
        silences.map(async ({ name, mayLastMs, handshaken, open }) => {
          const conns: Deno.Conn[] = [];
          const lasted: Promise<number>[] = [];
          for (let count = 0; count < each; count++) {
            const conn = await open(door);
            conns.push(conn);
            if (handshaken) lasted.push(lastedMs(conn));
          }
          const longestMs = handshaken ? Math.max(...await Promise.all(lasted)) : await allLetGoMs;
          if (!handshaken) { for (const conn of conns) conn.close(); }
          assertLess(longestMs, mayLastMs + graceMs, name);
          return `${each} ${name} let go after at most ${(longestMs / 1000).toFixed(1)} s`;
        }),
      );
      ended.abort();
      const timesMs = await signingIn;
      assert(timesMs.length > 0);
      const p99Ms = timesMs[Math.floor(timesMs.length * 0.99)]!;
      assertLessOrEqual(p99Ms, signInMs);
      const endedMs = performance.now();
      while (server.descriptors() > before && performance.now() - endedMs < patienceMs) {
        await delay(100);
      }
      assertLessOrEqual(server.descriptors(), before, "descriptors");
      watcher.close();
      assertEquals(server.mistakes(), []);
      note(
        `silence: ${figures.join("; ")}; ${timesMs.length} honest sign-ins meanwhile, ` +
          `median ${timesMs[timesMs.length >> 1]!.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms`,
      );
    });
  });
}
