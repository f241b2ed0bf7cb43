/**
 * Broadcasts and private messages of IRC clients without TLS, durable as always; memory of idle connections.
 *
 * @module
 */
import { type Row, table } from "./rows.ts";
import { type Scenario, scenarios } from "./irc_scenarios.ts";
import {
  processorSeconds,
  residentMegabytes,
  type ServerProcess,
  startServerProcess,
} from "./server_process.ts";

/** Idle connections whose memory is measured. */
const idleConnections = 2_000;

/** Runs every IRC benchmark whose name holds `only`. */
export async function benchIrc(only = ""): Promise<Row[]> {
  const rows: Row[] = [];
  for (const scenario of scenarios) {
    if (scenario.name.includes(only)) rows.push(...await measure(scenario));
  }
  if ("idle".includes(only)) rows.push(await idleMemory());
  return rows;
}

function startIrcServer(): Promise<ServerProcess> {
  return startServerProcess({ accounts: 0, args: ["--irc-plain", "0"] });
}

async function measure(scenario: Scenario): Promise<Row[]> {
  await using server = await startIrcServer();
  const before = processorSeconds(server.pid);
  const rows = await scenario.run(server.ports.get("irc-plain")!);
  rows.push(
    { name: "server's processor time", value: processorSeconds(server.pid) - before, unit: "s" },
    { name: "server's memory", value: residentMegabytes(server.pid), unit: "MB" },
  );
  return rows.map((row) => ({ ...row, name: `irc, ${scenario.name}: ${row.name}` }));
}

/** Registered clients in no channel, which only listen. */
async function idleMemory(): Promise<Row> {
  await using server = await startIrcServer();
  const before = residentMegabytes(server.pid);
  const conns: Deno.TcpConn[] = [];
  for (let index = 0; index < idleConnections; index++) {
    conns.push(await register(server.ports.get("irc-plain")!, `idle${index}`));
  }
  const bytes = (residentMegabytes(server.pid) - before) * 1024 * 1024 / idleConnections;
  for (const conn of conns) conn.close();
  return { name: "irc, idle: memory per connection", value: bytes / 1024, unit: "KiB" };
}

async function register(port: number, nick: string): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(new TextEncoder().encode(`NICK ${nick}\r\nUSER bench 0 * :bench\r\n`));
  const buffer = new Uint8Array(8 * 1024);
  const decoder = new TextDecoder();
  let seen = "";
  while (!/ (?:422|376) /.test(seen)) {
    const count = await conn.read(buffer);
    if (count === null) throw new Error(`The server closed the connection of ${nick}.`);
    seen += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return conn;
}

if (import.meta.main) {
  // deno-lint-ignore no-console -- the table is what this program is for
  console.log(table(await benchIrc(Deno.args[0])));
}
