import { getLogger } from "@logtape/logtape";
import { connect } from "@nats-io/transport-node";
import { assertEquals, assertRejects } from "@std/assert";
import type { ClusterOptions } from "../../server/storage/nats/cluster_options.ts";
import { connectionOptions, NatsKeeper } from "../../server/storage/nats/nats_keeper.ts";
import { withFolder } from "../fixtures/folders.ts";
import { testWanting } from "../needs.ts";
import { NatsServers } from "./nats_servers.ts";

const test = testWanting("nats-server 2.15");

function optionsFor({ ports }: Pick<NatsServers, "ports">): ClusterOptions {
  return {
    servers: ports.map((port) => `127.0.0.1:${port}`),
    name: "chat",
    node: "test",
    logDays: 7,
    monitors: [],
    encrypted: false,
    logger: getLogger("test"),
  };
}

test("the log is not compressed, and one that an earlier version has made is not any more from the next start on", async () => {
  await withFolder(async (folder) => {
    await using nats = await NatsServers.start(folder, 1);
    const options = optionsFor(nats);
    const first = await NatsKeeper.open(options);
    await first.make("ours", true);
    const { stream } = first.names;
    const compressionOf = async ({ manager }: NatsKeeper) =>
      (await manager.streams.info(stream)).config.compression;
    assertEquals(await compressionOf(first), "none");
    await first.manager.streams.update(stream, { compression: "s2" });
    await first.close();
    const second = await NatsKeeper.open(options);
    assertEquals(await compressionOf(second), "none");
    const found = await second.find(2_000);
    assertEquals([found?.cluster, found?.beganEmpty], ["ours", true]);
    await second.close();
  });
});

Deno.test("a NATS server that says it has no TLS is told no password", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heard = (async () => {
    using conn = await listener.accept();
    await conn.write(new TextEncoder().encode('INFO {"proto":1,"version":"2.15.1"}\r\n'));
    return await new Response(conn.readable).text();
  })();
  const options = optionsFor({ ports: [(listener.addr as Deno.NetAddr).port] });
  const credentials = "chat\na long random text";
  await assertRejects(() =>
    connect(connectionOptions({ ...options, encrypted: true, credentials }))
  );
  assertEquals(await heard, "");
});
