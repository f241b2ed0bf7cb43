/**
 * What is being typed is in all sessions of the account: told to the others after a short while, and taken from them unless somebody
 * types here. The newer draft wins.
 *
 * @module
 */
import { type Draft, type DraftOwner, openDraft, sealDraft } from "../../../protocol/e2e/draft.ts";
import type { ChatError } from "../../../protocol/wire/errors.ts";
import type { Requester } from "../link/server_link.ts";
import { DraftTimes } from "./draft_times.ts";

/**
 * Shows what was typed elsewhere, in the place of what is in the input.
 *
 * @param title The conversation: a room with its `#`, or a user's name.
 * @return Whether there is such a conversation.
 */
export type ShowDraft = (title: string, text: string) => boolean;

/** What is in the input of a conversation. */
export interface WrittenDraft {
  readonly title: string;
  /** Null where that is no draft, such as a command. */
  readonly written: string | null;
}

/** What drafts are shared with. */
export interface SharedDraftsOptions {
  readonly request: Requester;
  /** Whose drafts they are. Throws where the account has no keys: nothing is shared then. */
  readonly owner: () => DraftOwner;
  readonly show: ShowDraft;
  /** How they are sealed and opened, if not as protocol/e2e/draft.ts does. */
  readonly seal?: typeof sealDraft;
  readonly open?: typeof openDraft;
  /** Milliseconds since 1970. */
  readonly nowMs?: () => number;
  /** A number from 0 up to 1. */
  readonly random?: () => number;
}

/** A state of a draft; both as in `Draft`, with the time 0 as long as nothing was ever typed. */
interface Version {
  readonly text: string;
  readonly timeMs: number;
}

/** The draft of one conversation. */
interface Entry {
  /** As it is spelled here. */
  title: string;
  /** What is here. */
  own: Version;
  /** What the other sessions have, as far as is known. */
  told: Version;
  /** Whether one of them wants to be told again. */
  isWanted: boolean;
  /** When it was changed here, in milliseconds since 1970. */
  typedMs: number;
  /** Whether the input holds something that is nobody else's business, such as a command. */
  isHidden: boolean;
  /** What was here before another draft has come that is not shown: below a command, or what is typed. Null where none has. */
  replaced: string | null;
}

/** How long changes are collected, and how long at the most an answer waits for another session's, in milliseconds. */
const tellDelayMs = 1_000;
/** So long after a change somebody is still typing, in milliseconds. */
const typingMs = 3_000;
/** Drafts that are known, and that are told at once. */
const entriesMax = 200;
const toldAtOnceMax = 50;
/** What came and was not opened yet; of more the newest is passed over. */
const waitingMax = 100;
const nothingTyped: Version = { text: "", timeMs: 0 };

/** The drafts of one session. */
export class SharedDrafts {
  readonly #options: SharedDraftsOptions;
  readonly #nowMs: () => number;
  /** By their titles in small letters: a server that spells one otherwise does not make another conversation of it. */
  readonly #entries = new Map<string, Entry>();
  readonly #times: DraftTimes;
  /** Whether the server, and the account's keys, make it possible. */
  #isOn = false;
  /** Whether there is no other session: the server is not told when somebody types, then. */
  #isAlone = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @param options See {@linkcode SharedDraftsOptions}. */
  constructor(options: SharedDraftsOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#times = new DraftTimes(this.#nowMs);
  }

