/**
 * The real terminal: raw mode and back, its size, what is typed, what is written, stopping and going on.
 *
 * @module
 */
import type { Size } from "./screen.ts";

/** What happens on a terminal. */
export interface TerminalHandlers {
  /** Bytes came from the keyboard. */
  readonly onInput: (bytes: Uint8Array) => void;
  /** The keyboard is gone: the terminal was closed. */
  readonly onEnd: () => void;
  /** The size changed. */
  readonly onResize: () => void;
  /** The program goes on after Ctrl-Z and `fg`. */
  readonly onResume: () => void;
  /** The program was told to end; the terminal is as it was already. */
  readonly onSignal: (signal: "SIGTERM" | "SIGHUP" | "SIGINT") => void;
}

/** What the interface needs of a terminal. */
export interface Terminal {
  readonly size: Size;
  /** Takes over the terminal. */
  start(handlers: TerminalHandlers): void;
  /** Writes; resolves when the terminal took all of it. */
  write(text: string): Promise<void>;
  /** Lets the shell go on, as Ctrl-Z does. `farewell` is written first; returns when the program goes on. */
  suspend(farewell: string): void;
  /** Gives the terminal back as it was. `farewell` is written first. Does nothing the second time. */
  stop(farewell: string): void;
}

/** Bracketed paste. */
const modesOn = "\x1b[?2004h";
/** Bracketed paste off, lines wrap, the cursor is seen, frames end, text looks ordinary, no link is open. */
const modesOff = "\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?2026l\x1b]8;;\x1b\\\x1b[0m";

/** A program that still runs this long after the signal was not stopped by it. */
const ignoredAfterMs = 50;

const endings = ["SIGTERM", "SIGHUP", "SIGINT"] as const;
const encoder = new TextEncoder();

/** Standard input and output, which are a terminal. */
export class StandardTerminal implements Terminal {
  #handlers: TerminalHandlers | null = null;
  #stopped = false;
  /** Whether the terminal is the shell's for the time being. */
  #away = false;
  #awayTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #removers: (() => void)[] = [];

  /** Columns and rows; 80x24 where the terminal does not say. */
  get size(): Size {
    try {
      const { columns, rows } = Deno.consoleSize();
      return { columns: columns || 80, rows: rows || 24 };
    } catch {
      return { columns: 80, rows: 24 };
    }
  }

  /** Takes over the terminal: keys come one by one, and nothing is echoed. */
  start(handlers: TerminalHandlers): void {
    this.#handlers = handlers;
    // Whatever happens, the terminal must be as it was: also when the program fails.
    this.#on("error", () => this.stop(""));
    this.#on("unhandledrejection", () => this.stop(""));
    this.#on("unload", () => this.stop(""));
    for (const signal of endings) {
      this.#onSignal(signal, () => {
        this.stop("\r\n");
        handlers.onSignal(signal);
      });
    }
    this.#onSignal("SIGWINCH", () => handlers.onResize());
    this.#onSignal("SIGCONT", () => this.#resume());
    this.#enter();
    this.#read(handlers);
  }

  /** Writes all of a text. */
  async write(text: string): Promise<void> {
    const bytes = encoder.encode(text);
    try {
      for (let at = 0; at < bytes.length && !this.#stopped;) {
        at += await Deno.stdout.write(bytes.subarray(at));
      }
    } catch {
      this.#handlers?.onEnd();
    }
  }

  /**
   * Stops the whole process group, as the kernel does where it sees Ctrl-Z itself. Where no shell could let the program go on
   * (the command of a window, or of `ssh -t`), the kernel ignores that: then it goes on by itself.
   */
  suspend(farewell: string): void {
    this.#leave(farewell);
    this.#away = true;
    this.#resumeUnlessStopped();
    try {
      Deno.kill(0, "SIGTSTP");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotCapable)) throw error;
      // Without permission to signal others, the program may still stop itself.
      Deno.kill(Deno.pid, "SIGTSTP");
    }
  }

  /** Gives the terminal back as it was. */
  stop(farewell: string): void {
    if (this.#stopped || this.#handlers === null) return;
    this.#stopped = true;
    clearTimeout(this.#awayTimer);
    for (const remove of this.#removers) remove();
    this.#leave(farewell);
  }

  /** A program that is stopped runs no timers; when it goes on, SIGCONT has come by the second one. */
  #resumeUnlessStopped(): void {
    this.#awayTimer = setTimeout(() => {
      this.#awayTimer = setTimeout(() => {
        if (this.#away) this.#resume();
      }, ignoredAfterMs);
    }, ignoredAfterMs);
  }

  #resume(): void {
    if (this.#stopped) return;
    this.#away = false;
    this.#enter();
    this.#handlers?.onResume();
  }

  #enter(): void {
    Deno.stdin.setRaw(true);
    writeNow(modesOn);
  }

  #leave(farewell: string): void {
    writeNow(farewell + modesOff);
    try {
      Deno.stdin.setRaw(false);
    } catch {
      // The terminal is gone.
    }
  }

  async #read(handlers: TerminalHandlers): Promise<void> {
    const buffer = new Uint8Array(16 * 1024);
    while (!this.#stopped) {
      const count = await Deno.stdin.read(buffer).catch(() => null);
      if (this.#stopped) return;
      if (count === null) return handlers.onEnd();
      handlers.onInput(buffer.slice(0, count));
    }
  }

  #on(type: "error" | "unhandledrejection" | "unload", listener: () => void): void {
    globalThis.addEventListener(type, listener);
    this.#removers.push(() => globalThis.removeEventListener(type, listener));
  }

  #onSignal(signal: Deno.Signal, listener: () => void): void {
    if (Deno.build.os === "windows" && signal !== "SIGINT") return;
    Deno.addSignalListener(signal, listener);
    this.#removers.push(() => Deno.removeSignalListener(signal, listener));
  }
}

/** For the few bytes that must be out before the program goes on. */
function writeNow(text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  } catch {
    // The terminal is gone.
  }
}
