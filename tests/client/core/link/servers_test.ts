import { assertEquals, assertRejects } from "@std/assert";
import { ConnectError } from "../../../../client/connect/connect_error.ts";
import { connectLimitMs, Servers, signInLimitMs } from "../../../../client/core/link/servers.ts";
import type { ServerConnection } from "../../../../client/core/link/transport.ts";
import { UntrustedServerError } from "../../../../client/core/link/untrusted_server_error.ts";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { serverAddressesMax } from "../../../../protocol/wire/limits.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

const given = "a.example:41000";
const signal = new AbortController().signal;
const connection = {} as ServerConnection;

/** Servers, and what was kept of them. */
function serversWith(others: readonly string[] = [], random = () => 0) {
  const kept: (readonly string[])[] = [];
  const keep = (all: readonly string[]) => {
    kept.push(all);
    return Promise.resolve();
  };
  return { servers: new Servers({ given, others, keep, random }), kept };
}

Deno.test("a server that is alone stays so: nothing to try but itself, nothing to show", () => {
  const { servers, kept } = serversWith();
  servers.take(undefined);
  assertEquals(
    [servers.hasOthers, servers.shown, servers.toTry(), kept],
    [false, null, [given], []],
  );
});

Deno.test("those that were told are tried before the present one, and kept once", () => {
  const { servers, kept } = serversWith();
  servers.take(["b.example:41000", "c.example:41000"]);
  assertEquals(servers.toTry(), ["b.example:41000", "c.example:41000", given]);
  assertEquals(servers.shown, given);
  servers.take(["c.example:41000", "b.example:41000"]);
  assertEquals(kept, [["b.example:41000", "c.example:41000"]]);
  servers.arrived("b.example:41000");
  assertEquals(servers.shown, "b.example:41000");
  assertEquals(servers.toTry(), ["c.example:41000", given, "b.example:41000"]);
});

Deno.test("one that is not told any more is tried after those that live, and one that is alone again forgets all", () => {
  const { servers, kept } = serversWith(["b.example:41000"]);
  servers.take(["c.example:41000"]);
  assertEquals(servers.toTry(), ["c.example:41000", "b.example:41000", given]);
  servers.take([]);
  assertEquals(servers.toTry(), ["c.example:41000", "b.example:41000", given]);
  servers.take(undefined);
  assertEquals(servers.toTry(), [given]);
  assertEquals(kept.at(-1), []);
});

Deno.test("clients of one server do not all go to the same other one", () => {
  const chances = [0.9, 0.1];
  const { servers } = serversWith([], () => chances.shift() ?? 0);
  servers.take(["b.example:41000", "c.example:41000"]);
  assertEquals(servers.toTry(), ["c.example:41000", "b.example:41000", given]);
});

Deno.test("what is no address, what is told twice, the given one and what is too many are passed over", () => {
  const { servers } = serversWith(["nonsense", "b.example:1"]);
  assertEquals(servers.toTry(), ["b.example:1", given]);
  const many = Array.from({ length: 100 }, (_, at) => `s${at}.example:41000`);
  servers.take(["B.example:1", "b.example:1", given, "", "http://c.example", ...many]);
  const tried = servers.toTry();
  assertEquals(tried.length <= serverAddressesMax + 1, true);
  assertEquals(tried.slice(0, 2), ["b.example:1", "s0.example:41000"]);
  assertEquals(tried.filter((server) => server === given).length, 1);
});

Deno.test("connecting takes the first that answers, and one that does not is left after a second", async () => {
  using time = new FakeTime();
  const { servers } = serversWith(["b.example:41000", "c.example:41000"]);
  const tried: string[] = [];
  const connecting = servers.connect(async (limited, server = "") => {
    tried.push(server);
    if (server === given) throw new ConnectError("disconnected", "Nobody listens.");
    if (server.startsWith("c")) return connection;
    return await new Promise((_, reject) => {
      limited.addEventListener("abort", () => reject(new Error("late")));
    });
  }, signal);
  await time.advance(1_000);
  assertEquals(await connecting, connection);
  assertEquals(tried, [given, "b.example:41000", "c.example:41000"]);
  assertEquals([servers.current, time.timers], ["c.example:41000", 0]);
});

Deno.test("where none answers, the given one gets all the time that it gets alone, and its answer is the one that is told", async () => {
  const { servers } = serversWith(["b.example:41000"]);
  let limits = 0;
  const failing = servers.connect((limited, server) => {
    if (limited !== signal) limits++;
    return Promise.reject(new ConnectError("disconnected", `${server} is away.`));
  }, signal);
  await assertRejects(() => failing, ConnectError, `${given} is away.`);
  assertEquals(limits, 2);
});

Deno.test("a given server that is not to be trusted ends it: nobody goes on behind a warning", async () => {
  const { servers } = serversWith(["b.example:41000"]);
  const tried: unknown[] = [];
  const failing = servers.connect((_, server) => {
    tried.push(server);
    return Promise.reject(new UntrustedServerError("changed"));
  }, signal);
  await assertRejects(() => failing, UntrustedServerError);
  assertEquals(tried, [given]);
});

Deno.test("who gives up is not tried for any more", async () => {
  const { servers } = serversWith(["b.example:41000"]);
  const aborter = new AbortController();
  const tried: unknown[] = [];
  const failing = servers.connect((_, server) => {
    tried.push(server);
    aborter.abort(new ChatError("disconnected", "Enough."));
    return Promise.reject(new ConnectError("disconnected", "Nobody listens."));
  }, aborter.signal);
  await assertRejects(() => failing, ChatError, "Enough.");
  assertEquals(tried, [given]);
});

Deno.test("the more often all servers have failed, the longer each is given, up to half a minute", () => {
  assertEquals([0, 1, 2, 3, 9].map(signInLimitMs), [4_000, 8_000, 16_000, 32_000, 32_000]);
  assertEquals([0, 1, 2, 9].map(connectLimitMs), [1_000, 2_000, 4_000, 32_000]);
});
