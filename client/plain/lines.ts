/**
 * Lines of standard input, and lines of standard output.
 *
 * @module
 */
import { TextLineStream } from "@std/streams/text-line-stream";

/** Where a dialogue reads and writes. */
export interface Lines {
  /** The next line, or null at the end of input. */
  read(): Promise<string | null>;
  /** Writes one line. Whatever comes from a peer must have gone through `safeText`. */
  write(line: string): void;
}

/** Standard input and output. */
export class StandardLines implements Lines {
  #reader: ReadableStreamDefaultReader<string> | null = null;

  /** The next line, or null at the end of input. */
  async read(): Promise<string | null> {
    // Opened on first use: before that, a password may be asked for without echo.
    this.#reader ??= Deno.stdin.readable
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .getReader();
    const { value, done } = await this.#reader.read();
    return done ? null : value.replace(/\r$/, "");
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
