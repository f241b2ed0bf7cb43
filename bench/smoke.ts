/**
 * `deno task bench:smoke`: every kind of load in small. Nothing may be lost, and what was delivered must be stored; no
 * timing is judged. Ends with status 1 where that is not so.
 *
 * @module
 */
import { openStorage } from "../server/storage/sqlite/sqlite_storage.ts";
import { broadcast as ircBroadcast, pairs as ircPairs } from "./irc_scenarios.ts";
import { broadcast as nativeBroadcast, type Scenario as NativeScenario } from "./native.ts";
import { benchPrivatePairs } from "./private_pairs.ts";
import { type Row, table } from "./rows.ts";
import { type ServerProcess, startServerProcess } from "./server_process.ts";
import { benchTerminal } from "./terminal.ts";

/** A load in small. */
interface Smoke {
  readonly name: string;
  readonly accounts: number;
  /** Posts that must be stored afterwards; null where the load runs for a time and not for a number. */
  readonly posts: number | null;
  run(server: ServerProcess): Promise<Row[]>;
}

function native(scenario: NativeScenario): Smoke {
  return {
    name: "native",
    accounts: scenario.clients,
    posts: scenario.senders * scenario.messages,
    run: (server) => nativeBroadcast([server], scenario),
  };
}

function irc(name: string, load: { clients: number; senders: number; messages: number }): Smoke {
  return {
    name,
    accounts: 0,
    posts: load.senders * load.messages,
    run: (server) => ircBroadcast(name, load).run(server.ports.get("irc-plain")!),
  };
}

const smokes: readonly Smoke[] = [
  native({
    name: "60 clients, window 64",
    clients: 60,
    senders: 1,
    messages: 300,
    window: 64,
    perSecond: 0,
  }),
  native({
    name: "10 clients, all post 20/s",
    clients: 10,
    senders: 10,
    messages: 20,
    window: 0,
    perSecond: 20,
  }),
  irc("irc, 60 clients, window 64", { clients: 60, senders: 1, messages: 500 }),
  irc("irc, 10 clients, all send, window 64", { clients: 10, senders: 10, messages: 300 }),
  {
    name: "irc, 10 pairs",
    accounts: 0,
    posts: null,
    run: (server) => ircPairs("", { pairs: 10, seconds: 1 }).run(server.ports.get("irc-plain")!),
  },
];

async function run(smoke: Smoke): Promise<Row[]> {
  const directory = await Deno.makeTempDir({ prefix: "chat-bench-" });
  try {
    const rows = await load(smoke, directory);
    const storage = await openStorage(directory);
    await storage.close();
    const stored = storage.opened.lastSequence;
    rows.push({ name: "stored", value: stored, unit: "posts" });
    const missing = smoke.posts === null ? 0 : smoke.posts - stored;
    return [...rows, { name: "lost on the disk", value: missing, unit: "posts" }];
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function load(smoke: Smoke, directory: string): Promise<Row[]> {
  const { accounts } = smoke;
  await using server = await startServerProcess({
    accounts,
    directory,
    args: ["--irc-plain", "0"],
  });
  return await smoke.run(server);
}

/** The rows of native loads say themselves what they are of. */
function named(smoke: Smoke, row: Row): string {
  return row.name.startsWith(smoke.name) ? row.name : `${smoke.name}: ${row.name}`;
}

/** What must not be: something lost, or nothing done at all. */
function faultsIn(rows: readonly Row[]): string[] {
  const lost = rows.filter(({ name, value }) => /\blost\b/.test(name) && value !== 0);
  const idle = rows.filter(({ unit, value }) => unit === "1/s" && !(value > 0));
  return [...lost, ...idle].map(({ name, value, unit }) => `${name}: ${value} ${unit}`);
}

const rows: Row[] = [];
for (const smoke of smokes) {
  rows.push(...(await run(smoke)).map((row) => ({ ...row, name: named(smoke, row) })));
}
rows.push(...await benchPrivatePairs({ pairs: 5, seconds: 1 }));
rows.push(...await benchTerminal({ messagesPerSecond: 20, seconds: 1, starts: 1 }));
const faults = faultsIn(rows);
const lines = [table(rows), ...faults.map((fault) => `Not as it must be: ${fault}`)];
if (faults.length === 0) lines.push("Nothing was lost.");
Deno.stdout.writeSync(new TextEncoder().encode(lines.join("\n") + "\n"));
Deno.exit(faults.length === 0 ? 0 : 1);
