/**
 * The bytes of files, in a folder beside the database: one file of the disk for each, with `.part` behind its name until all of it has
 * come.
 *
 * @module
 */
import { join } from "node:path";
import { fileIdPattern } from "../../../protocol/wire/file_id.ts";
import type { FileBytes, FileReader, FileWriter } from "../file_storage.ts";
import { type DiskSpace, freeBytesWanted, measureDisk } from "../sqlite/file/free_disk.ts";
import { storageErrorFrom } from "../sqlite/file/storage_failure.ts";
import { StorageError } from "../storage_error.ts";

/** The folder's name in the data folder. */
const folderName = "files";
const partEnd = ".part";
/** The rights of a file that was sealed: see {@linkcode FileFolder.seal}. */
const sealedMode = 0o400;

/** What has come is brought to the disk so often, in bytes: less is lost then, and the end has little to wait for. */
export const syncedPieceBytes: number = 8 * 1024 * 1024;
/**
 * After a restart of the server nobody knows what of the newest bytes was on the disk: a machine without power may have left anything there.
 * So many of them are sent again: some are being synced while more come.
 */
const doubtfulBytes: number = 2 * syncedPieceBytes;

/** The folder of one server. */
export class FileFolder implements FileBytes {
  /** See {@linkcode FileBytes.missing}: nobody else is there. */
  readonly missing = 0;
  readonly #path: string;
  /** How much of a file has come for sure since the server was started. */
  readonly #arrived = new Map<string, number>();
  readonly #beingWritten = new Set<string>();

  readonly #measureDisk: (directory: string) => Promise<DiskSpace>;

  private constructor(path: string, measure: (directory: string) => Promise<DiskSpace>) {
    this.#path = path;
    this.#measureDisk = measure;
  }

  /**
   * Opens the folder, which is made where it is not there.
   *
   * @param dataDirectory The data folder, which exists.
   * @param measure How much of its disk is free; asked of the system where left out.
   * @throws {StorageError} `not_writable`, `full`.
   */
  static async open(
    dataDirectory: string,
    measure: (directory: string) => Promise<DiskSpace> = measureDisk,
  ): Promise<FileFolder> {
    const path = join(dataDirectory, folderName);
    await translatedFrom(path, () => Deno.mkdir(path, { recursive: true, mode: 0o700 }));
    return new FileFolder(path, measure);
  }

