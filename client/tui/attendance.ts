/**
 * Who is online, and what is told of comings and goings in the conversation that is shown.
 *
 * @module
 */
import { Comings, type ComingsForm, comingsIntervalMs } from "./comings.ts";
import type { Conversations } from "./conversations.ts";
import type { Line } from "./style.ts";

/** Who spoke within this time has spoken lately. */
const latelyMs = 30 * 60 * 1000;

/** What attendance is made with. */
export interface AttendanceOptions {
  readonly conversations: Conversations;
  readonly form: ComingsForm;
  /** Prints a line. */
  readonly print: (line: Line) => void;
}

/** Who is there. */
export class Attendance {
  readonly #options: AttendanceOptions;
  readonly #online = new Set<string>();
  readonly #comings = new Comings();
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** @param options See {@linkcode AttendanceOptions}. */
  constructor(options: AttendanceOptions) {
    this.#options = options;
  }

  /** Everyone online, in alphabetical order. */
  get names(): string[] {
    return [...this.#online].sort();
  }

  /** Exactly these are online. */
  reset(names: readonly string[]): void {
    this.#online.clear();
    for (const name of names) this.#online.add(name);
  }

  /** Another conversation is shown: what was not told yet concerns the one before. */
  forgetNews(): void {
    this.#comings.clear();
  }

  /** Tells nothing more. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** People came online, or went. The lobby is told of all, a room of those who speak there, a conversation of its peer. */
  takePresence(came: readonly string[], left: readonly string[]): void {
    for (const name of came) this.#online.add(name);
    for (const name of left) this.#online.delete(name);
    const { current, list } = this.#options.conversations;
    const concerns = (name: string) =>
      current === list[0] || (current.isRoom ? this.#spokeLately(name) : current.title === name);
    this.#note(came.filter(concerns), left.filter(concerns));
  }

  /** People entered a room, or left it. Whoever comes online comes into the lobby: that is told already. */
  takeMembers(room: string, joined: readonly string[], left: readonly string[]): void {
    const { current, list } = this.#options.conversations;
    if (current.title === room && current !== list[0]) this.#note(joined, left);
  }

  #note(came: readonly string[], left: readonly string[]): void {
    const { ownName } = this.#options.conversations;
    const others = (names: readonly string[]) => names.filter((name) => name !== ownName);
    this.#comings.note(others(came), others(left));
    if (!this.#comings.empty) this.#timer ??= setTimeout(() => this.#tell(), comingsIntervalMs);
  }

  #tell(): void {
    this.#timer = null;
    const line = this.#comings.take(this.#options.form, (name) => this.#spokeLately(name));
    if (line !== null) this.#options.print(line);
  }

  #spokeLately(name: string): boolean {
    const atMs = this.#options.conversations.current.spokeAtMs(name);
    return atMs !== undefined && Date.now() - atMs < latelyMs;
  }
}
