/**
 * Frames of a WebSocket (RFC 6455, section 5), as the end reads and writes them that browsers connect to. Without extensions.
 *
 * @module
 */
import { ChatError } from "../wire/errors.ts";

/** Bytes of one message from a browser: a frame of the session protocol with its header, and more than a note in JSON needs. */
export const webSocketBytesMax: number = 64 * 1024 + 4;

/** Bytes of a text message: a question's answer. */
export const webSocketTextBytesMax = 4 * 1024;

/** Bytes of a control frame (RFC 6455, section 5.5). */
const controlBytesMax = 125;

/** What a frame is (RFC 6455, section 5.2). */
const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Why a WebSocket is closed, as it is told (RFC 6455, section 7.4.1). */
export const closeCodes = {
  normal: 1_000,
  goingAway: 1_001,
  protocolError: 1_002,
  notText: 1_007,
  forbidden: 1_008,
  tooBig: 1_009,
} as const;

/** What came over a WebSocket. Of a binary message there may be several pieces: it carries a stream of bytes. */
export type WebSocketPiece =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "binary"; readonly bytes: Uint8Array }
  | { readonly type: "ping" | "pong" | "close"; readonly bytes: Uint8Array };

/** A WebSocket has lost its place, or its peer sends more than is taken. */
export class WebSocketError extends ChatError {
  /** See {@linkcode closeCodes}. */
  readonly closeCode: number;

  /**
   * Makes the error.
   *
   * @param closeCode What the peer is told.
   * @param message What is wrong, in a sentence.
   */
  constructor(closeCode: number, message: string) {
    super("bad_frame", message);
    this.name = "WebSocketError";
    this.closeCode = closeCode;
  }
}

/**
 * A frame to a browser.
 *
 * @param type What it is.
 * @param payload Its bytes; at most 125 of `ping`, `pong` and `close`.
 * @return The frame, in memory of its own.
 */
export function encodeWebSocketFrame(
  type: "text" | "binary" | "close" | "ping" | "pong",
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const header = headerOf(opcodes[type], payload.length);
  const frame = new Uint8Array(header.length + payload.length);
  frame.set(header);
  frame.set(payload, header.length);
  return frame;
}

/** A frame with a text. */
export function encodeWebSocketText(text: string): Uint8Array<ArrayBuffer> {
  return encodeWebSocketFrame("text", new TextEncoder().encode(text));
}

/** The last frame. @param code See {@linkcode closeCodes}. */
export function encodeWebSocketClose(code: number): Uint8Array<ArrayBuffer> {
  return encodeWebSocketFrame("close", new Uint8Array([code >> 8, code & 255]));
}

function headerOf(opcode: number, length: number): Uint8Array {
  const first = 0x80 | opcode;
  if (length < 126) return new Uint8Array([first, length]);
  if (length < 65_536) return new Uint8Array([first, 126, length >> 8, length & 255]);
  const header = new Uint8Array(10);
  header[0] = first;
  header[1] = 127;
  new DataView(header.buffer).setUint32(6, length);
  return header;
}

/**
 * Takes the frames of a browser out of a stream of bytes, however it is cut into chunks. Nothing is allocated for what a frame
 * announces: the pieces of a binary message are those that came, and texts and control frames are short.
 *
 * @example
 * ```ts
 * const decoder = new WebSocketDecoder();
 * const ping = new Uint8Array([0x89, 0x80, 0, 0, 0, 0]);
 * const [piece] = decoder.decode(ping);
 * ```
 */
export class WebSocketDecoder {
  readonly #header = new Uint8Array(14);
  #headerBytes = 0;
  /** What the frame's payload still lacks; null while its header is read. */
  #left: number | null = null;
  #opcode = 0;
  #isLast = false;
  /** At which byte of the mask the next one of the payload stands. */
  #maskAt = 0;
  /** Of the message under way; null between messages. */
  #message: "text" | "binary" | null = null;
  #messageBytes = 0;
  #text = new Uint8Array(0);
  #control = new Uint8Array(0);

  /** Whether a frame, or a message of several, has begun and not ended. */
  get partial(): boolean {
    return this.#headerBytes > 0 || this.#left !== null || this.#message !== null;
  }

