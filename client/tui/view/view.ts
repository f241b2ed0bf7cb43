/**
 * The interface's picture: prints lines, keeps the live rows up to date, reads keys. It knows nothing of servers.
 *
 * @module
 */
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { CompletionSource } from "../input/completion.ts";
import { Input } from "../input/input.ts";
import type { InputHandlers } from "../input/input_handlers.ts";
import { inputRows } from "../input/input_rows.ts";
import { KeyReader } from "../terminal/keys.ts";
import type { PaintOptions } from "../terminal/paint.ts";
import type { QuestionKind } from "../input/question.ts";
import { type LiveRows, Screen } from "../terminal/screen.ts";
import { type Status, statusRow } from "./status.ts";
import { hasShades, plain, type StyledLine, toned } from "../terminal/style.ts";
import { cutToWidth } from "../terminal/text_width.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { wrap, type WrappedRow } from "../terminal/wrap.ts";

/** What the view asks of those who use it. */
export type ViewHandlers =
  & Omit<InputHandlers, "onSuspend" | "onRedraw" | "onChanged" | "onNotice">
  & {
    /** The keyboard is gone. */
    readonly onEnd: () => void;
    /** What is typed may have changed. */
    readonly onTyped: () => void;
    readonly onSignal: (signal: string) => void;
  };

/** DSR (ECMA-48): where is the cursor? */
const askForCursor = "\x1b[6n";
/** Frames that nobody typed for come at most this often. */
const frameIntervalMs = 16;
/** After this long, an ESC that nothing follows was the key itself. */
const escapeTimeoutMs = 60;
/** A terminal that does not say where its cursor is by then never does. */
const cursorTimeoutMs = 500;
/** How long a terminal's size must stay before anything is drawn for it, in milliseconds. */
const resizeSettlesMs = 40;
/** How long a frame that is under way may take when the program ends. */
const settleTimeoutMs = 200;
/** Lines that wait while the terminal takes nothing (Ctrl-S); beyond that the oldest are left out. */
const waitingLinesMax = 5_000;
/** Rows for posts that are not acknowledged yet. */
const pendingRowsMax = 3;

/** A line to be printed. */
interface WaitingLine {
  readonly line: StyledLine;
  readonly indent: number;
}

