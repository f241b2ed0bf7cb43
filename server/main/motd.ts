/**
 * The message of the day: a text shown to everyone who connects.
 *
 * @module
 */
import { ExitError, exitStatus } from "../../platform/command_line.ts";
import { numberText } from "../../protocol/text/number_text.ts";

/** Bytes of the file: a screen or two, and it fits the first frame. */
const motdBytesMax = 8 * 1024;

/**
 * Reads the file of `--motd`.
 *
 * @param file The path, or undefined where there is none.
 * @return The text without its last line break.
 * @throws {ExitError} Status 1, where it cannot be read, is no UTF-8 or too long.
 */
export async function readMotd(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  let bytes: Uint8Array;
  try {
    if ((await Deno.stat(file)).size > motdBytesMax) {
      throw new Error(`it is longer than ${numberText(motdBytesMax)} bytes`);
    }
    bytes = await Deno.readFile(file);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).trimEnd();
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof TypeError
      ? "it is not UTF-8"
      : (error as Error).message;
    const message = `The message of the day cannot be read from "${file}": ${reason}.`;
    throw new ExitError(exitStatus.failed, message);
  }
}
