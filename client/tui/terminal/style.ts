/**
 * How text looks: colours for 16, 256 and 16 million of them, or none, and a steady colour for every name.
 *
 * @module
 */

/** How many colours the terminal has; `none` also where NO_COLOR asks for it. */
export type ColorDepth = "none" | "16" | "256" | "true";

/** What a colour means; which one it is depends on the depth. */
export type Tone = "dim" | "accent" | "good" | "warning" | "mention" | "code";

/** How a stretch of text looks. Bold, inverse and underline also exist without colours. */
export interface Style {
  readonly tone?: Tone;
  /** The user whose colour it has. */
  readonly ofName?: string;
  readonly bold?: boolean;
  readonly inverse?: boolean;
  readonly underline?: boolean;
  /** Where it leads, on terminals that can show links. */
  readonly link?: string;
  /**
   * A line that begins so is not wrapped between its words: the terminal breaks it, and a copy has no break there. Where there are shades, it stands
   * on one from the first column to the last, as nothing else does.
   */
  readonly asTyped?: boolean;
}

/** A stretch of text of one look. It holds no line breaks. */
export interface Span {
  readonly text: string;
  readonly style?: Style;
}

/** A line before it is wrapped. */
export type StyledLine = readonly Span[];

/** SGR parameters of the tones; 16 colours are enough for all of them. */
const tones: Readonly<Record<Tone, string>> = {
  dim: "2",
  accent: "36",
  good: "32",
  warning: "31",
  mention: "33",
  code: "35",
};

/** What is typed on a shade: both colours are named, so that it can be read on dark and on light. */
const shade = "38;5;253;48;5;237";

/** Whether there is a shade on which code can stand. Of 16 colours each may be that of the terminal itself. */
export function hasShades(depth: ColorDepth): boolean {
  return depth === "256" || depth === "true";
}

/** Those of the 16 colours that can be read on dark and on light, without the red of warnings. */
const nameColors16 = [32, 33, 34, 35, 36, 91, 92, 94, 95, 96] as const;

/** Of the 6x6x6 cube those of middle brightness: told apart by hue, readable on dark and on light. */
const nameColors256: readonly number[] = middleOfTheCube();

function middleOfTheCube(): number[] {
  const levels = [0, 95, 135, 175, 215, 255];
  const colors: number[] = [];
  for (let index = 0; index < 216; index++) {
    const [red, green, blue] = [Math.trunc(index / 36), Math.trunc(index / 6) % 6, index % 6]
      .map((step) => levels[step]!) as [number, number, number];
    const brightness = 0.299 * red + 0.587 * green + 0.114 * blue;
    const colorful = Math.max(red, green, blue) - Math.min(red, green, blue) >= 80;
    if (brightness >= 95 && brightness <= 165 && colorful) colors.push(16 + index);
  }
  return colors;
}

/** FNV-1a, 32 bits: steady over versions and machines, which is all that is asked of it. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) {
    value = Math.imul(value ^ character.codePointAt(0)!, 0x01000193) >>> 0;
  }
  // The last characters alone would decide over neighbours on the colour wheel.
  return (value ^ (value >>> 15)) >>> 0;
}

/**
 * The SGR parameters of a name's colour: the same for a name at all times, whatever its letter case.
 *
 * @param name A user's name.
 * @param depth How many colours there are.
 * @return For example `38;5;140`; empty where there are no colours.
 */
export function nameColor(name: string, depth: ColorDepth): string {
  const number = hash(name.toLowerCase());
  switch (depth) {
    case "none":
      return "";
    case "16":
      return String(nameColors16[number % nameColors16.length]);
    case "256":
      return `38;5;${nameColors256[number % nameColors256.length]}`;
    case "true":
      return `38;2;${fromHue(number % 360, 0.55).join(";")}`;
  }
}

/** A colour of the wheel, with lightness adjusted so that yellow and blue can both be read. */
function fromHue(hue: number, saturation: number): [number, number, number] {
  const lightness = hue > 220 && hue < 290 ? 0.66 : hue > 45 && hue < 190 ? 0.46 : 0.58;
  const chroma = saturation * Math.min(lightness, 1 - lightness);
  const part = (offset: number) => {
    const at = (offset + hue / 30) % 12;
    return Math.round(255 * (lightness - chroma * Math.max(-1, Math.min(at - 3, 9 - at, 1))));
  };
  return [part(0), part(8), part(4)];
}

/**
 * The SGR parameters of a style.
 *
 * @param style The style.
 * @param depth How many colours there are.
 * @return For example `1;32`; empty for text that looks like any other.
 */
export function sgrOf(style: Style, depth: ColorDepth): string {
  if (style.asTyped === true && hasShades(depth)) return shade;
  const parts: string[] = [];
  if (style.bold === true) parts.push("1");
  if (style.underline === true) parts.push("4");
  if (style.inverse === true) parts.push("7");
  if (depth !== "none" && style.tone !== undefined) parts.push(tones[style.tone]);
  if (style.ofName !== undefined) parts.push(nameColor(style.ofName, depth));
  return parts.filter((part) => part !== "").join(";");
}

/** What tells how many colours a terminal has. */
export interface ColorSurroundings {
  /** Reads an environment variable. */
  readonly variable: (name: string) => string | undefined;
}

/**
 * How many colours the terminal has.
 *
 * @param wanted What the person set; `auto` looks at the environment.
 * @param surroundings The environment.
 */
export function colorDepth(
  wanted: ColorDepth | "auto",
  { variable }: ColorSurroundings,
): ColorDepth {
  if (wanted !== "auto") return wanted;
  // no-color.org: any value but an empty one.
  if ((variable("NO_COLOR") ?? "") !== "") return "none";
  const term = variable("TERM") ?? "";
  if (/^(truecolor|24bit)$/.test(variable("COLORTERM") ?? "")) return "true";
  if (/256color|kitty|ghostty|foot|alacritty/.test(term)) return "256";
  return /^(dumb|vt\d+)?$/.test(term) ? "none" : "16";
}

/** A span of plain text. */
export function plain(text: string): Span {
  return { text };
}

/** A span of a tone. */
export function toned(tone: Tone, text: string): Span {
  return { text, style: { tone } };
}

/** A user's name in its colour. */
export function named(name: string, text: string = name): Span {
  return { text, style: { ofName: name, bold: true } };
}
