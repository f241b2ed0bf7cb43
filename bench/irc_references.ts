/**
 * The same IRC load on InspIRCd and ngIRCd, the servers written in C++ and C that Debian has, with their limits on floods
 * off. They store nothing; our server has every message on the disk before anyone sees it.
 *
 * @module
 */
import { type Row, table } from "./rows.ts";
import { type Scenario, scenarios } from "./irc_scenarios.ts";

/** A server to compare with. */
interface Reference {
  readonly name: string;
  readonly program: string;
  /** The arguments, where the configuration is in this file. */
  readonly args: (file: string) => string[];
  readonly configuration: (port: number, folder: string) => string;
}

const references: readonly Reference[] = [
  {
    name: "InspIRCd",
    program: "/usr/sbin/inspircd",
    args: (file) => ["--nofork", "--nopid", "--nolog", "--runasroot", "--config", file],
    configuration: (port) => `
<server name="irc.bench" description="bench" network="Bench">
<admin name="bench" nick="bench" email="bench@localhost">
<bind address="127.0.0.1" port="${port}" type="clients">
<connect name="main" allow="*" timeout="60" pingfreq="600" threshold="1000000" commandrate="100000000"
  fakelag="no" recvq="1000000" softsendq="16777216" hardsendq="67108864" localmax="20000" globalmax="20000"
  maxconnwarn="no" resolvehostnames="no" useident="no" maxchans="100">
<performance nouserdns="yes" somaxconn="1024" softlimit="20000" clonesonconnect="no" quietbursts="yes">
<options defaultmodes="">
`,
  },
  {
    name: "ngIRCd",
    program: "/usr/sbin/ngircd",
    args: (file) => ["--nodaemon", "--config", file],
    configuration: (port) => `
[Global]
  Name = irc.bench
  Listen = 127.0.0.1
  Ports = ${port}
  Info = bench
  ServerUID = nobody
  ServerGID = nogroup
[Limits]
  MaxConnections = 0
  MaxConnectionsIP = 0
  MaxPenaltyTime = 0
  PingTimeout = 600
[Options]
  DNS = no
  Ident = no
  PAM = no
`,
  },
];

/** Runs the load on each reference that is installed; a missing one is named. */
export async function benchReferences(only = ""): Promise<Row[]> {
  const rows: Row[] = [];
  for (const reference of references) {
    if (!await exists(reference.program)) {
      const line =
        `${reference.name} is not installed ("apt-get install ${reference.name.toLowerCase()}"): not measured.`;
      Deno.stderr.writeSync(new TextEncoder().encode(line + "\n"));
      continue;
    }
    for (const scenario of scenarios.filter(({ name }) => name.includes(only))) {
      rows.push(...await measure(reference, scenario));
    }
  }
  return rows;
}

async function measure(reference: Reference, scenario: Scenario): Promise<Row[]> {
  const folder = await Deno.makeTempDir({ prefix: "chat-bench-" });
  await Deno.chmod(folder, 0o755);
  const port = freePort();
  const file = `${folder}/server.conf`;
  await Deno.writeTextFile(file, reference.configuration(port, folder));
  const child = new Deno.Command(reference.program, {
    args: reference.args(file),
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await listening(port);
    const rows = await scenario.run(port);
    return rows.map((row) => ({
      ...row,
      name: `${reference.name}, ${scenario.name}: ${row.name}`,
    }));
  } finally {
    child.kill("SIGTERM");
    await child.status;
    await Deno.remove(folder, { recursive: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

/** Waits until something listens on a port. */
async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`Nothing is listening on port ${port}.`);
}

if (import.meta.main) {
  // deno-lint-ignore no-console -- the table is what this program is for
  console.log(table(await benchReferences(Deno.args[0])));
}
