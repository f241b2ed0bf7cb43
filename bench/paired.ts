/**
 * Measures two versions of the program in turn, on one machine: `deno run -A bench/paired.ts FOLDER [ROUNDS] [WORD]`, where FOLDER
 * holds another version, and WORD is a part of the names of the loads that are run.
 *
 * Each version is measured by its own benchmarks, the other one first, then in turns. What else uses the machine disturbs both
 * alike, and processor time least of all: that is what a claim of "cheaper" goes by. A figure is the median of its rounds.
 *
 * @module
 */
import { percentile } from "./rows.ts";

/** A load that both versions know, and how many posts it stores. */
interface PairedLoad {
  readonly name: string;
  /** The benchmark's file and its arguments. */
  readonly args: readonly string[];
  /** How many posts were stored, by the figures that the benchmark printed. */
  readonly posts: (figures: Figures) => number;
}

/** Figures by the last part of their names. */
type Figures = ReadonlyMap<string, number>;

/** How long the loads that go by time run, in seconds. */
const seconds = 5;
/** Messages of a round trip. */
const roundTripPosts = 2;

const loads: readonly PairedLoad[] = [
  {
    name: "irc, 10 clients, all send, window 64",
    args: ["irc.ts", "10 clients, all send, window 64"],
    posts: () => 50_000,
  },
  {
    name: "irc, 10 clients, window 64",
    args: ["irc.ts", "10 clients, window 64"],
    posts: () => 20_000,
  },
  {
    name: "irc, 1,000 clients, 20/s",
    args: ["irc.ts", "1,000 clients, 20/s"],
    posts: () => 300,
  },
  {
    name: "irc, 100 pairs, private ping-pong",
    args: ["irc.ts", "100 pairs"],
    posts: (figures) => roundTripPosts * seconds * (figures.get("round trips") ?? 0),
  },
  { name: "durable posts", args: ["server.ts", "posts"], posts: () => 0 },
];

function write(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

/** Runs one benchmark of one version, and reads the table that it prints. */
async function measure(folder: string, load: PairedLoad): Promise<Figures> {
  const [file, ...args] = load.args;
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `${folder}/bench/${file}`, ...args],
    cwd: folder,
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`${file} of ${folder} ended with status ${code}.`);
  const figures = new Map<string, number>();
  for (const line of new TextDecoder().decode(stdout).split("\n")) {
    const match = /^(.+?) {2,}(-?[\d.]+) ?(\S*)/.exec(line);
    if (match !== null) figures.set(match[1]!.replace(`${load.name}: `, ""), Number(match[2]));
  }
  const posts = load.posts(figures);
  const processor = figures.get("server's processor time");
  if (processor !== undefined) figures.set("processor time a post (µs)", processor / posts * 1e6);
  return figures;
}

const median = (values: number[]) => percentile(values.sort((one, other) => one - other), 0.5);

function report(load: PairedLoad, before: readonly Figures[], after: readonly Figures[]): void {
  write(`${load.name} (load of the machine ${Deno.loadavg()[0]!.toFixed(1)})`);
  for (const name of after[0]!.keys()) {
    const [was, is] = [before, after].map((rounds) =>
      median(rounds.map((figures) => figures.get(name) ?? NaN))
    );
    const ratio = (is! / was!).toFixed(2);
    write(
      `  ${name.padEnd(60)} ${was!.toFixed(2).padStart(12)} ${
        is!.toFixed(2).padStart(12)
      }  ${ratio}`,
    );
  }
}

const [other, rounds = "3", word = ""] = Deno.args;
if (other === undefined) {
  write("Usage: deno run -A bench/paired.ts FOLDER [ROUNDS] [WORD]");
  Deno.exit(2);
}
const own = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
for (const load of loads.filter(({ name }) => name.includes(word))) {
  const before: Figures[] = [];
  const after: Figures[] = [];
  for (let round = 0; round < Number(rounds); round++) {
    before.push(await measure(other, load));
    after.push(await measure(own, load));
  }
  report(load, before, after);
}
