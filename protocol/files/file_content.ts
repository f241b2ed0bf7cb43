/**
 * What a post of the kind `file` says: which file, how it is called, how it is opened, and how one sees that it is the right one.
 * In a room it is the post's body; in private it travels sealed, and the server knows nothing of it.
 *
 * @module
 */
import * as v from "valibot";
import { ChatError } from "../wire/errors.ts";
import { fileNameBytesMax, fileTextBytesMax, fileTypeCharactersMax } from "../wire/limits.ts";
import { fileIdPattern } from "../wire/file_id.ts";
import { sizeText } from "../text/size_text.ts";
import { checkText } from "../text/text_rules.ts";
import { fileBytesLimit, fileKeyBytes } from "./chunk_cipher.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What is said of a file. */
export interface FileContent {
  /** By which the server knows it. */
  readonly file: string;
  /** How the sender calls it: a name, no path, not safe for a terminal or a disk. */
  readonly name: string;
  /** How many bytes it has. */
  readonly size: number;
  /** Its media type, as far as the sender knows it (RFC 6838); empty where it does not. */
  readonly type: string;
  /** SHA-256 of all its bytes (FIPS 180-4). */
  readonly hash: Bytes;
  /** What its chunks are opened with: see chunk_cipher.ts. */
  readonly key: Bytes;
  /** What the sender says about it; empty for nothing. */
  readonly text: string;
}

const hashBytes = 32;
const bytesOf = (length: number) =>
  v.pipe(
    v.string(),
    v.maxLength(64),
    v.base64(),
    v.transform((text) => Uint8Array.fromBase64(text)),
    v.check((bytes) => bytes.length === length),
  );
const schema = v.object({
  file: v.pipe(v.string(), v.regex(fileIdPattern)),
  name: v.pipe(v.string(), v.regex(/^[^\t\n\r\u2028\u2029]+$/), v.maxBytes(fileNameBytesMax)),
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(fileBytesLimit)),
  type: v.optional(
    v.pipe(v.string(), v.maxLength(fileTypeCharactersMax), v.regex(/^([\w.+-]+\/[\w.+-]+)?$/)),
    "",
  ),
  hash: bytesOf(hashBytes),
  key: bytesOf(fileKeyBytes),
  text: v.optional(v.pipe(v.string(), v.maxBytes(fileTextBytesMax)), ""),
});

/**
 * Writes what is said of a file.
 *
 * @param content What is said.
 * @return A body for a post.
 * @throws {ChatError} `bad_text` where its name or its text cannot be posted.
 */
export function encodeFileContent({ hash, key, ...content }: FileContent): string {
  return checkFileContent(
    JSON.stringify({ ...content, hash: hash.toBase64(), key: key.toBase64() }),
  );
}

/**
 * Reads what is said of a file.
 *
 * @param body The body of a post.
 * @return What is said; null where that cannot be read.
 */
export function readFileContent(body: string): FileContent | null {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return null;
  }
  const result = v.safeParse(schema, value);
  return result.success ? result.output : null;
}

/**
 * Checks what somebody says of a file.
 *
 * @param body The body of a post.
 * @return The same.
 * @throws {ChatError} `bad_text` where it cannot be read, or its name or text may not be posted.
 */
export function checkFileContent(body: string): string {
  const content = readFileContent(body);
  if (content === null) throw new ChatError("bad_text", "This does not say what a file is.");
  checkText(content.name);
  if (content.text !== "") checkText(content.text);
  return body;
}

/**
 * What is said instead where a file cannot be shown: `sent a file: roses.jpg (1.2 MB)`.
 *
 * @param body The body of a post of the kind `file`.
 * @return What the sender did, without a name; not safe for a terminal.
 */
export function fileSentence(body: string): string {
  const content = readFileContent(body);
  if (content === null) return "sent a file that this program cannot read";
  const { name, size, text } = content;
  return `sent a file: ${name} (${sizeText(size)})${text === "" ? "" : `: ${text}`}`;
}
