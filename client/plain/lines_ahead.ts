/**
 * The next line is looked at before its turn: while an operation takes its time, it may end it.
 *
 * @module
 */
import type { Lines } from "./lines.ts";

/** The same lines, in the same order. */
export class LinesAhead implements Lines {
  readonly #lines: Lines;
  /** The next line, where it is waited for already, or has come before its turn. */
  #next: Promise<string | null> | null = null;

  /** @param lines Where they come from. */
  constructor(lines: Lines) {
    this.#lines = lines;
  }

  /** See {@linkcode Lines}. */
  get isTerminal(): boolean {
    return this.#lines.isTerminal;
  }

  /** See {@linkcode Lines}. */
  async read(): Promise<string | null> {
    const line = await this.#look();
    // The end of the input stays the end.
    if (line !== null) this.#next = null;
    return line;
  }

  /** See {@linkcode Lines}. */
  async readSecret(question: string): Promise<string | null> {
    return await this.#lines.readSecret(question);
  }

  /** See {@linkcode Lines}. */
  write(line: string): void {
    this.#lines.write(line);
  }

  /** See {@linkcode Lines}. */
  writeAside(lines: readonly string[]): void {
    this.#lines.writeAside(lines);
  }

  /**
   * Looks at lines as they come, until something is done, or one of them is not taken. That one keeps its turn, and what comes behind it is
   * not looked at: it may be what that one asks for, as the text of BM, or a password.
   *
   * @param work What is being done.
   * @param take Takes a line, or not.
   * @return What the work gives.
   */
  async during<T>(work: Promise<T>, take: (line: string) => boolean): Promise<T> {
    let isDone = false;
    const done = work.then(() => null, () => null).finally(() => isDone = true);
    for (;;) {
      const line = await Promise.race([done, this.#look()]);
      if (isDone || line === null || !take(line)) break;
      this.#next = null;
    }
    return await work;
  }

  /** The same line for all who look before its turn. */
  #look(): Promise<string | null> {
    this.#next ??= this.#lines.read();
    return this.#next;
  }
}
