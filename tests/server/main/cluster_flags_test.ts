import { assertEquals, assertRejects } from "@std/assert";
import { type CommandLine, ExitError, readArguments } from "../../../platform/command_line.ts";
import { clusterFlags, readCluster } from "../../../server/main/cluster_flags.ts";

const line: CommandLine = {
  usage: "chat server PORT",
  summary: "",
  argumentsMax: 0,
  flags: clusterFlags,
  statuses: {},
};

const read = (...args: string[]) => readCluster(line, readArguments(line, args)!);

Deno.test("the NATS servers are one or three, all encrypted or none, and without encryption on this machine only", async () => {
  const found = await read("--cluster", "tls://a:4222,tls://b,tls://c:4223");
  assertEquals([found?.servers, found?.encrypted], [["a:4222", "b:4222", "c:4223"], true]);
  assertEquals((await read("--cluster", "nats://127.0.0.1:4222"))?.encrypted, false);
  for (
    const [urls, words] of [
      ["tls://a,tls://b", "Two NATS servers are worse"],
      ["tls://a,tls://b,nats://c", "either nats:// or tls://"],
      ["nats://10.0.0.7", "Without encryption"],
      ["tls://user:secret@a", "Everyone on this machine"],
      ["a:4222", "takes addresses like"],
    ] as const
  ) {
    const error = await assertRejects(() => read("--cluster", urls), ExitError, words);
    assertEquals(error.message.includes("secret"), false);
  }
});

Deno.test("with TLS the NATS servers are named as their certificates do: an address is compared with nothing", async () => {
  for (const host of ["10.0.0.7", "[fd00::7]"]) {
    await assertRejects(() => read("--cluster", `tls://${host}:4222`), ExitError, "is an address");
  }
});
