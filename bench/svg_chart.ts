/**
 * Figures as a picture: lines or bars over a few categories, in SVG that follows the reader's light or dark look.
 *
 * @module
 */

/** What is drawn. */
export interface Chart {
  readonly title: string;
  /** What the figures are, for the vertical axis. */
  readonly unit: string;
  /** What the categories are, for the horizontal axis. */
  readonly categoriesName: string;
  readonly categories: readonly string[];
  /** At least one; the first stands out. Null where there is no figure. */
  readonly series: readonly {
    readonly name: string;
    readonly values: readonly (number | null)[];
  }[];
  /** Lines where the categories are steps of one quantity, bars where they are different things. */
  readonly kind: "lines" | "bars";
}

const width = 720;
const height = 360;
const plot = { left: 74, right: width - 18, top: 74, bottom: height - 58 };
const ticksWanted = 5;
/** Pixels between a point and its figure, and of a line of text. */
const labelGap = 9;
const labelHeight = 13;
/** The share of a category's width that its bars take. */
const barsShare = 0.8;
/** Told apart by those who see few colours, too. */
const colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

const style = `
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 15px; font-weight: 600; }
  .grid { stroke: #24292f; stroke-opacity: 0.15; }
  @media (prefers-color-scheme: dark) { text { fill: #d0d7de; } .grid { stroke: #d0d7de; } }`;

/**
 * Draws a chart.
 *
 * @param chart What is drawn.
 * @return An SVG document.
 */
export function chartSvg(chart: Chart): string {
  const values = chart.series.flatMap(({ values }) => values.filter((value) => value !== null));
  const step = tickStep(Math.max(...values, 0));
  const top = Math.max(step, Math.ceil(Math.max(...values, 0) / step) * step);
  const y = (value: number) => plot.bottom - value / top * (plot.bottom - plot.top);
  const marks = chart.kind === "bars" ? bars(chart, y) : lines(chart, y);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(chart.title)}</title>`,
    `<style>${style}\n</style>`,
    `<text class="title" x="${plot.left}" y="22">${escaped(chart.title)}</text>`,
    `<text x="${plot.left}" y="${plot.top - 12}">${escaped(chart.unit)}</text>`,
    ...legend(chart),
    ...grid(top, step, y),
    ...marks,
    ...categories(chart),
    "</svg>",
    "",
  ].join("\n");
}

/** 1, 2 or 5 times a power of ten, so that there are about `ticksWanted` steps. */
function tickStep(largest: number): number {
  if (largest <= 0) return 1;
  const rough = largest / ticksWanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
}

function grid(top: number, step: number, y: (value: number) => number): string[] {
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step);
  return ticks.flatMap((tick) => [
    `<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${at(y(tick))}" y2="${
      at(y(tick))
    }"/>`,
    `<text x="${plot.left - 8}" y="${at(y(tick) + 4)}" text-anchor="end">${
      shortNumber(tick)
    }</text>`,
  ]);
}

function legend({ series }: Chart): string[] {
  let x = plot.left;
  return series.flatMap(({ name }, index) => {
    const left = x;
    x += 28 + 7 * name.length;
    return [
      `<rect x="${left}" y="34" width="12" height="12" fill="${colorOf(index)}"/>`,
      `<text x="${left + 17}" y="44">${escaped(name)}</text>`,
    ];
  });
}

function categories({ categories, categoriesName }: Chart): string[] {
  return [
    ...categories.map((name, index) =>
      `<text x="${at(centre(index, categories.length))}" y="${
        plot.bottom + 20
      }" text-anchor="middle">${escaped(name)}</text>`
    ),
    `<text x="${(plot.left + plot.right) / 2}" y="${plot.bottom + 44}" text-anchor="middle">${
      escaped(categoriesName)
    }</text>`,
  ];
}

/** The middle of a category. */
function centre(index: number, count: number): number {
  return plot.left + (index + 0.5) * (plot.right - plot.left) / count;
}

function bars({ series, categories }: Chart, y: (value: number) => number): string[] {
  const barWidth = (plot.right - plot.left) / categories.length * barsShare / series.length;
  return series.flatMap(({ values }, at_) =>
    values.flatMap((value, category) => {
      if (value === null) return [];
      const left = centre(category, categories.length) + (at_ - series.length / 2) * barWidth;
      return [
        `<rect x="${at(left)}" y="${at(y(value))}" width="${at(barWidth - 2)}" height="${
          at(plot.bottom - y(value))
        }" fill="${colorOf(at_)}"/>`,
        `<text x="${at(left + barWidth / 2 - 1)}" y="${at(y(value) - 4)}" text-anchor="middle">${
          shortNumber(value)
        }</text>`,
      ];
    })
  );
}

function lines({ series, categories }: Chart, y: (value: number) => number): string[] {
  const points = series.map(({ values }) =>
    values.flatMap((value, category) => {
      if (value === null) return [];
      return [{ category, x: centre(category, categories.length), y: y(value), value }];
    })
  );
  const drawn = points.flatMap((ofSeries, index) => [
    `<polyline points="${
      ofSeries.map((point) => `${at(point.x)},${at(point.y)}`).join(" ")
    }" fill="none" stroke="${colorOf(index)}" stroke-width="2.5"/>`,
    ...ofSeries.map((point) =>
      `<circle cx="${at(point.x)}" cy="${at(point.y)}" r="4" fill="${colorOf(index)}"/>`
    ),
  ]);
  const labels = categories.flatMap((_, category) =>
    labelsOf(points.flat().filter((point) => point.category === category))
  );
  return [...drawn, ...labels];
}

/** The figures of one category, from the lowest: each above its point, and above the figure below it. */
function labelsOf(points: { x: number; y: number; value: number }[]): string[] {
  let lowest = plot.bottom;
  return points.sort((one, other) => other.y - one.y).map((point) => {
    lowest = Math.min(point.y - labelGap, lowest - labelHeight);
    return `<text x="${at(point.x)}" y="${at(lowest)}" text-anchor="middle">${
      shortNumber(point.value)
    }</text>`;
  });
}

function colorOf(index: number): string {
  return colors[index % colors.length]!;
}

/** A coordinate, to a tenth of a pixel. */
function at(coordinate: number): string {
  return String(Math.round(coordinate * 10) / 10);
}

/** 1.4M, 280k, 95, 0.5 */
function shortNumber(value: number): string {
  const [divisor, suffix] = value >= 1e6 ? [1e6, "M"] : value >= 1e4 ? [1e3, "k"] : [1, ""];
  const number = value / divisor;
  const digits = number >= 100 || number === 0 ? 0 : number >= 10 ? 1 : 2;
  return `${Number(number.toFixed(digits))}${suffix}`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
