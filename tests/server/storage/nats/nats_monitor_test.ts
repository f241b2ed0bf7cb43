import { assertEquals } from "@std/assert";
import { monitorLines } from "../../../../server/storage/nats/nats_monitor.ts";

/** Serves one answer at every address. */
function serve(answer: () => Response): { url: string; [Symbol.asyncDispose](): Promise<void> } {
  const paths: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    paths.push(new URL(request.url).pathname);
    return answer();
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: async () => {
      assertEquals(new Set(paths), new Set(["/varz"]));
      await server.shutdown();
    },
  };
}

const varz = (sync_always: boolean | undefined, server_name = "n1") => () =>
  Response.json({
    server_name,
    version: "2.15.1",
    jetstream: {
      config: { store_dir: "/secret", ...(sync_always === undefined ? {} : { sync_always }) },
    },
  });

async function linesFor(...urls: string[]): Promise<[isWarning: boolean, text: string][]> {
  const servers = urls.map((_, at) => `nats${at}:4222`);
  const lines = await monitorLines({ servers, monitors: urls });
  return lines.map(({ isWarning, text }) => [isWarning, text]);
}

Deno.test("a NATS server that syncs before it acknowledges is named, and one that does not is warned of", async () => {
  await using synced = serve(varz(true));
  await using lazy = serve(varz(false, "n2"));
  await using old = serve(varz(undefined, "n3"));
  await using without = serve(() => Response.json({ server_name: "n4", version: "2" }));
  const lines = await linesFor(synced.url, `${lazy.url}/`, old.url, without.url);
  assertEquals(lines.map(([isWarning]) => isWarning), [false, true, true, true]);
  assertEquals(lines[0]![1], "NATS server n1 (2.15.1) syncs before it acknowledges.");
  assertEquals(
    lines[1]![1],
    "NATS server n2 (2.15.1) does not sync before it acknowledges: what was acknowledged can be lost when the power fails. " +
      'Set "sync_interval: always" in its "jetstream", and start it again.',
  );
});

Deno.test("a NATS server that lets in whoever reaches it from another machine, as a client or as a NATS server, is warned of", async () => {
  const closed = { addr: "0.0.0.0", cluster_port: 6222, tls_required: true };
  const open = { addr: "0.0.0.0", cluster_port: 6222 };
  const here = { addr: "127.0.0.1", cluster_port: 6222 };
  const warnedPorts = async (varz: Record<string, unknown>) => {
    const jetstream = { config: { sync_always: true } };
    await using server = serve(() =>
      Response.json({ server_name: "n1", version: "2.15.1", jetstream, port: 4222, ...varz })
    );
    const lines = await linesFor(server.url);
    return lines.filter(([isWarning]) => isWarning).map(([, text]) => /port (\d+)/.exec(text)?.[1]);
  };
  const host = "0.0.0.0";
  assertEquals(await warnedPorts({ host, auth_required: true, cluster: closed }), []);
  assertEquals(await warnedPorts({ host, cluster: closed }), ["4222"]);
  assertEquals(await warnedPorts({ host, auth_required: true, cluster: open }), ["6222"]);
  assertEquals(await warnedPorts({ host: "127.0.0.1", cluster: here }), []);
  // Alone it has no such port.
  assertEquals(await warnedPorts({ host, auth_required: true, cluster: {} }), []);
});

Deno.test("a monitoring address that is none, or answers rubbish, or nothing harmless, is said to be so", async () => {
  await using page = serve(() => new Response("<html>"));
  await using other = serve(() => Response.json({ hello: 1 }));
  await using endless = serve(() => new Response(new Uint8Array(400_000).fill(32)));
  await using moved = serve(() => Response.redirect("http://127.0.0.1:1/varz"));
  await using hostile = serve(varz(true, "n\x1b[31m1"));
  const lines = await linesFor(page.url, other.url, endless.url, moved.url, hostile.url);
  for (const [isWarning, text] of lines.slice(0, 4)) {
    assertEquals([isWarning, text.startsWith("It is not known whether the NATS server at")], [
      true,
      true,
    ]);
    assertEquals(text.endsWith("Check --cluster-monitor."), true);
  }
  assertEquals(lines[0]![1].includes("that is no NATS server"), true);
  assertEquals(lines[4]![1].includes("\x1b"), false);
});

Deno.test("where no monitoring address is given, or too few, that is said, with what to give", async () => {
  const servers = ["a:4222", "b:4222", "c:4222"];
  const [none] = await monitorLines({ servers, monitors: [] });
  assertEquals(none?.isWarning, true);
  assertEquals(none?.text.includes("whether the NATS servers sync"), true);
  assertEquals(
    none?.text.endsWith("--cluster-monitor http://a:8222,http://b:8222,http://c:8222."),
    true,
  );
  await using synced = serve(varz(true));
  const lines = await monitorLines({ servers, monitors: [synced.url] });
  assertEquals(lines.map(({ isWarning }) => isWarning), [false, true]);
  assertEquals(lines[1]!.text.includes("whether 2 of the NATS servers sync"), true);
});
