/**
 * `deno task bench --plot`: the last figures (bench/results.json) as pictures in docs/plots/.
 *
 * @module
 */
import type { Row } from "./rows.ts";
import { type Chart, chartSvg } from "./svg_chart.ts";

/** Servers by the beginnings of their rows. */
const ircServers = [["irc", "chat"], ["InspIRCd", "InspIRCd"], ["ngIRCd", "ngIRCd"]] as const;

/** What picks figures for a chart: for each series and category the name of a row. */
interface Plot extends Omit<Chart, "series"> {
  /** The file, without its ending. */
  readonly file: string;
  readonly series: readonly { readonly name: string; readonly rows: readonly string[] }[];
}

const ircSeries = (rows: (prefix: string) => string[]) =>
  ircServers.map(([prefix, name]) => ({ name, rows: rows(prefix) }));

const sizes = ["10", "100", "1,000"];
const latencyLoads = [
  ["1,000 clients, 20/s", "1,000 listen, one sends 20/s"],
  ["10 clients, all send 20/s", "10 that all send 20/s"],
] as const;
const writers = [[1, 1], [10, 1], [100, 1], [100, 4]] as const;

const plots: readonly Plot[] = [
  {
    file: "deliveries",
    title: "Broadcasts: one sender, 64 messages under way",
    unit: "deliveries a second",
    categoriesName: "clients in the room",
    categories: sizes,
    kind: "lines",
    series: [
      ...ircSeries((server) =>
        sizes.map((size) => `${server}, ${size} clients, window 64: deliveries`)
      ),
      {
        name: "chat, encrypted (TLS)",
        rows: sizes.map((size) => `native, ${size} clients, window 64: deliveries`),
      },
    ],
  },
  ...["p50", "p99"].map((part): Plot => ({
    file: `latency-${part}`,
    title: `From sending to arrival: ${part === "p50" ? "half" : "99 of 100"} are faster`,
    unit: "milliseconds",
    categoriesName: "clients on one machine with the server",
    categories: latencyLoads.map(([, name]) => name),
    kind: "bars",
    series: ircSeries((server) => latencyLoads.map(([load]) => `${server}, ${load}: ${part}`)),
  })),
  {
    file: "posts",
    title: "Durable posts: each is on the disk before it is acknowledged",
    unit: "posts a second",
    categoriesName: "writers × posts that each has under way",
    categories: writers.map(([count, window]) => `${count} × ${window}`),
    kind: "lines",
    series: [{
      name: "chat",
      rows: writers.map(([count, window]) =>
        `durable posts, ${count} writers, ${window} under way each: acknowledged`
      ),
    }],
  },
  {
    file: "memory",
    title: "Memory of the server for each idle connection",
    unit: "KiB",
    categoriesName: "",
    categories: ["2,000, chat client", "10,000, chat client", "2,000, IRC"],
    kind: "bars",
    series: [{
      name: "chat",
      rows: [
        "2000 idle connections: memory each",
        "10000 idle connections: memory each",
        "irc, idle: memory per connection",
      ],
    }],
  },
];

/**
 * Draws what the figures are there for.
 *
 * @param rows The figures.
 * @return Documents by the names of their files. A series, or a picture, without any figure is left out.
 */
export function drawPlots(rows: readonly Row[]): Map<string, string> {
  const figures = new Map(rows.map(({ name, value }) => [name, value]));
  const drawn = new Map<string, string>();
  for (const { file, series, ...chart } of plots) {
    const found = series
      .map(({ name, rows }) => ({ name, values: rows.map((row) => figures.get(row) ?? null) }))
      .filter(({ values }) => values.some((value) => value !== null));
    if (found.length > 0) drawn.set(`${file}.svg`, chartSvg({ ...chart, series: found }));
  }
  return drawn;
}