  /**
   * Takes the next chunk, in which the masks are taken off in place.
   *
   * @param chunk Any number of bytes. A piece may share its memory: it is valid until the chunk is reused.
   * @throws {WebSocketError} Where the stream is none of frames from a browser, or a message is too long: judged by what its
   *   frames announce. The decoder cannot be used after that.
   */
  *decode(chunk: Uint8Array): Generator<WebSocketPiece, void, void> {
    let at = 0;
    while (at < chunk.length || this.#left === 0) {
      if (this.#left === null) {
        at = this.#takeHeader(chunk, at);
        continue;
      }
      const part = chunk.subarray(at, at + this.#left);
      at += part.length;
      this.#left -= part.length;
      this.#unmask(part);
      const piece = this.#take(part);
      if (piece !== null) yield piece;
    }
  }

  #takeHeader(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length) {
      this.#header[this.#headerBytes++] = chunk[at++]!;
      const length = this.#header[1]! & 127;
      const wanted = this.#headerBytes < 2 ? 2 : 6 + (length === 126 ? 2 : length === 127 ? 8 : 0);
      if (this.#headerBytes === 2) this.#checkStart();
      if (this.#headerBytes < wanted || this.#headerBytes < 2) continue;
      this.#begin(wanted);
      break;
    }
    return at;
  }

  /** Judges the first two bytes. */
  #checkStart(): void {
    const first = this.#header[0]!;
    const opcode = first & 15;
    const isControl = opcode >= opcodes.close;
    const isKnown = (Object.values(opcodes) as number[]).includes(opcode);
    const isMasked = (this.#header[1]! & 128) !== 0;
    if ((first & 0x70) !== 0 || !isKnown || !isMasked) throw misplaced();
    if (isControl) {
      if ((first & 128) === 0 || (this.#header[1]! & 127) > controlBytesMax) throw misplaced();
      return;
    }
    if ((opcode === opcodes.continuation) === (this.#message === null)) throw misplaced();
  }

  #begin(headerBytes: number): void {
    const view = new DataView(this.#header.buffer);
    const short = this.#header[1]! & 127;
    const length = short < 126
      ? short
      : short === 126
      ? view.getUint16(2)
      : view.getUint32(2) * 2 ** 32 + view.getUint32(6);
    this.#opcode = this.#header[0]! & 15;
    this.#isLast = (this.#header[0]! & 128) !== 0;
    this.#header.copyWithin(0, headerBytes - 4, headerBytes);
    this.#headerBytes = 0;
    this.#maskAt = 0;
    this.#left = length;
    if (this.#opcode >= opcodes.close) this.#control = new Uint8Array(0);
    else this.#beginData(length);
  }

  #beginData(length: number): void {
    if (this.#opcode !== opcodes.continuation) {
      this.#message = this.#opcode === opcodes.text ? "text" : "binary";
      this.#messageBytes = 0;
    }
    this.#messageBytes += length;
    const bytesMax = this.#message === "text" ? webSocketTextBytesMax : webSocketBytesMax;
    if (this.#messageBytes > bytesMax) {
      throw new WebSocketError(closeCodes.tooBig, `A message has more than ${bytesMax} bytes.`);
    }
  }

  #unmask(part: Uint8Array): void {
    for (let at = 0; at < part.length; at++) {
      part[at]! ^= this.#header[(this.#maskAt + at) & 3]!;
    }
    this.#maskAt = (this.#maskAt + part.length) & 3;
  }

  #take(part: Uint8Array): WebSocketPiece | null {
    const isWhole = this.#left === 0;
    if (isWhole) this.#left = null;
    if (this.#opcode >= opcodes.close) {
      this.#control = joinedBytes(this.#control, part);
      return isWhole ? this.#endControl() : null;
    }
    const type = this.#message;
    if (isWhole && this.#isLast) this.#message = null;
    if (type === "binary") return part.length === 0 ? null : { type, bytes: part };
    this.#text = joinedBytes(this.#text, part);
    return this.#message === null ? this.#endText() : null;
  }

  #endText(): WebSocketPiece {
    const bytes = this.#text;
    this.#text = new Uint8Array(0);
    try {
      return { type: "text", text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
    } catch {
      throw new WebSocketError(closeCodes.notText, "A text is not UTF-8.");
    }
  }

  #endControl(): WebSocketPiece {
    const bytes = this.#control;
    this.#control = new Uint8Array(0);
    if (this.#opcode === opcodes.close) return { type: "close", bytes };
    return { type: this.#opcode === opcodes.ping ? "ping" : "pong", bytes };
  }
}

function misplaced(): WebSocketError {
  return new WebSocketError(closeCodes.protocolError, "This is no frame of a browser.");
}

function joinedBytes(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(one.length + other.length);
  bytes.set(one);
  bytes.set(other, one.length);
  return bytes;
}
