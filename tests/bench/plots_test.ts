import { assertEquals } from "@std/assert";
import { drawPlots } from "../../bench/plots.ts";
import { chartSvg } from "../../bench/svg_chart.ts";

Deno.test("drawPlots() draws what there are figures for, and leaves the rest out", () => {
  const drawn = drawPlots([
    { name: "irc, 10 clients, window 64: deliveries", value: 280_000, unit: "1/s" },
    { name: "irc, 1,000 clients, window 64: deliveries", value: 2_740_000, unit: "1/s" },
    { name: "ngIRCd, 10 clients, window 64: deliveries", value: 203_000, unit: "1/s" },
  ]);
  assertEquals([...drawn.keys()], ["deliveries.svg"]);
  const svg = drawn.get("deliveries.svg") ?? "";
  for (const text of [">chat<", ">ngIRCd<", ">280k<", ">2.74M<", ">203k<"]) {
    assertEquals(svg.includes(text), true, text);
  }
  assertEquals(svg.includes("InspIRCd"), false);
});

Deno.test("chartSvg() keeps marks inside the picture and escapes its texts", () => {
  for (const kind of ["lines", "bars"] as const) {
    const svg = chartSvg({
      title: "a < b & c",
      unit: "",
      categoriesName: "",
      categories: ["one", "two", "three"],
      kind,
      series: [{ name: "x", values: [0, null, 0.07] }, { name: "y", values: [null, 123_456, 1] }],
    });
    assertEquals(svg.includes("<title>a &lt; b &amp; c</title>"), true);
    assertEquals(/NaN|Infinity|undefined/.test(svg), false);
    const heights = [...svg.matchAll(/ (?:y|cy|y1)="(-?[\d.]+)"/g)].map(([, y]) => Number(y));
    assertEquals(heights.every((y) => y >= 0 && y <= 360), true);
  }
});
