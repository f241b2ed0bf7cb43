/**
 * Lines that are looked at before their turn: while an operation takes its time, the next lines may end it.
 *
 * @module
 */
import type { Lines } from "./lines.ts";

/** Lines that are looked at meanwhile and wait for their turn; more stay unread. */
const aheadMax = 100;
const shownUntilEnter = "(Press Enter first: until then, what you type can be seen.)";

/** The same lines, in the same order. */
export class LinesAhead implements Lines {
  readonly #lines: Lines;
  /** What was looked at and waits for its turn. */
  readonly #ahead: (string | null)[] = [];
  /** A line that is being waited for. */
  #coming: Promise<string | null> | null = null;

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
    const [first] = this.#ahead;
    if (first === undefined) {
      const line = await this.#next();
      this.#coming = null;
      return line;
    }
    // The end of the input stays the end.
    if (first !== null) this.#ahead.shift();
    return first;
  }

  /** See {@linkcode Lines}. */
  async readSecret(question: string): Promise<string | null> {
    if (this.#ahead.length === 0 && this.#coming === null) {
      return await this.#lines.readSecret(question);
    }
    if (!this.isTerminal || this.#ahead.length > 0) {
      this.#lines.write(question);
      return await this.read();
    }
    // The line that is waited for already is shown as it is typed.
    this.#lines.write(shownUntilEnter);
    if (await this.read() === null) return null;
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
   * Looks at lines as they come, until something is done. All of them keep their turn, but for those that are taken.
   *
   * @param work What is being done.
   * @param take Takes a line, or not.
   * @return What the work gives.
   */
  async during<T>(work: Promise<T>, take: (line: string) => boolean): Promise<T> {
    let isDone = false;
    const done = work.then(() => null, () => null).finally(() => isDone = true);
    while (!isDone && this.#ahead.length < aheadMax && this.#ahead.at(-1) !== null) {
      const line = await Promise.race([done, this.#next()]);
      if (isDone) break;
      this.#coming = null;
      if (line === null || !take(line)) this.#ahead.push(line);
    }
    return await work;
  }

  /** The next line; the same one for all who ask before it has come. */
  #next(): Promise<string | null> {
    this.#coming ??= this.#lines.read();
    return this.#coming;
  }
}
