/**
 * Runs programs in a real pseudo-terminal, with a model of the screen to read what a person would see.
 *
 * @module
 */
import { deadline } from "@std/async/deadline";
import { type IPty, spawn } from "@lydell/node-pty";
import headless from "@xterm/headless";
import graphemes from "@xterm/addon-unicode-graphemes";
import { chatProgram } from "../fixtures/chat_program.ts";
import { patienceMs } from "./processes.ts";

/** How a terminal is. */
export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  /** Variables over those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the terminal joins emoji, as new ones do; else it knows the widths of Unicode 6 only, as old ones do. */
  readonly joinsEmoji?: boolean;
}

/** A stretch of one look on the screen. */
export interface Run {
  text: string;
  /** Where it begins, from 0. */
  readonly column: number;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly inverse: boolean;
  readonly underline: boolean;
  /** A number of the palette, or 24 bits where `trueColor`; null for the usual colour. */
  readonly color: number | null;
  readonly trueColor: boolean;
  /** What it stands on: a number of the palette; null for the usual ground. */
  readonly ground: number | null;
}

function sameLook(one: Omit<Run, "text" | "column">, other: Omit<Run, "text" | "column">): boolean {
  return one.bold === other.bold && one.dim === other.dim && one.inverse === other.inverse &&
    one.underline === other.underline && one.color === other.color &&
    one.ground === other.ground;
}

/** Variables that would change what programs draw. */
const unwanted = ["NO_COLOR", "COLORTERM", "CI", "TMUX", "TERM_PROGRAM", "COLUMNS", "LINES"];

/** A program in a terminal. */
export class TerminalProgram implements AsyncDisposable {
  /** Everything that the program has written. */
  raw = "";
  /** Resolves with the exit status and the signal that ended it, 0 for none. */
  readonly exit: Promise<{ exitCode: number; signal?: number | undefined }>;
  readonly #pty: IPty;
  readonly #terminal: headless.Terminal;
  #ended = false;
  #wake = Promise.withResolvers<void>();

