/**
 * Messages of several lines (IRCv3 draft/multiline): how a client sends one, and how one is cut for clients.
 *
 * @module
 */
import { textBytesMax } from "../../../../protocol/wire/limits.ts";
import { multilineLinesMax } from "./capabilities.ts";

/** A piece of a message that fits one line. */
export interface Piece {
  readonly text: string;
  /** Whether it continues the piece before it on the same line of the message. */
  readonly concat: boolean;
}

/** A multi-line message that a client has begun to send. */
export interface OpenBatch {
  readonly reference: string;
  readonly target: string;
  readonly label: string | undefined;
  /** Client-only tags, encoded. */
  readonly clientOnly: string;
  readonly pieces: Piece[];
  command: "PRIVMSG" | "NOTICE" | null;
  bytes: number;
}

/** What is wrong with a piece: the code of a standard reply, with its context. */
export type BatchFault = readonly [code: string, ...context: string[]];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Adds a piece to a batch, or says why it cannot. */
export function addPiece(batch: OpenBatch, piece: Piece): BatchFault | null {
  if (piece.concat && (piece.text === "" || batch.pieces.length === 0)) {
    return ["MULTILINE_INVALID"];
  }
  if (batch.pieces.length >= multilineLinesMax) {
    return ["MULTILINE_MAX_LINES", String(multilineLinesMax)];
  }
  batch.bytes += encoder.encode(piece.text).length + (piece.concat ? 0 : 1);
  if (batch.bytes > textBytesMax + 1) return ["MULTILINE_MAX_BYTES", String(textBytesMax)];
  batch.pieces.push(piece);
  return null;
}

/** The message that pieces make. */
export function joinPieces(pieces: readonly Piece[]): string {
  return pieces.map(({ text, concat }, index) => index === 0 || concat ? text : `\n${text}`).join(
    "",
  );
}

/**
 * Cuts a message into pieces.
 *
 * @param text The message.
 * @param bytesMax Bytes of UTF-8 that a piece may have; 4 or more.
 * @return One piece or more, in order.
 */
export function cutText(text: string, bytesMax: number): Piece[] {
  // A code unit takes three bytes at most.
  if (text.length * 3 <= bytesMax && !text.includes("\n")) return [{ text, concat: false }];
  return text.split("\n").flatMap((line) => cutLine(line, bytesMax));
}

/**
 * Cuts the pieces of a message further.
 *
 * @param pieces As they came.
 * @param bytesMax See {@linkcode cutText}.
 */
export function cutPieces(pieces: readonly Piece[], bytesMax: number): Piece[] {
  return pieces.flatMap(({ text, concat }) => {
    const [first, ...others] = cutText(text, bytesMax);
    return [{ text: first!.text, concat }, ...others];
  });
}

function cutLine(line: string, bytesMax: number): Piece[] {
  const bytes = encoder.encode(line);
  const pieces: Piece[] = [];
  let start = 0;
  do {
    const end = bytes.length - start <= bytesMax ? bytes.length : cutAt(bytes, start, bytesMax);
    pieces.push({ text: decoder.decode(bytes.subarray(start, end)), concat: start > 0 });
    start = end;
  } while (start < bytes.length);
  return pieces;
}

/** Whether a line is cut within a word of ASCII, which may be an address: half of one is none. */
export function tearsWord(pieces: readonly Piece[]): boolean {
  return pieces.some(({ text, concat }, index) => {
    const before = pieces[index - 1]?.text ?? "";
    return concat && !before.endsWith(" ") && (ascii.test(before.at(-1)!) || ascii.test(text[0]!));
  });
}

const ascii = /^[\0-\x7f]$/;

/**
 * In the second half: after the last space, else where no letter of ASCII is on either side, because not every script puts
 * spaces between its words. Else before a whole character.
 */
function cutAt(bytes: Uint8Array, start: number, bytesMax: number): number {
  const limit = start + bytesMax;
  const least = start + bytesMax / 2;
  const afterSpace = bytes.lastIndexOf(0x20, limit - 1) + 1;
  if (afterSpace > least) return afterSpace;
  for (let end = limit; end > least; end--) {
    if (bytes[end]! >= 0xc0 && bytes[end - 1]! >= 0x80) return end;
  }
  let end = limit;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return end;
}