  /** When each draft was last changed, by its conversation in small letters: to be kept for {@linkcode SharedDrafts.restore}. */
  get times(): Record<string, number> {
    const own = Array.from(this.#entries, ([key, { own }]) => [key, own.timeMs] as const);
    const changed = own.filter(([, timeMs]) => timeMs > 0);
    return Object.fromEntries([...this.#times.all, ...changed]);
  }

  /**
   * Drafts of an earlier run.
   *
   * @param times When each was changed, those that are empty now among them; where that is not known, nearly any other one wins.
   */
  restore(drafts: readonly WrittenDraft[], times: Readonly<Record<string, number>>): void {
    for (const [key, timeMs] of Object.entries(times)) {
      if (this.#times.counted(timeMs) > 0) this.#times.note(key, timeMs);
    }
    for (const { title, written } of drafts) {
      if (!written || isCommand(written)) continue;
      const entry = this.#entry(title);
      if (entry === null) return;
      const timeMs = this.#times.newest(keyOf(title)) || this.#times.unknown;
      entry.own = entry.told = { text: written, timeMs };
    }
  }

  /**
   * Takes what is in the inputs now: after each change, and as often as one likes.
   *
   * @param drafts All conversations. What was typed in one that is not there any more stays with the others.
   */
  note(drafts: readonly WrittenDraft[]): void {
    const keys = new Set(drafts.map(({ title }) => keyOf(title)));
    for (const key of this.#entries.keys()) if (!keys.has(key)) this.#entries.delete(key);
    for (const draft of drafts) this.#noteOne(draft);
  }

  #noteOne({ title, written }: WrittenDraft): void {
    const text = written !== null && isCommand(written) ? null : written;
    if (text === "" && !this.#entries.has(keyOf(title))) return;
    const entry = this.#entry(title);
    if (entry === null) return;
    entry.title = title;
    const { replaced, isHidden } = entry;
    entry.isHidden = text === null;
    if (text === null) return;
    if (entry.own === entry.told) entry.replaced = null;
    if (text === entry.own.text) return;
    // A command was typed and is gone, or what was there before is back: what has come meanwhile has its place.
    if (replaced !== null && (text === replaced || (isHidden && text === ""))) {
      entry.replaced = null;
      entry.own = entry.told;
      return void this.#options.show(title, entry.own.text);
    }
    // Whoever takes back what nobody has seen has changed nothing.
    const thanMs = Math.max(
      this.#times.counted(entry.own.timeMs),
      this.#times.newest(keyOf(title)),
    );
    entry.own = text === entry.told.text ? entry.told : this.#newer(text, thanMs);
    entry.typedMs = this.#nowMs();
    this.#tellLater(text === "" ? 0 : tellDelayMs);
  }

  /** The connection is there, or there again: the others say what they have, and are told what is here. */
  begin(): void {
    this.#isOn = true;
    this.#isAlone = false;
    this.#wantAll();
    this.#turn = this.#turn.then(() => this.#send("", nothingTyped));
    // What the others have, comes before: then it need not be told.
    this.#tellLater(tellDelayMs + this.#someMs());
  }

  /** The server has passed something on. What does not open is passed over. */
  take(sealed: string): void {
    if (this.#waiting === waitingMax) return;
    this.#waiting++;
    this.#turn = this.#turn.then(() => this.#take(sealed)).catch(() => {}).then(() => {
      this.#waiting--;
    });
  }

  /** Tells nothing any more. @return Resolved when nothing is being sealed, sent, or opened. */
  stop(): Promise<unknown> {
    this.#isOn = false;
    clearTimeout(this.#timer);
    return this.#turn;
  }

  async #take(sealed: string): Promise<void> {
    const { owner, open = openDraft } = this.#options;
    const draft = await open(Uint8Array.fromBase64(sealed), owner());
    this.#isAlone = false;
    if (draft.title === "") this.#wantAll();
    else this.#merge(draft);
    // Whoever is not the first finds that all was told already.
    this.#tellLater(this.#someMs());
  }

  #someMs(): number {
    const { random = Math.random } = this.#options;
    return random() * tellDelayMs;
  }

  #merge({ title, text, timeMs }: Draft): void {
    const key = keyOf(title);
    // Nobody passes on what could be a command: an Enter would run it.
    if (isCommand(text) || !this.#times.isUsable(key, timeMs)) return;
    const entry = this.#entry(title);
    if (entry === null) return;
    const { own, told } = entry;
    // Of two of the same moment all sessions take the same one.
    const isOlder = timeMs < this.#times.counted(own.timeMs) ||
      (timeMs === own.timeMs && text < own.text);
    if (isOlder && timeMs <= told.timeMs) return;
    const isKept = isOlder || this.#isKept(entry, text);
    entry.told = { text, timeMs };
    this.#times.note(key, timeMs);
    if (isKept) {
      entry.replaced ??= told.text;
      if (!isOlder) entry.own = this.#newer(own.text, timeMs);
      return;
    }
    entry.own = entry.told;
    entry.isWanted = false;
    if (text === own.text) return;
    if (entry.isHidden) entry.replaced ??= own.text;
    else if (!this.#options.show(entry.title, text)) this.#entries.delete(key);
  }

  /** Nothing is taken from under somebody's fingers. What was sent or deleted elsewhere is, unless nobody else has seen it. */
  #isKept({ own: { text }, told, typedMs, isHidden }: Entry, other: string): boolean {
    if (text === "" || text === other || isHidden) return false;
    if (other === "") return text !== told.text;
    // A clock may be set back.
    return Math.abs(this.#nowMs() - typedMs) < typingMs;
  }

  /** The draft of a conversation; null where there are too many. */
  #entry(title: string): Entry | null {
    const key = keyOf(title);
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    if (this.#entries.size === entriesMax) {
      const idle = [...this.#entries].find(([, { own, told, isHidden }]) =>
        own.text + told.text === "" && !isHidden
      );
      if (idle === undefined) return null;
      this.#entries.delete(idle[0]);
    }
    const entry: Entry = {
      ...{ title, own: nothingTyped, told: nothingTyped, typedMs: 0 },
      ...{ isWanted: false, isHidden: false, replaced: null },
    };
    this.#entries.set(key, entry);
    return entry;
  }

  #newer(text: string, thanMs: number): Version {
    return { text, timeMs: Math.max(this.#nowMs(), thanMs + 1) };
  }

  #wantAll(): void {
    for (const entry of this.#entries.values()) entry.isWanted = entry.own.timeMs > 0;
  }

  #tellLater(delayMs: number): void {
    if (!this.#isOn || this.#isAlone) return;
    if (delayMs === 0) clearTimeout(this.#timer);
    else if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#turn = this.#turn.then(() => this.#tell());
    }, delayMs);
  }

  async #tell(): Promise<void> {
    const untold = [...this.#entries].filter(([, { own, told, isWanted }]) =>
      isWanted || own.text !== told.text
    );
    for (const [key, entry] of untold.slice(0, toldAtOnceMax)) {
      if (!this.#isOn || this.#isAlone) return;
      const { own, told } = entry;
      entry.told = own;
      entry.isWanted = false;
      entry.replaced = null;
      if (await this.#send(entry.title, own)) {
        this.#times.note(key, own.timeMs);
        continue;
      }
      entry.isWanted = true;
      entry.told = told;
      return;
    }
    if (untold.length > toldAtOnceMax) this.#tellLater(tellDelayMs);
  }

  /** Whether it was told, or never can be. */
  async #send(title: string, { text, timeMs }: Version): Promise<boolean> {
    const { owner, request, seal = sealDraft } = this.#options;
    try {
      const sealed = await seal({ title, text, timeMs }, owner());
      if (sealed === null) return true;
      const { heard } = await request("draft", { sealed: sealed.toBase64() });
      this.#isAlone = !heard;
      return true;
    } catch (error) {
      // Not by its class: a page loads this later, with a class of its own.
      const { code, retryAfterMs } = error as ChatError;
      if (code === "slow_down") this.#tellLater(Math.max(tellDelayMs, retryAfterMs ?? 0));
      // A server from before drafts, or no keys; once the connection is there again it is tried again.
      else this.#isOn = false;
      return false;
    }
  }
}

/** Conversations are not told apart by letter case. */
function keyOf(title: string): string {
  return title.toLowerCase();
}

function isCommand(text: string): boolean {
  return /^\s*\//.test(text);
}