  /**
   * @param command The program and its arguments.
   * @param options See {@linkcode TerminalOptions}.
   */
  constructor(command: readonly [string, ...string[]], options: TerminalOptions = {}) {
    const { columns = 80, rows = 24, joinsEmoji = true } = options;
    this.#terminal = new headless.Terminal({
      cols: columns,
      rows,
      scrollback: 20_000,
      allowProposedApi: true,
    });
    if (joinsEmoji) {
      this.#terminal.loadAddon(new graphemes.UnicodeGraphemesAddon());
      this.#terminal.unicode.activeVersion = "15-graphemes";
    }
    const [file, ...args] = command;
    const env: Record<string, string> = {
      ...Deno.env.toObject(),
      TERM: "xterm-256color",
      TZ: "UTC",
    };
    for (const name of unwanted) delete env[name];
    Object.assign(env, options.env);
    this.#pty = spawn(file, args, { cols: columns, rows, name: env["TERM"]!, env });
    this.#pty.onData((data) => {
      this.raw += data;
      this.#wakeAll();
      this.#terminal.write(data, () => this.#wakeAll());
    });
    // A terminal answers, for example where its cursor is.
    this.#terminal.onData((data) => this.#pty.write(data));
    this.exit = new Promise((resolve) =>
      this.#pty.onExit((exit) => {
        this.#ended = true;
        resolve(exit);
      })
    );
  }

  /** The process's number. */
  get pid(): number {
    return this.#pty.pid;
  }

  /** Where the cursor is: column and row of the screen, from 0. */
  get cursor(): { column: number; row: number } {
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    return { column: cursorX, row: cursorY };
  }

  /** The rows of the screen, without spaces at their ends. */
  screen(): string[] {
    return this.#rows(this.#terminal.buffer.active.baseY);
  }

  /** The rows of the screen and all that has scrolled out of it. */
  everything(): string[] {
    return this.#rows(0);
  }

  /** Rows as a copy has them: what the terminal itself wrapped is one line. */
  copied(): string[] {
    const buffer = this.#terminal.buffer.active;
    const lines: string[] = [];
    for (let row = 0; row < buffer.length; row++) {
      const line = buffer.getLine(row)!;
      const text = line.translateToString(true);
      if (line.isWrapped) lines.push(lines.pop()! + text);
      else lines.push(text);
    }
    return lines;
  }

  /** The rows with something in them, joined: for searching. */
  text(): string {
    return this.everything().filter((row) => row !== "").join("\n");
  }

  /** The look of the first cell of a text on the screen. */
  lookOf(text: string): { bold: boolean; inverse: boolean; dim: boolean; color: number } {
    const { active } = this.#terminal.buffer;
    const rows = this.everything();
    const row = rows.findLastIndex((line) => line.includes(text));
    if (row < 0) throw new Error(`There is no "${text}" on the screen:\n${rows.join("\n")}`);
    const cell = active.getLine(row)!.getCell(rows[row]!.indexOf(text))!;
    return {
      bold: cell.isBold() !== 0,
      inverse: cell.isInverse() !== 0,
      dim: cell.isDim() !== 0,
      color: cell.isFgDefault() ? -1 : cell.getFgColor(),
    };
  }

  /** The rows of the screen as stretches of one look. */
  runs(): Run[][] {
    const { active } = this.#terminal.buffer;
    return Array.from({ length: this.#terminal.rows }, (_, row) => {
      const runs: Run[] = [];
      const line = active.getLine(active.baseY + row)!;
      for (let column = 0; column < this.#terminal.cols; column++) {
        const cell = line.getCell(column)!;
        if (cell.getWidth() === 0) continue;
        const look = {
          bold: cell.isBold() !== 0,
          dim: cell.isDim() !== 0,
          inverse: cell.isInverse() !== 0,
          underline: cell.isUnderline() !== 0,
          color: cell.isFgDefault() ? null : cell.getFgColor(),
          trueColor: cell.isFgRGB(),
          ground: cell.isBgDefault() ? null : cell.getBgColor(),
        };
        const last = runs.at(-1);
        const text = cell.getChars() || " ";
        if (last !== undefined && sameLook(last, look)) last.text += text;
        else runs.push({ ...look, column, text });
      }
      return runs;
    });
  }

  /** Types; keys are what a terminal sends for them. */
  type(text: string): void {
    this.#pty.write(text);
  }

  /** Types a line and Enter. */
  enter(text: string): void {
    this.type(text);
    this.type("\r");
  }

  /** Makes the terminal larger or smaller. */
  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** Sends a signal to the program. */
  signal(signal: Deno.Signal): void {
    Deno.kill(this.pid, signal);
  }

  /**
   * Waits until the terminal shows something.
   *
   * @param wanted A text or expression that the rows with something in them, joined, hold; or a condition.
   */
  async until(wanted: string | RegExp | (() => boolean)): Promise<void> {
    const holds = typeof wanted === "function"
      ? wanted
      : typeof wanted === "string"
      ? () => this.text().includes(wanted)
      : () => wanted.test(this.text());
    await deadline(this.#until(holds), patienceMs).catch((cause) => {
      throw new Error(`Waited in vain for ${wanted}.\n${this.text()}`, { cause });
    });
  }

  /** Waits until a question is asked and takes an answer: until then it is dim. */
  async untilListening(question: string): Promise<void> {
    await this.until(() => this.text().includes(question) && !this.lookOf(question).dim);
  }

  /** Ends the program, however it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) this.#pty.kill("SIGKILL");
    await this.exit;
    // The model parses in steps of its own time: it must not be left in the middle.
    await new Promise<void>((resolve) => this.#terminal.write("", resolve));
    this.#terminal.dispose();
  }

  async #until(holds: () => boolean): Promise<void> {
    // Also after the end: what was written last may still be on its way.
    while (!holds()) await this.#wake.promise;
  }

  #wakeAll(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  #rows(from: number): string[] {
    const buffer = this.#terminal.buffer.active;
    const rows: string[] = [];
    for (let row = from; row < buffer.length; row++) {
      rows.push(buffer.getLine(row)!.translateToString(true));
    }
    return rows;
  }
}

/** The words that start the program. */
export function chatCommand(...args: string[]): [string, ...string[]] {
  return [...chatProgram, ...args];
}