/** The picture on one terminal. */
export class View {
  /** The input. */
  readonly input: Input;
  /** Whether the terminal has a shade for what is shown as it was typed. */
  readonly hasShades: boolean;
  /** What an empty input shows. */
  hint = "";
  readonly #terminal: Terminal;
  readonly #screen: Screen;
  readonly #keys: KeyReader;
  readonly #handlers: ViewHandlers;
  #status: Status = {
    current: null,
    unread: [],
    connection: "signing in",
    server: null,
    roundTripMs: null,
    silenceSeconds: null,
    retry: { seconds: 0, mayHurry: false },
    protection: null,
  };
  #pending: readonly StyledLine[] = [];
  readonly #progress = new Map<string, StyledLine>();
  #waiting: WaitingLine[] = [];
  #leftOut = 0;
  #started = false;
  #ended = false;
  #suspended = false;
  /** Runs while a question does not listen yet. */
  #deafTimer: ReturnType<typeof setTimeout> | null = null;
  /** The frames that the terminal is taking, or has taken. */
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  #stale = false;
  #drawnMs = -Infinity;
  #drawTimer: ReturnType<typeof setTimeout> | null = null;
  #escapeTimer: ReturnType<typeof setTimeout> | null = null;
  /** Runs while the terminal is asked where its cursor is; nothing is drawn then. */
  #cursorTimer: ReturnType<typeof setTimeout> | null = null;
  #resizeTimer: ReturnType<typeof setTimeout> | null = null;

  /**
   * @param terminal Where to draw.
   * @param paint What the terminal can show.
   * @param handlers See {@linkcode ViewHandlers}.
   * @param completion What Tab completes with.
   * @param nowMs A clock that only goes forward, for what is typed.
   */
  constructor(
    terminal: Terminal,
    paint: PaintOptions,
    handlers: ViewHandlers,
    completion: CompletionSource,
    nowMs?: () => number,
  ) {
    this.#terminal = terminal;
    this.#screen = new Screen(paint);
    this.hasShades = hasShades(paint.depth);
    this.#handlers = handlers;
    this.input = new Input(
      {
        ...handlers,
        onSuspend: () => this.#suspend(),
        onRedraw: () => this.clear(),
        onChanged: () => this.#drawSoon(),
        onNotice: (text) => this.warn(text),
      },
      completion,
      nowMs,
    );
    this.#keys = new KeyReader((event) => {
      if (event.type === "cursor") this.#findCursor(event.column);
      else this.input.take(event);
    });
  }

  /** Takes over the terminal and paints. */
  start(): void {
    this.#started = true;
    this.#terminal.start({
      onInput: (bytes) => this.#takeInput(bytes),
      onEnd: () => this.#handlers.onEnd(),
      onResize: () => this.#resize(),
      onResume: () => {
        this.#suspended = false;
        this.#screen.forget();
        this.#draw();
      },
      onSignal: (signal) => {
        this.#ended = true;
        this.#handlers.onSignal(signal);
      },
    });
    this.#draw();
  }

  /** Gives the terminal back; what was to be printed is printed. Does nothing the second time. */
  async stop(): Promise<void> {
    if (!this.#started || this.#ended) return;
    this.#ended = true;
    const timers = [this.#drawTimer, this.#escapeTimer, this.#cursorTimer, this.#resizeTimer];
    for (const timer of [...timers, this.#deafTimer]) {
      if (timer !== null) clearTimeout(timer);
    }
    await this.#settled();
    this.#wrapWaiting();
    this.#terminal.stop(this.#screen.leave(this.#terminal.size));
  }

  /** The terminal's width. */
  get columns(): number {
    return this.#terminal.size.columns;
  }

  /** Prints a line. Rows after its first are indented. */
  print(line: StyledLine, indent: number = 0): void {
    this.#waiting.push({ line, indent });
    if (this.#waiting.length > waitingLinesMax) {
      this.#waiting.shift();
      this.#leftOut++;
    }
    this.#drawSoon();
  }

  /** Prints a remark of the program. The text must be safe; line feeds begin new lines. */
  notice(text: string): void {
    for (const line of text.split("\n")) this.print([toned("dim", `-- ${line}`)], 3);
  }

  /** Prints what went wrong. The text must be safe. */
  warn(text: string): void {
    for (const line of text.split("\n")) this.print([toned("warning", `!! ${line}`)], 3);
  }

  /** Prints a text as it was typed, to be copied. */
  printText(text: string): void {
    for (const line of safeText(text, { lines: "keep" }).split("\n")) this.print([plain(line)]);
  }

  /** Asks a question below the status line; see `Question.answer`. */
  async ask(text: string, kind: QuestionKind): Promise<string | null> {
    const answer = this.input.ask(text, kind);
    this.#drawSoon();
    return await answer;
  }

  /** Shows another status. */
  setStatus(status: Status): void {
    this.#status = status;
    this.#drawSoon();
  }

  /** Shows these posts as pending, above the status line. */
  setPending(lines: readonly StyledLine[]): void {
    this.#pending = lines;
    this.#drawSoon();
  }

  /** Shows how far something is, above the status line; null where it is done. @param key Which of several it is. */
  showProgress(key: string, line: StyledLine | null): void {
    if (line === null) this.#progress.delete(key);
    else this.#progress.set(key, line);
    this.#drawSoon();
  }

  /** Makes the screen empty; what has scrolled out of it stays with the terminal. */
  clear(): void {
    this.send(this.#screen.clear(this.#terminal.size));
  }

  /** Sends a sequence of ours that draws nothing. */
  send(sequence: string): void {
    if (!this.#started || this.#ended) return;
    this.#terminal.write(sequence).then(() => this.#drawSoon());
  }

  async #suspend(): Promise<void> {
    // Nothing may be drawn between now and the moment in which the program really stops.
    this.#suspended = true;
    await this.#settled();
    this.#terminal.suspend(this.#screen.leave(this.#terminal.size));
  }

  /** Waits until the terminal has taken the frame that is under way, unless it takes nothing at all. */
  async #settled(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<void>((resolve) => timer = setTimeout(resolve, settleTimeoutMs));
    await Promise.race([this.#writing, timeout]);
    clearTimeout(timer);
  }

  /** A window that is dragged changes its size many times: what is written for one size must not meet the next one. */
  #resize(): void {
    if (this.#resizeTimer !== null) clearTimeout(this.#resizeTimer);
    this.#resizeTimer = setTimeout(() => this.#resized(), resizeSettlesMs);
  }

  #resized(): void {
    this.#resizeTimer = null;
    if (!this.#screen.isCursorDoubtful(this.#terminal.size.columns)) return this.#drawSoon();
    if (this.#cursorTimer !== null) clearTimeout(this.#cursorTimer);
    this.#cursorTimer = setTimeout(() => this.#findCursor(null), cursorTimeoutMs);
    this.#terminal.write(askForCursor);
  }

  #findCursor(column: number | null): void {
    if (this.#cursorTimer === null) return;
    clearTimeout(this.#cursorTimer);
    this.#cursorTimer = null;
    if (column !== null) this.#screen.noteCursor(column, this.#terminal.size.columns);
    this.#drawSoon();
  }

  #takeInput(bytes: Uint8Array): void {
    // Nobody sees what is typed now.
    if (this.#suspended) return;
    if (this.#escapeTimer !== null) clearTimeout(this.#escapeTimer);
    this.#escapeTimer = null;
    this.#keys.read(bytes);
    this.#handlers.onTyped();
    if (this.#keys.waiting) {
      this.#escapeTimer = setTimeout(() => {
        this.#keys.timeOut();
        this.#handlers.onTyped();
        this.#draw();
      }, escapeTimeoutMs);
    }
    // An echo waits for nothing.
    this.#draw();
  }

  #drawSoon(): void {
    if (this.#drawTimer !== null || !this.#started || this.#ended) return;
    const waitMs = Math.max(0, this.#drawnMs + frameIntervalMs - performance.now());
    this.#drawTimer = setTimeout(() => this.#draw(), waitMs);
  }

  /** While the terminal is busy with one frame, what changes is gathered for the next one. */
  #draw(): void {
    if (this.#drawTimer !== null) clearTimeout(this.#drawTimer);
    this.#drawTimer = null;
    this.#stale = true;
    if (!this.#isWriting) this.#writing = this.#writeFrames();
  }

  async #writeFrames(): Promise<void> {
    this.#isWriting = true;
    while (this.#stale && this.#mayDraw) {
      this.#stale = false;
      this.#drawnMs = performance.now();
      this.#wrapWaiting();
      const { size } = this.#terminal;
      await this.#terminal.write(this.#screen.frame(this.#live(size.columns, size.rows), size));
    }
    // In the same moment in which it was looked: what becomes stale from now on begins a frame of its own.
    this.#isWriting = false;
  }

  get #mayDraw(): boolean {
    const settled = this.#resizeTimer === null && this.#cursorTimer === null;
    return !this.#ended && !this.#suspended && settled;
  }

  #wrapWaiting(): void {
    const { columns } = this.#terminal.size;
    if (this.#leftOut > 0) {
      const text = `-- ${this.#leftOut} lines were left out while the terminal was stopped.`;
      this.#screen.print(wrap([toned("dim", text)], columns, 3));
      this.#leftOut = 0;
    }
    for (const { line, indent } of this.#waiting) this.#screen.print(wrap(line, columns, indent));
    this.#waiting = [];
  }

  /** At most all rows but one, so that the screen never scrolls because of us. */
  #live(columns: number, rows: number): LiveRows {
    const room = Math.max(1, rows - 1);
    const status = room > 1 && !this.#isAskedFirst ? [statusRow(this.#status, columns)] : [];
    const inputRoom = Math.max(1, Math.min(room - status.length, Math.ceil(rows / 2)));
    const input = inputRows(this.input.view(this.hint), columns, inputRoom);
    this.#drawWhenListening();
    const pendingRoom = Math.min(pendingRowsMax, room - status.length - input.rows.length);
    const above = [...this.#pendingRows(columns, pendingRoom), ...status];
    return {
      rows: [...above, ...input.rows],
      cursorRow: above.length + input.cursorRow,
      cursorAt: input.cursorAt,
    };
  }

  /** Whether it is the person who is waited for before there is a session: then the question says all that there is to say. */
  get #isAskedFirst(): boolean {
    return this.#status.connection === "signing in" && this.input.asking;
  }

  /** A question that begins to listen looks different. */
  #drawWhenListening(): void {
    if (this.#deafTimer !== null) clearTimeout(this.#deafTimer);
    const { deafMs } = this.input;
    this.#deafTimer = deafMs > 0 ? setTimeout(() => this.#draw(), deafMs) : null;
  }

  /** One row for each post: it is printed in full when it is acknowledged. */
  #pendingRows(columns: number, room: number): WrappedRow[] {
    const all = [...this.#progress.values(), ...this.#pending];
    if (room <= 0 || all.length === 0) return [];
    const hidden = all.length - room;
    const shown = hidden > 0 ? all.slice(0, room - 1) : all;
    const lines = hidden > 0
      ? [...shown, [toned("dim", `  … and ${hidden + 1} more are pending`)]]
      : shown;
    return lines.map((line) => oneRow(line, columns - 1));
  }
}

/** A line cut to one row. */
function oneRow(line: StyledLine, columns: number): WrappedRow {
  const text = line.map((span) => span.text).join("");
  const cut = cutToWidth(text, columns);
  return wrap([{ ...line[0]!, text: cut }], Math.max(1, columns))[0]!;
}
