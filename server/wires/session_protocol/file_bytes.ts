/**
 * The bytes of a file, from a connection to the disk and back. While one piece is on its way to the one, the next comes from the other.
 *
 * @module
 */
import type { FileReader, FileWriter } from "../../storage/file_storage.ts";
import type { BarePipe } from "../connection/wire_connection.ts";

/** Bytes that are moved at once. Each transfer has two such pieces. */
const pieceBytes = 256 * 1024;
/**
 * After so many bytes the disk is asked to keep what came: less is lost then, and the end has little to wait for. No more, since on many file systems
 * what the database syncs meanwhile waits for these bytes, too.
 */
const syncedBytes: number = 4 * 1024 * 1024;

/**
 * Takes the rest of a file. While some of it is being brought to the disk, the next comes: no more than twice `syncedBytes` are not there
 * yet.
 *
 * @param pipe Where it comes from. What comes behind the file is not read.
 * @param writer Where it goes.
 * @param bytes How many the whole file has.
 * @return Whether all has come; what has come is kept.
 * @throws {StorageError} and what the pipe throws.
 */
export async function receiveFile(
  pipe: BarePipe,
  writer: FileWriter,
  bytes: number,
): Promise<boolean> {
  const buffers = [new Uint8Array(pieceBytes), new Uint8Array(pieceBytes)] as const;
  let writing: Promise<void> = Promise.resolve();
  let syncing: Promise<void> = Promise.resolve();
  let at = writer.offset;
  let unsynced = 0;
  try {
    for (let turn: 0 | 1 = 0; at < bytes; turn = turn === 0 ? 1 : 0) {
      const wanted = Math.min(pieceBytes, bytes - at);
      const piece = await readPiece(pipe, buffers[turn].subarray(0, wanted));
      await writing;
      at += piece.length;
      unsynced += piece.length;
      writing = writer.append(piece);
      if (unsynced >= syncedBytes) {
        unsynced = 0;
        await syncing;
        syncing = writing.then(() => writer.sync());
      }
      // Whoever waits for them comes later.
      writing.catch(() => {});
      syncing.catch(() => {});
      if (piece.length < wanted) break;
    }
    await writing;
    await syncing;
    return at === bytes;
  } finally {
    // Nothing of it is under way when the writer is closed.
    await Promise.allSettled([writing, syncing]);
  }
}

/** Reads until the buffer is full, or nothing more comes. */
async function readPiece(pipe: BarePipe, buffer: Uint8Array): Promise<Uint8Array> {
  let at = 0;
  while (at < buffer.length) {
    const count = await pipe.read(at === 0 ? buffer : buffer.subarray(at));
    if (count === null) break;
    at += count;
  }
  return buffer.subarray(0, at);
}

/**
 * Sends the rest of a file.
 *
 * @param reader Where it comes from.
 * @param pipe Where it goes.
 * @throws {StorageError} and what the pipe throws.
 */
export async function transmitFile(reader: FileReader, pipe: BarePipe): Promise<void> {
  const buffers = [new Uint8Array(pieceBytes), new Uint8Array(pieceBytes)] as const;
  let reading = reader.read(buffers[0]);
  for (let turn: 0 | 1 = 0;; turn = turn === 0 ? 1 : 0) {
    const count = await reading;
    if (count === null) return;
    reading = reader.read(buffers[turn === 0 ? 1 : 0]);
    reading.catch(() => {});
    try {
      await writeAll(pipe, buffers[turn].subarray(0, count));
    } catch (error) {
      await reading.catch(() => {});
      throw error;
    }
  }
}

async function writeAll(pipe: BarePipe, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await pipe.write(bytes.subarray(at));
}
