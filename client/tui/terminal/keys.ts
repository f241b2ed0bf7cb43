/**
 * Reads keys out of the bytes that a terminal sends: xterm's sequences and their relatives, Alt as an ESC in front,
 * bracketed paste. Sequences that are not known are dropped whole, never taken for text.
 *
 * @module
 */

/** One thing that a person did. */
export type KeyEvent =
  /** Characters to insert. */
  | { readonly type: "text"; readonly text: string }
  /** A key by its name: `enter`, `ctrl-a`, `alt-b`, `up`, `alt-enter`, `ctrl-left`, … */
  | { readonly type: "key"; readonly name: string }
  /** Something was pasted; line breaks are line feeds. */
  | { readonly type: "paste"; readonly text: string };

/** What a terminal sends: what a person did, or where the cursor is, if it was asked: its column, from 1. */
export type TerminalEvent = KeyEvent | { readonly type: "cursor"; readonly column: number };

/** Bytes of one paste that are kept; a message holds less, and the rest would only fill the memory. */
const pasteCharactersMax = 1024 * 1024;
/** No sequence of a terminal is longer. */
const sequenceCharactersMax = 256;
/** This many line ends in one read were pasted, on terminals that do not mark pastes; fewer may be typed ahead. */
const pastedLineEnds = 5;
// deno-lint-ignore no-control-regex -- it finds keys
const keyCharacter = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/;

const pasteEnd = "\x1b[201~";

/** Keys of C0 that are not simply `ctrl-` and a letter. */
const controlNames: Readonly<Record<string, string>> = {
  "\x00": "ctrl-space",
  "\x08": "ctrl-h",
  "\t": "tab",
  "\n": "enter",
  "\r": "enter",
  "\x1b": "escape",
  "\x1c": "ctrl-\\",
  "\x1d": "ctrl-]",
  "\x1e": "ctrl-^",
  "\x1f": "ctrl-_",
  "\x7f": "backspace",
};

/** Final characters of CSI and SS3 sequences. */
const finalNames: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  F: "end",
  H: "home",
  M: "enter",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
  Z: "shift-tab",
};

/** First parameters of sequences that end with `~`. */
const tildeNames: Readonly<Record<string, string>> = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "page-up",
  6: "page-down",
  7: "home",
  8: "end",
};

/** Code points of keys that terminals send as `CSI code;modifiers u`. */
const codeNames: Readonly<Record<number, string>> = {
  9: "tab",
  13: "enter",
  27: "escape",
  127: "backspace",
};

/** Reads keys from chunks that may be split anywhere. */
export class KeyReader {
  readonly #decoder = new TextDecoder();
  readonly #take: (event: TerminalEvent) => void;
  #rest = "";
  /** What was pasted so far, while a paste is under way. */
  #pasted: string | null = null;

  /** @param take Takes each event, in order. */
  constructor(take: (event: TerminalEvent) => void) {
    this.#take = take;
  }

  /** Whether a sequence has begun whose end is not there; a lone ESC counts too. */
  get waiting(): boolean {
    return this.#rest !== "" && this.#pasted === null;
  }

  /** Takes what the terminal sent. */
  read(bytes: Uint8Array): void {
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    this.#rest = "";
    if (this.#pasted === null && isUnmarkedPaste(text)) return this.#tellPaste(text);
    this.#readText(text);
  }

  /** Nothing came for a while: what waits is not the beginning of a sequence, but ESC itself, or Alt with a key. */
  timeOut(): void {
    if (!this.waiting) return;
    const rest = this.#rest;
    this.#rest = "";
    if (rest === "\x1b" || rest === "\x1b\x1b") this.#tellKey("escape");
    else if (rest.length === 2) this.#tellKey(`alt-${rest[1]}`);
  }

  #readText(text: string): void {
    let at = 0;
    while (at < text.length) {
      if (this.#pasted !== null) {
        at = this.#readPaste(text, at);
        continue;
      }
      const length = this.#readOne(text, at);
      if (length === 0) {
        // Its end is not there yet; what never ends is dropped.
        if (text.length - at <= sequenceCharactersMax) this.#rest = text.slice(at);
        return;
      }
      at += length;
    }
  }

