/**
 * A batch of commands as one message of the log: JSON, `{ v, node, run, n, commands }`.
 *
 * @module
 */
import * as v from "valibot";
import { readCommand } from "../command_text.ts";
import type { LogBatch } from "../log_place.ts";
import { StorageError } from "../storage_error.ts";

/** Who has made a batch, and which one it is. */
export interface BatchHead extends Omit<LogBatch, "commands"> {
  /** What people call the server. */
  readonly node: string;
}

const textRunMax = 64;

const schema = v.object({
  v: v.number(),
  node: v.string(),
  run: v.pipe(v.string(), v.minLength(1), v.maxLength(textRunMax)),
  n: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  commands: v.array(v.unknown()),
});

/**
 * A batch as bytes.
 *
 * @param head Who has made it.
 * @param commands What `encodeCommand` made of each command.
 * @returns UTF-8.
 */
export function encodeBatch(
  { node, run, number }: BatchHead,
  commands: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const head = JSON.stringify({ v: 1, node, run, n: number });
  const parts: Uint8Array[] = [encoder.encode(`${head.slice(0, -1)},"commands":[`)];
  for (const [at, command] of commands.entries()) {
    if (at > 0) parts.push(encoder.encode(","));
    parts.push(command);
  }
  parts.push(encoder.encode("]}"));
  return joined(parts);
}

/**
 * Reads a batch.
 *
 * @param encoded What {@linkcode encodeBatch} returned, here or in another version of this program.
 * @throws {StorageError} `failed` for what a newer program has made, `damaged` for what is no batch.
 * @returns The batch.
 */
export function decodeBatch(encoded: Uint8Array): LogBatch {
  const parsed = v.safeParse(schema, parse(encoded));
  if (!parsed.success) throw noBatch();
  const { v: version, run, n, commands } = parsed.output;
  if (version !== 1) {
    throw new StorageError(
      "failed",
      `This program is older than the log: it does not know version ${version} of its messages. Install the newer program.`,
    );
  }
  return { run, number: n, commands: commands.map(readCommand) };
}

function parse(encoded: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(encoded));
  } catch (cause) {
    throw noBatch(cause);
  }
}

function noBatch(cause?: unknown): StorageError {
  return new StorageError("damaged", "The log holds a message that is none of this program.", {
    cause,
  });
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
