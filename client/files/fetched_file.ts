/**
 * A file that is fetched, on its way to a folder of this machine: with `.part` behind its name until all of it is there and right.
 *
 * @module
 */
import { join } from "node:path";
import { reasonOf } from "../../platform/data_folder.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import type { FileSink } from "../core/files/file_ports.ts";
import { numberedName } from "./local_name.ts";
import { readAt } from "./sent_file.ts";

/** Only for the person, and nothing that could be run. */
const mode = 0o600;
/** Files of one name in a folder, before it is given up. */
const numbersMax = 1_000;
const partEnd = ".part";

/** A file that is open. */
export interface OpenFetchedFile {
  readonly sink: FileSink;
  /** Where it is until it is whole. */
  readonly partPath: string;
  /** Where it is when it is whole; null before. */
  readonly path: () => string | null;
}

/**
 * Opens a file to write it.
 *
 * @param folder The folder, which is there.
 * @param name What it is to be called: see `localFileName`.
 * @param earlier Where an earlier run has left it; null where there was none.
 * @throws {ChatError} `forbidden` where it cannot be written.
 */
export async function openFetchedFile(
  folder: string,
  name: string,
  earlier: string | null,
): Promise<OpenFetchedFile> {
  const { file, partPath } = await orForbidden(folder, () => openPart(folder, name, earlier));
  const kept = (await file.stat()).size;
  let path: string | null = null;
  let at = -1;
  let isOpen = true;
  const close = () => {
    if (isOpen) file.close();
    isOpen = false;
  };
  const sink: FileSink = {
    kept,
    read: (offset, buffer) => {
      at = -1;
      return readAt(file, offset, buffer);
    },
    write: (offset, bytes) =>
      orForbidden(folder, async () => {
        if (at !== offset) await file.seek(offset, Deno.SeekMode.Start);
        for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
        at = offset + bytes.length;
      }),
    finish: () =>
      orForbidden(folder, async () => {
        await file.truncate(Math.max(0, at));
        await file.syncData();
        close();
        path = await moveInPlace(partPath, folder, name);
      }),
    pause: () => {
      close();
      return Promise.resolve();
    },
    discard: async () => {
      close();
      await Deno.remove(partPath).catch(() => {});
    },
  };
  return { sink, partPath, path: () => path };
}

async function openPart(
  folder: string,
  name: string,
  earlier: string | null,
): Promise<{ file: Deno.FsFile; partPath: string }> {
  if (earlier !== null) {
    const file = await Deno.open(earlier, { read: true, write: true }).catch(() => null);
    if (file !== null) return { file, partPath: earlier };
  }
  return await firstFree(folder, name, partEnd, async (partPath) => {
    const options = { read: true, write: true, createNew: true, mode };
    return { file: await Deno.open(partPath, options), partPath };
  });
}

/** Takes a name that is free, so that nothing is overwritten, and puts the file there. */
async function moveInPlace(partPath: string, folder: string, name: string): Promise<string> {
  const path = await firstFree(folder, name, "", async (free) => {
    (await Deno.open(free, { write: true, createNew: true, mode })).close();
    return free;
  });
  await Deno.rename(partPath, path);
  return path;
}

async function firstFree<T>(
  folder: string,
  name: string,
  end: string,
  take: (path: string) => Promise<T>,
): Promise<T> {
  for (let number = 1;; number++) {
    try {
      return await take(join(folder, numberedName(name, number) + end));
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists) || number >= numbersMax) throw error;
    }
  }
}

async function orForbidden<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const message = `Nothing can be written in the folder "${folder}": ${reasonOf(cause)}.`;
    throw new ChatError("forbidden", message, { cause });
  }
}
