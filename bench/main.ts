/**
 * `deno task bench`: runs every benchmark, prints a table, writes bench/results.json.
 *
 * `deno task bench NAME…` runs some of them; `deno task bench --list` names them. Those that
 * take many minutes (`storage10`, `history10`, `idle10000`), or want another program (`cluster`, `page`), run only when they are named. `deno task bench --plot` runs none,
 * and draws the last figures into docs/plots/.
 *
 * @module
 */
import { benchFrames } from "./frames.ts";
import { benchNative } from "./native.ts";
import { drawPlots } from "./plots.ts";
import { type Row, table } from "./rows.ts";
import { benchIdle, benchPosts, benchStart } from "./server.ts";

/** The benchmarks. The modules of some are loaded only when they run. */
const benchmarks: Readonly<Record<string, () => Promise<readonly Row[]> | readonly Row[]>> = {
  frames: benchFrames,
  start: benchStart,
  posts: benchPosts,
  native: () => benchNative(),
  idle: () => benchIdle(2_000),
  idle10000: () => benchIdle(10_000),
  reconnect: async () => await (await import("./reconnect.ts")).benchReconnect(),
  storage: async () => await (await import("./storage.ts")).benchStorage({ posts: 1_000_000 }),
  storage10: async () => await (await import("./storage.ts")).benchStorage({ posts: 10_000_000 }),
  history10: async () => await (await import("./history.ts")).benchHistory({ posts: 10_000_000 }),
  private: async () => await (await import("./private.ts")).benchPrivate(),
  "private-pairs": async () => await (await import("./private_pairs.ts")).benchPrivatePairs(),
  files: async () => await (await import("./files.ts")).benchFiles(),
  terminal: async () => await (await import("./terminal.ts")).benchTerminal(),
  irc: async () => await (await import("./irc.ts")).benchIrc(),
  cluster: async () => await (await import("./cluster.ts")).benchCluster(),
  page: async () => await (await import("./page.ts")).benchPage(),
  references: async () => await (await import("./irc_references.ts")).benchReferences(),
};

/** What the figures were measured with. */
interface Results {
  readonly date: string;
  readonly deno: string;
  readonly cores: number;
  readonly rows: readonly Row[];
}

/** Run only when they are named. */
const long: readonly string[] = ["storage10", "history10", "idle10000", "cluster", "page"];

const resultsPath = new URL("results.json", import.meta.url);
const plotsFolder = new URL("../docs/plots/", import.meta.url);

function write(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

async function main(names: string[]): Promise<number> {
  const known = Object.keys(benchmarks);
  if (names.includes("--list")) return write(known.join("\n")), 0;
  if (names.includes("--plot")) return await plot(), 0;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) return write(`There is no benchmark "${unknown}".`), 2;
  const rows: Row[] = [];
  const usual = known.filter((name) => !long.includes(name));
  for (const name of names.length === 0 ? usual : names) {
    const found = await benchmarks[name]!();
    write(table(found));
    rows.push(...found);
  }
  const results: Results = {
    date: new Date().toISOString(),
    deno: Deno.version.deno,
    cores: navigator.hardwareConcurrency,
    rows,
  };
  await Deno.writeTextFile(resultsPath, JSON.stringify(results, null, 2) + "\n");
  return 0;
}

async function plot(): Promise<void> {
  const { rows }: Results = JSON.parse(await Deno.readTextFile(resultsPath));
  await Deno.mkdir(plotsFolder, { recursive: true });
  for (const [file, svg] of drawPlots(rows)) {
    await Deno.writeTextFile(new URL(file, plotsFolder), svg);
    write(`docs/plots/${file}`);
  }
}

Deno.exit(await main(Deno.args));
