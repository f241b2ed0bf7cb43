/**
 * The configuration of NATS in docs/cluster.md, given to a real server of NATS.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { AuthorizationError, connect } from "@nats-io/transport-node";
import { makeSigned } from "../fixtures/certificates.ts";
import { withFolder } from "../fixtures/folders.ts";
import { natsServerPath } from "../nats_server_path.ts";
import { testWanting } from "../needs.ts";
import { Program } from "./processes.ts";

const test = testWanting("nats-server 2.15");
const documents = new URL("../../docs/cluster.md", import.meta.url);

/** The first block of the document that is a configuration. */
async function documented(): Promise<string> {
  const text = await Deno.readTextFile(documents);
  const found = /^ {4}server_name: A\n(?: {4}.*\n)+/m.exec(text);
  assert(found !== null, "docs/cluster.md has the configuration of a NATS server");
  return found[0];
}

/** Ports that nobody uses now. */
function freePorts<const Names extends readonly string[]>(
  ...names: Names
): Record<Names[number], number> {
  const listeners = names.map((name) =>
    [name, Deno.listen({ hostname: "127.0.0.1", port: 0 })] as const
  );
  const ports = listeners.map(([name, { addr }]) => [name, (addr as Deno.NetAddr).port]);
  for (const [, listener] of listeners) listener.close();
  return Object.fromEntries(ports);
}

/** Writes a certificate, its key, and its authority, which has signed nothing else. */
async function writeCertificate(folder: string, owner: string): Promise<string> {
  const { authorityPem, server } = await makeSigned([
    { type: "dns", value: "localhost" },
    { type: "ip", value: "127.0.0.1" },
  ]);
  const path = `${folder}/${owner}`;
  await Deno.mkdir(path);
  await Deno.writeTextFile(`${path}/cert.pem`, server.certificatePem);
  await Deno.writeTextFile(`${path}/key.pem`, server.keyPem);
  await Deno.writeTextFile(`${path}/ca.pem`, authorityPem);
  return path;
}

async function startNats(folder: string, name: string, config: string): Promise<Program> {
  const path = `${folder}/${name}.conf`;
  await Deno.writeTextFile(path, config);
  const server = new Program(["-c", path], {}, [natsServerPath()!]);
  await server.errorLine("Server is ready");
  return server;
}

async function askNats(monitorPort: number, path: string) {
  const answer = await fetch(`http://127.0.0.1:${monitorPort}/${path}`);
  return await answer.json();
}

test("the NATS server of the documents lets in no stranger: neither a client nor a NATS server", async () => {
  await withFolder(async (folder) => {
    const ports = freePorts("client", "route", "monitor", "strange", "strangeRoute", "nobody");
    const own = await writeCertificate(folder, "own");
    const strange = await writeCertificate(folder, "strange");
    const config = (await documented())
      .replace("0.0.0.0:4222", `127.0.0.1:${ports.client}`)
      .replace("0.0.0.0:6222", `127.0.0.1:${ports.route}`)
      .replace("10.0.0.7:8222", `127.0.0.1:${ports.monitor}`)
      .replace("/var/lib/nats", `${folder}/store`)
      .replaceAll("/etc/nats/", `${own}/`)
      .replaceAll(/[ABC]:6222/g, `127.0.0.1:${ports.nobody}`);
    await using server = await startNats(folder, "documented", config);

    // What a server goes by that is given --cluster-monitor.
    const { auth_required, cluster } = await askNats(ports.monitor, "varz");
    assertEquals([auth_required, cluster.tls_required], [true, true]);
    const ca = await Deno.readTextFile(`${own}/ca.pem`);
    const client = { servers: `localhost:${ports.client}`, tls: { ca } };
    await assertRejects(() => connect(client), AuthorizationError);

    const tls = `tls { cert_file: "${strange}/cert.pem", key_file: "${strange}/key.pem", ` +
      `ca_file: "${own}/ca.pem" }`;
    for (const [at, encryption] of ["", tls].entries()) {
      const strangeConfig = `server_name: X
listen: 127.0.0.1:${ports.strange}
cluster { name: chat, listen: 127.0.0.1:${ports.strangeRoute}, no_advertise: true
routes: [nats://127.0.0.1:${ports.route}]
${encryption}
}`;
      await using _stranger = await startNats(folder, `strange${at}`, strangeConfig);
      await server.errorLine(/TLS route handshake error|Authorization Error/i);
      assertEquals((await askNats(ports.monitor, "routez")).num_routes, 0);
    }
  });
});
