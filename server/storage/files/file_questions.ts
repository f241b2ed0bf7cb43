/**
 * What the servers of a cluster ask one another about files, as bytes: for a piece of one, and to keep a copy of one.
 *
 * @module
 */
import * as v from "valibot";
import { fileIdPattern } from "../../../protocol/wire/file_id.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What is given at once, in bytes: well below what NATS takes as one message. */
export const pieceBytes = 256 * 1024;

/** More than any question has, in bytes. */
const questionBytesMax = 1_024;

/** What is asked. */
export type FileQuestion =
  /** The piece of a file that begins at a place. */
  | { readonly type: "piece"; readonly file: string; readonly offset: number }
  /**
   * To keep a copy of a file that all came to the server `from`, which was at `place` of the log then. `hash`: SHA-256 of its bytes, in
   * hexadecimal. It is asked again until it is there.
   */
  | {
    readonly type: "keep";
    readonly file: string;
    readonly hash: string;
    readonly from: string;
    readonly place: number;
  };

/** What is answered. */
export type FileAnswer =
  /** The bytes of a piece: {@linkcode pieceBytes}, or fewer at the end of the file. */
  | { readonly type: "piece"; readonly bytes: Uint8Array }
  /** It has nothing of that file. */
  | { readonly type: "none" }
  /** The copy is there, on the disk. */
  | { readonly type: "kept" }
  /** The copy is on its way. */
  | { readonly type: "coming" }
  /** There will be no copy: that server keeps no files at all; it has too little room; or the copy does not come. */
  | { readonly type: "refused"; readonly reason: "closed" | "full" | "failed" };

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const file = v.pipe(v.string(), v.regex(fileIdPattern));
const questionSchema: v.GenericSchema<unknown, FileQuestion> = v.variant("type", [
  v.object({ type: v.literal("piece"), file, offset: count }),
  v.object({
    type: v.literal("keep"),
    file,
    hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    from: v.string(),
    place: count,
  }),
]);
const answerSchema: v.GenericSchema<unknown, Exclude<FileAnswer, { type: "piece" }>> = v.variant(
  "type",
  [
    v.object({ type: v.literal("none") }),
    v.object({ type: v.literal("kept") }),
    v.object({ type: v.literal("coming") }),
    v.object({ type: v.literal("refused"), reason: v.picklist(["closed", "full", "failed"]) }),
  ],
);

/** What the answer with a piece begins with; any other is JSON. */
const pieceMark = 0;

/** A question as bytes. */
export function encodeQuestion(question: FileQuestion): Bytes {
  return new TextEncoder().encode(JSON.stringify(question));
}

/** Reads a question; null for anything else. */
export function readQuestion(data: Uint8Array): FileQuestion | null {
  return data.length > questionBytesMax ? null : parsed(questionSchema, data);
}

/**
 * A buffer for the answer with a piece.
 *
 * @returns The answer, and the part of it that takes the bytes of the piece.
 */
export function pieceBuffer(): { answer: Bytes; bytes: Bytes } {
  const answer = new Uint8Array(1 + pieceBytes);
  answer[0] = pieceMark;
  return { answer, bytes: answer.subarray(1) };
}

/** Any answer without a piece, as bytes. */
export function encodeFileAnswer(answer: Exclude<FileAnswer, { type: "piece" }>): Bytes {
  return new TextEncoder().encode(JSON.stringify(answer));
}

/** Reads an answer; null for anything else. */
export function readAnswer(data: Uint8Array): FileAnswer | null {
  if (data[0] !== pieceMark) {
    return data.length > questionBytesMax ? null : parsed(answerSchema, data);
  }
  return data.length > 1 + pieceBytes ? null : { type: "piece", bytes: data.subarray(1) };
}

function parsed<T>(schema: v.GenericSchema<unknown, T>, data: Uint8Array): T | null {
  try {
    const result = v.safeParse(schema, JSON.parse(new TextDecoder().decode(data)));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}
