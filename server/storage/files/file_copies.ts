/**
 * Copies of files that other servers of the cluster have: fetched piece by piece, and kept when they are what they must be.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { AtOnce } from "../../common/at_once.ts";
import type { Logger } from "../../common/log.ts";
import type { FileLookups, FileWriter, StoredFile } from "../file_storage.ts";
import { StorageError } from "../storage_error.ts";
import { type FileFolder, syncedPieceBytes } from "./file_folder.ts";
import type { PieceAsking } from "./file_peers.ts";
import { pieceBytes } from "./file_questions.ts";

/** Copies that are fetched at once. */
const copiesAtOnceMax = 4;

/** What copies are made with. */
export interface FileCopiesOptions {
  readonly folder: FileFolder;
  readonly storage: FileLookups;
  readonly asking: PieceAsking;
  readonly logger: Logger;
}

/** Which copy is wanted. */
export interface WantedCopy {
  readonly file: string;
  /** The servers that may have it. */
  readonly from: readonly string[];
  /** SHA-256 of its bytes, in hexadecimal; what the log says of the file where left out. */
  readonly hash?: string;
}

/** What became of a copy: it is here; the file is not one that is to be kept; there is too little room; it did not come. */
export type CopyOutcome = "kept" | "unknown" | "full" | "failed";

interface Copy {
  readonly outcome: Promise<CopyOutcome>;
  resolve(outcome: CopyOutcome): void;
  hasBegun: boolean;
  isOver: boolean;
}

/** Makes copies. */
export class FileCopies {
  readonly #options: FileCopiesOptions;
  readonly #atOnce = new AtOnce(copiesAtOnceMax);
  readonly #underWay = new Map<string, Copy>();
  /** What copies under way will take of the disk. */
  #reservedBytes = 0;
  #isClosed = false;

  /** @param options See {@linkcode FileCopiesOptions}. */
  constructor(options: FileCopiesOptions) {
    this.#options = options;
  }

  /**
   * Makes a copy; one that is under way is not begun again.
   *
   * @param wanted See {@linkcode WantedCopy}.
   * @returns What became of it. Never rejected.
   */
  async make(wanted: WantedCopy): Promise<CopyOutcome> {
    const { file } = wanted;
    if (this.#isClosed) return "failed";
    const before = this.#underWay.get(file);
    if (before !== undefined) return await before.outcome;
    const { promise: outcome, resolve } = Promise.withResolvers<CopyOutcome>();
    const copy: Copy = { outcome, resolve, hasBegun: false, isOver: false };
    this.#underWay.set(file, copy);
    void this.#atOnce.run(async () => {
      if (copy.isOver) return;
      copy.hasBegun = true;
      const made = await this.#tolerantly(copy, wanted);
      this.#underWay.delete(file);
      resolve(made);
    });
    return await outcome;
  }

  /** Ends what is under way with a file. Resolves when it has ended. */
  async stop(file: string): Promise<void> {
    const copy = this.#underWay.get(file);
    if (copy === undefined) return;
    copy.isOver = true;
    if (!copy.hasBegun) {
      this.#underWay.delete(file);
      copy.resolve("failed");
    }
    await copy.outcome;
  }

  /** Ends all of it, for good. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#underWay.keys()].map((file) => this.stop(file)));
  }

  async #tolerantly(copy: Copy, wanted: WantedCopy): Promise<CopyOutcome> {
    try {
      return await this.#make(copy, wanted);
    } catch (error) {
      const { message } = error as Error;
      this.#options.logger.warn("A copy of the file {file} cannot be kept: {error}", {
        file: wanted.file,
        error: message,
      });
      return error instanceof StorageError && error.reason === "full" ? "full" : "failed";
    }
  }

  async #make(copy: Copy, { file, from, hash: given }: WantedCopy): Promise<CopyOutcome> {
    const { folder, storage } = this.#options;
    const record = await storage.findFile(file);
    if (record === null || record.post === "retracted") return "unknown";
    if (given === undefined && !record.whole) return "unknown";
    const hash = given ?? record.hash;
    if (await folder.isWhole(file)) {
      return given === undefined || await digestOf(folder, file) === given ? "kept" : "failed";
    }
    this.#reservedBytes += record.bytes;
    try {
      if (!await folder.hasRoomFor(this.#reservedBytes)) return "full";
      for (const server of from) {
        if (copy.isOver) break;
        if (await this.#fetch(copy, server, { ...record, hash })) return "kept";
      }
      return "failed";
    } finally {
      this.#reservedBytes -= record.bytes;
    }
  }

  async #fetch(copy: Copy, server: string, record: StoredFile): Promise<boolean> {
    const { folder } = this.#options;
    // Whoever has nothing of it is not to cost what has come of it from its sender.
    const first = await this.#piece(server, record, 0);
    if (first === null || copy.isOver) return false;
    const writer = await folder.write(record.file, 0);
    let isWhole = false;
    try {
      isWhole = await this.#receive({ copy, server, record, first }, writer);
      return isWhole;
    } finally {
      writer.close();
      if (!isWhole) await folder.remove(record.file);
    }
  }

  async #receive(
    { copy, server, record, first }: {
      readonly copy: Copy;
      readonly server: string;
      readonly record: StoredFile;
      readonly first: Uint8Array;
    },
    writer: FileWriter,
  ): Promise<boolean> {
    const hasher = createHash("sha256");
    let unsynced = 0;
    for (let piece: Uint8Array | null = first; piece.length > 0;) {
      const next = this.#piece(server, record, writer.offset + piece.length);
      hasher.update(piece);
      await writer.append(piece);
      unsynced += piece.length;
      if (unsynced >= syncedPieceBytes) {
        await writer.sync();
        unsynced = 0;
      }
      piece = await next;
      if (piece === null || copy.isOver) return false;
    }
    if (record.hash !== null && hasher.digest("hex") !== record.hash) {
      this.#options.logger.warn(
        "The server {server} has given another file for {file} than was sent: nothing of it is kept.",
        { server, file: record.file },
      );
      return false;
    }
    await writer.finish();
    return true;
  }

  /** The next piece of a file; empty behind its end. Null where the server does not give it. */
  #piece(
    server: string,
    { file, bytes }: StoredFile,
    offset: number,
  ): Promise<Uint8Array | null> {
    const length = Math.min(pieceBytes, bytes - offset);
    if (length === 0) return Promise.resolve(new Uint8Array(0));
    return this.#options.asking.piece(server, { file, offset, length });
  }
}

/**
 * SHA-256 of a file that is whole.
 *
 * @param folder Where it is.
 * @param file Which one.
 * @throws {StorageError} Where it cannot be read.
 * @returns The digest, in hexadecimal; null where it is not there.
 */
export async function digestOf(folder: FileFolder, file: string): Promise<string | null> {
  const reader = await folder.read(file, 0);
  if (reader === null) return null;
  try {
    const hasher = createHash("sha256");
    const buffer = new Uint8Array(pieceBytes);
    for (let count; (count = await reader.read(buffer)) !== null;) {
      hasher.update(buffer.subarray(0, count));
    }
    return hasher.digest("hex");
  } finally {
    reader.close();
  }
}
