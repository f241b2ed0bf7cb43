/**
 * Who is online, and what is told of comings and goings in the conversation that is shown.
 *
 * @module
 */
import { Comings, type ComingsForm, comingsIntervalMs } from "./comings.ts";
import type { Conversations } from "./conversations.ts";
import type { StyledLine } from "../terminal/style.ts";

/** Names that are kept, for completion and to tell who came: more people are on no server. */
const onlineMax = 100_000;
/** Who spoke within this time has spoken lately. */
const latelyMs = 30 * 60 * 1000;

/** How long after a lost connection, for example a restart of the server, others may take to be back. */
const returnMs = 60_000;

/** What attendance is made with. */
export interface AttendanceOptions {
  readonly conversations: Conversations;
  readonly form: ComingsForm;
  /** Prints a line. */
  readonly print: (line: StyledLine) => void;
}

/** Who is there. */
export class Attendance {
  readonly #options: AttendanceOptions;
  readonly #online = new Set<string>();
  readonly #comings = new Comings();
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** Whether it is known who is online. */
  #isKnown = false;
  /** Those who were online when the connection was lost, and have not come back yet. */
  readonly #absent = new Set<string>();
  #absentTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param options See {@linkcode AttendanceOptions}. */
  constructor(options: AttendanceOptions) {
    this.#options = options;
  }

  /** Everyone online, in alphabetical order. */
  get names(): string[] {
    return [...this.#online].sort();
  }

  /** Exactly these are online. Those who were so before the connection was lost may only be a little later. */
  reset(names: readonly string[]): void {
    this.#online.clear();
    for (const name of names) this.#online.add(name);
    this.#isKnown = true;
    for (const name of names) this.#absent.delete(name);
    if (this.#absent.size === 0) return;
    clearTimeout(this.#absentTimer);
    this.#absentTimer = setTimeout(() => this.#tellAbsent(), returnMs);
  }

  /** The connection is lost: what the server last told of goings may have been its own end. */
  lost(): void {
    this.#isKnown = false;
    for (const name of [...this.#online, ...this.#comings.gone]) this.#absent.add(name);
    this.#comings.clear();
  }

  /** Somebody has said something in the conversation that is shown: first it is told that they came. */
  spoke(name: string): void {
    if (!this.#isKnown) return;
    if (!this.#online.has(name)) this.takePresence([name], []);
    if (this.#comings.came.includes(name)) this.#tell();
  }

  /** Another conversation is shown: what was not told yet concerns the one before. */
  forgetNews(): void {
    this.#comings.clear();
  }

  /** Tells nothing more. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    clearTimeout(this.#absentTimer);
  }

  /** People came online, or went. The lobby is told of all, a room of those who speak there, a conversation of its peer. */
  takePresence(came: readonly string[], left: readonly string[]): void {
    // Who is back after the connection was lost, or was seen to speak already, is no news.
    const news = came.filter((name) => !this.#absent.delete(name) && !this.#online.has(name));
    for (const name of came) if (this.#online.size < onlineMax) this.#online.add(name);
    for (const name of left) this.#online.delete(name);
    const { current, list } = this.#options.conversations;
    const concerns = (name: string) =>
      current === list[0] || (current.isRoom ? this.#spokeLately(name) : current.title === name);
    this.#note(news.filter(concerns), left.filter(concerns));
  }

  /** They have not come back. */
  #tellAbsent(): void {
    const left = [...this.#absent];
    this.#absent.clear();
    this.takePresence([], left);
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
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const line = this.#comings.take(this.#options.form, (name) => this.#spokeLately(name));
    if (line !== null) this.#options.print(line);
  }

  #spokeLately(name: string): boolean {
    const atMs = this.#options.conversations.current.spokeAtMs(name);
    return atMs !== undefined && Date.now() - atMs < latelyMs;
  }
}
