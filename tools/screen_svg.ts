/**
 * A terminal's screen as a picture.
 *
 * @module
 */
import type { Run } from "../tests/system/terminal_program.ts";

const cellWidth = 8.4;
const cellHeight = 18;
const margin = 10;
const ground = "#1c1e26";
const usual = "#d5d8da";
const palette16 = [
  ...["#16161c", "#e95678", "#29d398", "#fab795", "#26bbd9", "#ee64ac", "#59e3e3", "#d5d8da"],
  ...["#5b5858", "#ec6a88", "#3fdaa4", "#fbc3a7", "#3fc4de", "#f075b5", "#6be4e6", "#ffffff"],
];

/**
 * Draws a screen.
 *
 * @param rows Its rows, from `TerminalProgram.runs()`.
 * @param cursor Where the cursor is, from 0.
 * @return An SVG document.
 */
export function screenSvg(
  rows: readonly (readonly Run[])[],
  cursor: { readonly column: number; readonly row: number },
): string {
  const columns = Math.max(
    ...rows.map((runs) => runs.reduce((sum, run) => sum + run.text.length, 0)),
  );
  const width = Math.ceil(columns * cellWidth + 2 * margin);
  const height = rows.length * cellHeight + 2 * margin;
  const font = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
  const x = margin + cursor.column * cellWidth;
  const y = margin + cursor.row * cellHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${font}" font-size="14">`,
    `<rect width="100%" height="100%" rx="6" fill="${ground}"/>`,
    `<rect x="${
      x.toFixed(1)
    }" y="${y}" width="${cellWidth}" height="${cellHeight}" fill="${usual}" opacity="0.6"/>`,
    ...rows.flatMap((runs, row) => runs.filter(isSeen).map((run) => runSvg(run, row))),
    "</svg>",
    "",
  ].join("\n");
}

function isSeen({ text, inverse, ground }: Run): boolean {
  return inverse || ground !== null || text.trim() !== "";
}

function runSvg(run: Run, row: number): string {
  const x = (margin + run.column * cellWidth).toFixed(1);
  const top = margin + row * cellHeight;
  const color = colorOf(run);
  const look = [
    run.bold ? ' font-weight="bold"' : "",
    run.dim ? ' opacity="0.6"' : "",
    run.underline ? ' text-decoration="underline"' : "",
  ].join("");
  const length = (run.text.length * cellWidth).toFixed(1);
  const below = run.inverse ? color : run.ground === null ? null : colorOf({
    color: run.ground,
    trueColor: false,
  });
  const behind = below === null
    ? ""
    : `<rect x="${x}" y="${top}" width="${length}" height="${cellHeight}" fill="${below}"/>`;
  const fill = run.inverse ? ground : color;
  const text = escaped(run.text);
  return `${behind}<text x="${x}" y="${
    top + 13
  }" fill="${fill}"${look} xml:space="preserve">${text}</text>`;
}

function colorOf({ color, trueColor }: Pick<Run, "color" | "trueColor">): string {
  if (color === null) return usual;
  if (trueColor) return `#${color.toString(16).padStart(6, "0")}`;
  if (color < 16) return palette16[color]!;
  const levels = [0, 95, 135, 175, 215, 255];
  const index = color - 16;
  const gray = 8 + (color - 232) * 10;
  const parts = color >= 232
    ? [gray, gray, gray]
    : [Math.trunc(index / 36), Math.trunc(index / 6) % 6, index % 6].map((step) => levels[step]!);
  return `rgb(${parts.join(",")})`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
