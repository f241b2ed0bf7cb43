/**
 * A file of this machine that is sent.
 *
 * @module
 */
import { basename, extname } from "node:path";
import { createHash } from "node:crypto";
import { reasonOf } from "../../platform/data_folder.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import type { FileSource, Hasher } from "../core/files/file_ports.ts";

/** SHA-256 of the runtime. */
export function newHasher(): Hasher {
  const hash = createHash("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => new Uint8Array(hash.digest()),
  };
}

/** A file that is open. */
export interface OpenSentFile {
  readonly source: FileSource;
  readonly name: string;
  /** Its media type, as far as its name tells. */
  readonly type: string;
  /** When it was changed last, in milliseconds since 1970. */
  readonly changedMs: number;
}

/** Media types that some program can show (RFC 6838). Others are not worth a guess. */
const types: Readonly<Record<string, string>> = {
  ".txt": "text/plain",
  ".md": "text/markdown",
  ".csv": "text/csv",
  ".html": "text/html",
  ".json": "application/json",
  ".pdf": "application/pdf",
  ".zip": "application/zip",
  ".gz": "application/gzip",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".svg": "image/svg+xml",
  ".mp3": "audio/mpeg",
  ".ogg": "audio/ogg",
  ".wav": "audio/wav",
  ".mp4": "video/mp4",
  ".webm": "video/webm",
};

/**
 * Opens a file to send it.
 *
 * @param path The file.
 * @throws {ChatError} `not_found` where it cannot be read, or is no file.
 */
export async function openSentFile(path: string): Promise<OpenSentFile> {
  const file = await orNotFound(path, () => Deno.open(path, { read: true }));
  try {
    const first = await orNotFound(path, () => file.stat());
    if (!first.isFile) throw unusable(path, first.isDirectory ? "it is a folder" : "it is no file");
    const { size } = first;
    const changedMs = first.mtime?.getTime() ?? 0;
    let at = 0;
    const read: FileSource["read"] = async (offset, buffer) => {
      if (at !== offset) await file.seek(offset, Deno.SeekMode.Start);
      const count = await readFull(file, buffer);
      at = offset + count;
      return count;
    };
    const source: FileSource = {
      size,
      read: (offset, buffer) => orNotFound(path, () => read(offset, buffer)),
      isUnchanged: async () => {
        const now = await file.stat();
        return now.size === size && (now.mtime?.getTime() ?? 0) === changedMs;
      },
      close: () => file.close(),
    };
    const name = basename(path);
    return { source, name, type: types[extname(name).toLowerCase()] ?? "", changedMs };
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * Whether a path leads to a file that could be sent.
 *
 * @param path The path.
 */
export function isFileHere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Reads until the buffer is full, or the file ends. */
export async function readAt(
  file: Deno.FsFile,
  offset: number,
  buffer: Uint8Array,
): Promise<number> {
  await file.seek(offset, Deno.SeekMode.Start);
  return await readFull(file, buffer);
}

async function readFull(file: Deno.FsFile, buffer: Uint8Array): Promise<number> {
  let at = 0;
  while (at < buffer.length) {
    const count = await file.read(buffer.subarray(at));
    if (count === null) break;
    at += count;
  }
  return at;
}

async function orNotFound<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unusable(path, reasonOf(error), error);
  }
}

function unusable(path: string, reason: string, cause?: unknown): ChatError {
  return new ChatError("not_found", `The file "${path}" cannot be read: ${reason}.`, { cause });
}
