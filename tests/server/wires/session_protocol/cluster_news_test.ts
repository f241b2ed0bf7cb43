import { assertEquals } from "@std/assert";
import { parseFromServer } from "../../../../protocol/wire/messages.ts";
import { aliveIntervalMs } from "../../../../protocol/wire/limits.ts";
import { ClusterNews } from "../../../../server/wires/session_protocol/cluster_news.ts";
import type { ProtocolConnection } from "../../../../server/wires/session_protocol/protocol_connection.ts";
import { TestCluster } from "../../../fixtures/cluster_view.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";

/** A connection as far as news of a cluster need one, and the names of the events that it was told. */
function makeConnection({ signedIn = true, isIdle = true } = {}) {
  const told: string[] = [];
  const push = (frame: Uint8Array) => {
    const message = parseFromServer(frame.subarray(4));
    told.push(message !== null && "event" in message ? message.event : "");
  };
  const connection = {
    session: signedIn ? { ended: false } : null,
    outbox: { push, isIdle },
  } as unknown as ProtocolConnection;
  return { connection, told };
}

Deno.test("each client gets a sign of life once in an interval, however many they are and whoever comes and goes", async () => {
  for (const count of [1, 3, 10, 11, 95]) {
    using time = new FakeTime();
    const made = Array.from({ length: count }, () => makeConnection());
    const connections = new Set(made.map(({ connection }) => connection));
    const news = new ClusterNews(new TestCluster(), connections);
    await time.advance(aliveIntervalMs);
    assertEquals(made.map(({ told }) => told.length), made.map(() => 1), String(count));
    await time.advance(9 * aliveIntervalMs);
    const told = made.map(({ told }) => told.length);
    assertEquals([Math.min(...told) >= 9, Math.max(...told) <= 11], [true, true], String(told));
    const late = makeConnection();
    connections.delete(made[0]!.connection);
    connections.add(late.connection);
    await time.advance(2 * aliveIntervalMs);
    assertEquals(late.told.length >= 1, true);
    news.stop();
    assertEquals(time.timers, 0);
  }
});

Deno.test("who is not signed in gets none, nor does anyone to whom something is on its way", async () => {
  using time = new FakeTime();
  const made = [makeConnection({ signedIn: false }), makeConnection({ isIdle: false })];
  const news = new ClusterNews(new TestCluster(), new Set(made.map((one) => one.connection)));
  await time.advance(5 * aliveIntervalMs);
  assertEquals(made.map(({ told }) => told), [[], []]);
  news.stop();
});

Deno.test("other addresses are told at once, until it is stopped", () => {
  using _time = new FakeTime();
  const cluster = new TestCluster();
  const made = [makeConnection(), makeConnection({ signedIn: false })];
  const news = new ClusterNews(cluster, new Set(made.map((one) => one.connection)));
  cluster.move(["b.example:41000"]);
  news.stop();
  cluster.move([]);
  assertEquals(made.map(({ told }) => told), [["servers"], []]);
});
