import { getLogger } from "@logtape/logtape";
import { assertEquals } from "@std/assert";
import type { ClusterOptions } from "../../server/storage/nats/cluster_options.ts";
import { NatsKeeper } from "../../server/storage/nats/nats_keeper.ts";
import { withFolder } from "../fixtures/folders.ts";
import { testWanting } from "../needs.ts";
import { NatsServers } from "./nats_servers.ts";

const test = testWanting("nats-server 2.15");

function optionsFor(nats: NatsServers): ClusterOptions {
  return {
    servers: nats.ports.map((port) => `127.0.0.1:${port}`),
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