  /** Reads one event at `at`. @return How many characters it took; 0 if more must come. */
  #readOne(text: string, at: number): number {
    const first = text[at]!;
    if (first === "\x1b") return this.#readEscape(text, at);
    if (isControl(first)) {
      if (first >= "\x80") return 1;
      this.#tellKey(controlName(first));
      return 1;
    }
    let end = at + 1;
    while (end < text.length && !isControl(text[end]!)) end++;
    this.#take({ type: "text", text: text.slice(at, end) });
    return end - at;
  }

  #readEscape(text: string, at: number): number {
    const second = text[at + 1];
    if (second === undefined) return 0;
    if (second === "[") return this.#readControlSequence(text, at);
    if (second === "O") return this.#readSingleShift(text, at);
    if (second === "]" || second === "P" || second === "_" || second === "^") {
      return stringLength(text, at);
    }
    if (second === "\x1b") {
      // Some terminals send Alt with an arrow as ESC before its sequence.
      if (text[at + 2] === undefined) return 0;
      if (text[at + 2] === "[" || text[at + 2] === "O") return this.#readAltSequence(text, at);
      this.#tellKey("escape");
      return 1;
    }
    const character = String.fromCodePoint(text.codePointAt(at + 1)!);
    this.#tellKey(`alt-${isControl(character) ? controlName(character) : character}`);
    return 1 + character.length;
  }

  #readAltSequence(text: string, at: number): number {
    let name: string | null = null;
    const reader = new KeyReader((event) => {
      if (event.type === "key") name = event.name;
    });
    const length = reader.#readEscape(text, at + 1);
    if (length === 0) return 0;
    if (name !== null) this.#tellKey(`alt-${name}`);
    return length + 1;
  }

  #readControlSequence(text: string, at: number): number {
    // ECMA-48, section 5.4: parameters, intermediates, one final character.
    const match = /^\[([0-?]*)([ -/]*)([@-~])/.exec(text.slice(at + 1, at + sequenceCharactersMax));
    if (match === null) return brokenLength(text, at);
    const [whole, parameters = "", , final = ""] = match;
    if (whole === "[200~") this.#pasted = "";
    else if (final === "R") this.#tellCursor(parameters);
    else {
      const name = sequenceName(parameters, final);
      if (name !== null) this.#tellKey(name);
    }
    return 1 + whole.length;
  }

  #readSingleShift(text: string, at: number): number {
    const final = text[at + 2];
    if (final === undefined) return 0;
    const name = finalNames[final];
    if (name !== undefined) this.#tellKey(name);
    return 3;
  }

  /** @return Where to go on reading. */
  #readPaste(text: string, at: number): number {
    const all = this.#pasted! + text.slice(at);
    const end = all.indexOf(pasteEnd, Math.max(0, this.#pasted!.length - pasteEnd.length));
    if (end < 0) {
      // The end may be split between two reads: it is looked for again in the last characters.
      this.#pasted = all.length > pasteCharactersMax
        ? all.slice(0, pasteCharactersMax) + all.slice(-pasteEnd.length)
        : all;
      return text.length;
    }
    const next = at + end + pasteEnd.length - this.#pasted!.length;
    this.#pasted = null;
    this.#tellPaste(all.slice(0, end));
    return next;
  }

  #tellPaste(text: string): void {
    const lines = text.slice(0, pasteCharactersMax).replace(/\r\n?/g, "\n");
    if (lines !== "") this.#take({ type: "paste", text: lines });
  }

  /** CSI row;column R (ECMA-48, CPR). */
  #tellCursor(parameters: string): void {
    const column = Number(parameters.split(";")[1]);
    if (Number.isSafeInteger(column) && column > 0) this.#take({ type: "cursor", column });
  }

  #tellKey(name: string): void {
    this.#take({ type: "key", name });
  }
}

function isControl(character: string): boolean {
  return character < " " || (character >= "\x7f" && character < "\xa0");
}

function controlName(character: string): string {
  const name = controlNames[character];
  return name ?? `ctrl-${String.fromCharCode(character.charCodeAt(0) + 0x60)}`;
}

/** Nobody types five lines between two reads, but terminals without bracketed paste send such chunks. */
function isUnmarkedPaste(text: string): boolean {
  if (keyCharacter.test(text)) return false;
  const ends = text.match(/[\r\n]/g)?.length ?? 0;
  return ends >= pastedLineEnds && text.length > 2 * ends;
}

/** OSC, DCS, APC and PM have an end of their own. @return Their length; 0 if the end is not there yet. */
function stringLength(text: string, at: number): number {
  const string = text.slice(at + 2, at + sequenceCharactersMax);
  const ends = [string.indexOf("\x07") + 1, string.indexOf("\x1b\\") + 2].filter((end) => end > 1);
  if (ends.length > 0) return 2 + Math.min(...ends);
  // Alt with a bracket is typed too: what does not go on at once was that.
  return text.length - at >= sequenceCharactersMax ? 2 : 0;
}

/** @return 0 if more may come, else what has to be skipped. */
function brokenLength(text: string, at: number): number {
  const length = 1 + /^\[[0-?]*[ -/]*/.exec(text.slice(at + 1))![0].length;
  return length === text.length - at && length < sequenceCharactersMax ? 0 : length;
}

function sequenceName(parameters: string, final: string): string | null {
  const [first = "", second = "", third = ""] = parameters.split(";");
  // CSI 27;modifiers;code ~ is xterm's modifyOtherKeys, CSI code;modifiers u kitty's form.
  if (final === "~" && first === "27") return codedName(Number(third), second);
  if (final === "u") return codedName(Number.parseInt(first), second);
  // A mouse's.
  if (final === "M") return null;
  const name = final === "~" ? tildeNames[first] : finalNames[final];
  return name === undefined ? null : modified(name, second);
}

function codedName(code: number, modifiers: string): string | null {
  if (!Number.isInteger(code) || code < 0 || code > 0x10ffff) return null;
  const name = codeNames[code] ?? (code > 32 ? String.fromCodePoint(code) : null);
  return name === null ? null : modified(name, modifiers);
}

/** The parameter is 1 and a sum: 1 for shift, 2 for Alt, 4 for Ctrl. */
function modified(name: string, modifiers: string): string {
  const bits = (Number.parseInt(modifiers) || 1) - 1;
  const shift = (bits & 1) !== 0 && name.length > 1 && !name.startsWith("shift-") ? "shift-" : "";
  return ((bits & 4) !== 0 ? "ctrl-" : "") + ((bits & 2) !== 0 ? "alt-" : "") + shift + name;
}