  /** See {@linkcode FileBytes.arrived}. */
  async arrived(file: string): Promise<number> {
    const known = this.#arrived.get(file);
    if (known !== undefined) return known;
    return await translatedFrom(this.#path, async () => {
      const whole = await sizeOf(this.#wholePath(file));
      if (whole !== null) return whole;
      const size = await sizeOf(this.#partPath(file)) ?? 0;
      return Math.max(0, Math.floor((size - doubtfulBytes) / syncedPieceBytes) * syncedPieceBytes);
    });
  }

  /** See {@linkcode FileBytes.write}. */
  async write(file: string, offset: number): Promise<FileWriter> {
    if (this.#beingWritten.has(file)) {
      throw new StorageError("failed", "This file is being sent over another connection.");
    }
    this.#beingWritten.add(file);
    try {
      return await translatedFrom(this.#path, async () => {
        // It was whole already, and the server has ended before that was noted.
        if (await sizeOf(this.#wholePath(file)) !== null) {
          await Deno.rename(this.#wholePath(file), this.#partPath(file));
        }
        const options = { write: true, create: true, mode: 0o600 };
        const opened = await Deno.open(this.#partPath(file), options);
        await opened.truncate(offset);
        await opened.seek(offset, Deno.SeekMode.Start);
        this.#arrived.set(file, offset);
        return this.#writer(file, opened, offset);
      });
    } catch (error) {
      this.#beingWritten.delete(file);
      throw error;
    }
  }

  /** See {@linkcode FileBytes.read}. */
  async read(file: string, offset: number): Promise<FileReader | null> {
    return await translatedFrom(this.#path, async () => {
      const opened = await openOrNull(this.#wholePath(file));
      if (opened === null) return null;
      await opened.seek(offset, Deno.SeekMode.Start);
      return {
        read: (buffer) => translatedFrom(this.#path, () => opened.read(buffer)),
        close: onceClosing(opened),
      };
    });
  }

  /** See {@linkcode FileBytes.secure}: nobody else is there. */
  secure(_file: string): Promise<null> {
    return Promise.resolve(null);
  }

  /** Whether all of a file is here. */
  async isWhole(file: string): Promise<boolean> {
    return await translatedFrom(
      this.#path,
      async () => await sizeOf(this.#wholePath(file)) !== null,
    );
  }

  /** Notes for good that a file which is whole is the one that the log means: nobody can write it any more. */
  async seal(file: string): Promise<void> {
    // There, what cannot be written cannot be removed.
    if (Deno.build.os === "windows") return;
    await translatedFrom(this.#path, () => Deno.chmod(this.#wholePath(file), sealedMode));
  }

  /** Whether a file is here that was sealed. */
  async isSealed(file: string): Promise<boolean> {
    return await translatedFrom(this.#path, async () => {
      const info = await statOrNull(this.#wholePath(file));
      return info !== null && info.mode !== null && (info.mode & 0o777) === sealedMode;
    });
  }

  /** Whether so many bytes more leave enough of the disk free. Yes, where nobody can tell. */
  async hasRoomFor(bytes: number): Promise<boolean> {
    const space = await this.#measureDisk(this.#path).catch(() => null);
    return space === null || space.freeBytes - bytes >= freeBytesWanted(space);
  }

  /** See {@linkcode FileBytes.close}: it does nothing by itself. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** See {@linkcode FileBytes.remove}. */
  async remove(file: string): Promise<void> {
    this.#arrived.delete(file);
    await translatedFrom(this.#path, async () => {
      for (const path of [this.#partPath(file), this.#wholePath(file)]) {
        await Deno.remove(path).catch((error: unknown) => {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
        });
      }
    });
  }

  /** See {@linkcode FileBytes.list}. */
  async *list(): AsyncIterable<string> {
    for await (const { name } of Deno.readDir(this.#path)) {
      const file = name.endsWith(partEnd) ? name.slice(0, -partEnd.length) : name;
      if (fileIdPattern.test(file)) yield file;
    }
  }

  #writer(file: string, opened: Deno.FsFile, from: number): FileWriter {
    const path = this.#path;
    const close = onceClosing(opened);
    let offset = from;
    const sync = async () => {
      const reached = offset;
      // What is done with one handle waits for its turn: with another one more is written meanwhile.
      await translatedFrom(path, () => syncPart(this.#partPath(file)));
      this.#arrived.set(file, reached);
    };
    return {
      get offset() {
        return offset;
      },
      append: async (bytes) => {
        await translatedFrom(path, () => writeAll(opened, bytes));
        offset += bytes.length;
      },
      sync,
      finish: async () => {
        await sync();
        await translatedFrom(path, async () => {
          await Deno.rename(this.#partPath(file), this.#wholePath(file));
          await syncFolder(path);
        });
        this.#arrived.delete(file);
      },
      close: () => {
        close();
        this.#beingWritten.delete(file);
      },
    };
  }

  #wholePath(file: string): string {
    return join(this.#path, file);
  }

  #partPath(file: string): string {
    return join(this.#path, file + partEnd);
  }
}

async function translatedFrom<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageErrorFrom(error, path);
  }
}

async function sizeOf(path: string): Promise<number | null> {
  return (await statOrNull(path))?.size ?? null;
}

async function statOrNull(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function openOrNull(path: string): Promise<Deno.FsFile | null> {
  try {
    return await Deno.open(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function syncPart(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.syncData();
}

async function writeAll(opened: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await opened.write(bytes.subarray(at));
}

/** A new name is on the disk when its folder is. Windows has no such call, and writes names by itself. */
async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path, { read: true });
  await folder.sync();
}

function onceClosing(opened: Deno.FsFile): () => void {
  let isOpen = true;
  return () => {
    if (isOpen) opened.close();
    isOpen = false;
  };
}
