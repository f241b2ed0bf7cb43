/**
 * The bell, and notifications of the desktop by the terminal's own sequences.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";

/** What is told. */
export type NotifyLevel = "off" | "mention" | "all";

/** How the desktop is told: OSC 9 (iTerm2, WezTerm, Windows Terminal), OSC 777 (rxvt, foot, VTE), or not at all. */
export type DesktopForm = "off" | "osc9" | "osc777";

const charactersMax = 120;
/** A flood of posts rings once. */
const intervalMs = 1_000;

/** Makes notifications. */
export class Notifications {
  level: NotifyLevel;
  readonly #bell: boolean;
  readonly #desktop: DesktopForm;
  readonly #nowMs: () => number;
  #lastMs = -Infinity;

  /**
   * @param level What is told.
   * @param bell Whether the terminal's bell rings.
   * @param desktop How the desktop is told.
   * @param nowMs A clock that only goes forward.
   */
  constructor(
    level: NotifyLevel,
    bell: boolean,
    desktop: DesktopForm,
    nowMs: () => number = () => performance.now(),
  ) {
    this.level = level;
    this.#bell = bell;
    this.#desktop = desktop;
    this.#nowMs = nowMs;
  }

  /**
   * What to send to the terminal for a post of somebody else.
   *
   * @param concerns Whether it mentions the reader or is private.
   * @param from Who wrote it.
   * @param text What it says; not yet safe.
   * @return The sequences; empty where nothing is to be told.
   */
  sequenceFor(concerns: boolean, from: string, text: string): string {
    if (this.level === "off" || (this.level === "mention" && !concerns)) return "";
    const nowMs = this.#nowMs();
    if (nowMs - this.#lastMs < intervalMs) return "";
    this.#lastMs = nowMs;
    return (this.#bell ? "\x07" : "") + this.#desktopSequence(from, text);
  }

  #desktopSequence(from: string, text: string): string {
    const title = oneWord(from);
    const body = shortened(text);
    switch (this.#desktop) {
      case "off":
        return "";
      case "osc9":
        // ConEmu and Windows Terminal take "4;…" for a progress bar: a name and a colon in front rule that out.
        return `\x1b]9;${title}: ${body}\x1b\\`;
      case "osc777":
        return `\x1b]777;notify;${title};${body}\x1b\\`;
    }
  }
}

/** A semicolon would end the title. */
function oneWord(name: string): string {
  return safeText(name).replaceAll(";", ",");
}

function shortened(text: string): string {
  return [...safeText(text.slice(0, 4 * charactersMax))].slice(0, charactersMax).join("");
}

/** What tells which notifications the terminal knows. */
export interface NotificationSurroundings {
  /** Reads an environment variable. */
  readonly variable: (name: string) => string | undefined;
}

/** How the desktop is told on this terminal; not at all where it is not known to understand. */
export function desktopForm(
  wanted: DesktopForm | "auto",
  { variable }: NotificationSurroundings,
): DesktopForm {
  if (wanted !== "auto") return wanted;
  const program = variable("TERM_PROGRAM") ?? "";
  const term = variable("TERM") ?? "";
  if (/^(iTerm\.app|WezTerm|ghostty)$/.test(program) || /kitty/.test(term)) return "osc9";
  return /^(foot|rxvt)/.test(term) ? "osc777" : "off";
}
