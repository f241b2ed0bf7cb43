/**
 * A person at the line-by-line interface whose answers are given beforehand.
 *
 * @module
 */
import type { Lines } from "../../../client/plain/lines.ts";
import { PlainInterface } from "../../../client/plain/plain.ts";
import type { ClientFixture, TestClient } from "../core/client_fixture.ts";

/** What is typed and what is shown. */
export class Script implements Lines {
  readonly shown: string[] = [];
  readonly isTerminal: boolean;
  readonly #answers: string[];
  #wake = Promise.withResolvers<void>();

  /**
   * @param answers What is typed, line by line; then the input ends.
   * @param isTerminal Whether a person types it.
   */
  constructor(answers: readonly string[], isTerminal: boolean = true) {
    this.isTerminal = isTerminal;
    this.#answers = [...answers];
  }

  read(): Promise<string | null> {
    return Promise.resolve(this.#answers.shift() ?? null);
  }

  readSecret(question: string): Promise<string | null> {
    this.write(question);
    return this.read();
  }

  write(line: string): void {
    this.shown.push(line);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  writeAside(lines: readonly string[]): void {
    for (const line of lines) this.write(line);
  }

  /** Waits until a line was shown. */
  async until(line: string): Promise<void> {
    while (!this.shown.includes(line)) await this.#wake.promise;
  }

  /** What was shown, without prompts and greeting. */
  get answers(): string[] {
    return this.shown.slice(1).filter((line) => !line.startsWith("Please enter your operation"));
  }
}

/**
 * Signs in, types lines, and gives what was shown.
 *
 * @param fixture The server.
 * @param name Who.
 * @param answers What is typed.
 */
export async function talk(
  fixture: ClientFixture,
  name: string,
  ...answers: string[]
): Promise<{ script: Script; test: TestClient }> {
  return await converse(fixture, name, new Script(answers));
}

/** The same for a script, whose input is no terminal. */
export async function pipe(
  fixture: ClientFixture,
  name: string,
  ...answers: string[]
): Promise<{ script: Script; view: PlainInterface; test: TestClient }> {
  return await converse(fixture, name, new Script(answers, false));
}

async function converse(
  fixture: ClientFixture,
  name: string,
  script: Script,
): Promise<{ script: Script; view: PlainInterface; test: TestClient }> {
  const view = new PlainInterface(script);
  const test = await fixture.open(name, { onEvent: view.onEvent, ready: view.ready });
  await view.run(test.client);
  return { script, view, test };
}
