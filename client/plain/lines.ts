/**
 * Lines of standard input, and lines of standard output.
 *
 * @module
 */

/** Where a dialogue reads and writes. */
export interface Lines {
  /** Whether a person types, who can be asked again; else it is a script. */
  readonly isTerminal: boolean;
  /** The next line, or null at the end of input. */
  read(): Promise<string | null>;
  /** Asks for something that must not be seen on a terminal; null at the end of input. */
  readSecret(question: string): Promise<string | null>;
  /** Writes one line. Whatever comes from a peer must have gone through `safeText`. */
  write(line: string): void;
  /** The same for lines that nobody has asked for: they do not stand behind what is being typed. */
  writeAside(lines: readonly string[]): void;
}

/** Characters of a line that are kept; the rest of a longer one comes as the next line. */
const lineCharactersMax = 1024 * 1024;
/** Bytes of a line that a terminal's own line editing keeps on Linux; it says nothing of what it drops beyond them. */
const terminalLineBytesMax = 4_095;
const lineCutOff =
  "(That line was too long and was discarded. A terminal passes on at most 4,094 bytes of a line; " +
  "send longer messages from the full interface, or through a pipe.)";
/** What ends a line or, typed without a line editor, a secret; and what takes a character back. */
const lineEnd = /\r?\n/;
/** Ctrl-D ends a secret too: with nothing before it, it is the end of input, as on an ordinary line. */
// deno-lint-ignore no-control-regex -- Ctrl-D is what is looked for
const secretEnd = /[\r\n\u0004]/;
const lastCharacterErased = /[^\b\u007f]?[\b\u007f]/u;

/** Standard input and output. */
export class StandardLines implements Lines {
  #reader: ReadableStreamDefaultReader<string> | null = null;
  #buffer = "";
  #ended = false;
  /** Whether a line is waited for that is shown while it is typed. */
  #isTyping = false;
  /** What the last line ended with. */
  #lastEnd = "";

  /** Whether standard input is a terminal. */
  get isTerminal(): boolean {
    return Deno.stdin.isTerminal();
  }

  /** The next line, or null at the end of input. In the place of one that a terminal may have cut off: an empty one, and a remark. */
  async read(): Promise<string | null> {
    this.#isTyping = this.isTerminal;
    const line = await this.#readUntil(lineEnd);
    this.#isTyping = false;
    if (line === null || !this.isTerminal) return line;
    if (new TextEncoder().encode(line).length < terminalLineBytesMax) return line;
    this.write(lineCutOff);
    return "";
  }

  /** On a terminal nothing of the answer is shown; elsewhere it is the next line. */
  async readSecret(question: string): Promise<string | null> {
    if (!this.isTerminal) {
      this.write(question);
      return await this.read();
    }
    // Ctrl-C still ends the program; the rest of line editing is ours. Before the question: whoever is quick would be shown.
    Deno.stdin.setRaw(true, { cbreak: true });
    try {
      this.write(question);
      const typed = await this.#readUntil(secretEnd);
      if (typed === null || (typed === "" && this.#lastEnd === "\u0004")) return null;
      return withoutErased(typed);
    } finally {
      Deno.stdin.setRaw(false);
    }
  }

  /** What comes before the next `end`, or what is left at the end of input. */
  async #readUntil(end: RegExp): Promise<string | null> {
    for (;;) {
      const found = end.exec(this.#buffer);
      if (found !== null) {
        this.#lastEnd = found[0];
        return this.#take(found.index, found[0].length);
      }
      if (this.#buffer.length >= lineCharactersMax) return this.#take(lineCharactersMax, 0);
      if (this.#ended) return this.#buffer === "" ? null : this.#take(this.#buffer.length, 0);
      await this.#fill();
    }
  }

  #take(length: number, endLength: number): string {
    const text = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(length + endLength);
    return text;
  }

  async #fill(): Promise<void> {
    // Opened on first use: before that, a password may be asked for without echo.
    this.#reader ??= Deno.stdin.readable.pipeThrough(new TextDecoderStream()).getReader();
    const { value, done } = await this.#reader.read();
    this.#ended = done;
    this.#buffer += value ?? "";
  }

  /** On a terminal after an empty line: it does not tell what is typed, and part of a line may be. */
  writeAside(lines: readonly string[]): void {
    if (lines.length === 0) return;
    const gap = this.#isTyping && Deno.stdout.isTerminal() ? "\n" : "";
    this.write(gap + lines.join("\n"));
  }

  /** Writes one line; where nobody reads any more, the program ends quietly, as programs in a pipe do. */
  write(line: string): void {
    const bytes = new TextEncoder().encode(line + "\n");
    try {
      for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
      throw error;
    }
  }
}

function withoutErased(typed: string): string {
  let text = typed;
  while (lastCharacterErased.test(text)) text = text.replace(lastCharacterErased, "");
  return text;
}
