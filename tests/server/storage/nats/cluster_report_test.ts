import { assertEquals } from "@std/assert";
import type { Logger } from "../../../../server/common/log.ts";
import { logLine, serverLine } from "../../../../server/storage/nats/cluster_lines.ts";
import { ClusterReport } from "../../../../server/storage/nats/cluster_report.ts";
import type { ToldPlace } from "../../../../server/storage/nats/told_place.ts";

const server = (node: string, more: Partial<ToldPlace> = {}): ToldPlace => ({
  ...{ node, run: `${node}2345678-9`, cluster: "ours", applied: 10, checksum: 1 },
  ...{ addresses: [`${node}.example:41000`], people: 2 },
  ...more,
});
const log = {
  ...{
    cluster: "ours",
    beganEmpty: true,
    first: 1,
    last: 1_010,
    replicas: 3,
    leader: "n2",
    order: "led" as const,
  },
};

Deno.test("a line says where a server is reached, how many people are on it, and how far it is", () => {
  assertEquals(
    serverLine(server("a"), 1_010),
    'server "a" (a2345678) at a.example:41000: 2 people, 1,000 messages behind',
  );
  assertEquals(
    serverLine(server("b", { people: 1, addresses: ["b.example:1", "10.0.0.8:1"] }), 10),
    'server "b" (b2345678) at b.example:1 and 10.0.0.8:1: 1 person, up to date',
  );
  assertEquals(
    serverLine(server("c", { missingFiles: 2 }), 10),
    'server "c" (c2345678) at c.example:41000: 2 people, up to date, 2 files to copy',
  );
  assertEquals(
    serverLine(server("old", { people: null, addresses: [] }), 11),
    'server "old" (old23456): 1 message behind',
  );
  assertEquals(logLine("CHAT", log), "log CHAT: 1,010 messages, led by n2");
  assertEquals(
    logLine("CHAT", { last: 1, leader: null }),
    "log CHAT: 1 message, led by its only server",
  );
});

Deno.test("the log tells of the cluster when somebody has come, gone, or leads now, and else nothing", () => {
  const lines: unknown[] = [];
  const logger = {
    info: (_: string, { line }: { line: string }) => lines.push(line.split(" (")[0]),
  };
  let servers = [server("a", { addresses: [] })];
  const report = new ClusterReport({
    logger: logger as unknown as Logger,
    name: "CHAT",
    servers: () => servers,
  });
  // It is not ready yet.
  report.found(log);
  assertEquals(lines.splice(0), []);
  servers = [server("a")];
  report.found(log);
  assertEquals(lines.splice(0), ["log CHAT: 1,010 messages, led by n2", 'server "a"']);
  report.found({ ...log, last: 1_011 });
  assertEquals(lines.splice(0), []);
  servers = [server("b"), server("a", { people: 7 })];
  report.found(log);
  assertEquals(lines.splice(0).length, 3);
  servers.reverse();
  report.found(log);
  assertEquals(lines.splice(0), []);
  report.found({ ...log, leader: "n3" });
  assertEquals(lines.splice(0)[0], "log CHAT: 1,010 messages, led by n3");
});
