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

/** So many hashes are remembered: between a copy and the word of the log about it nothing has to be read again. */
const digestsMax = 1_000;

/** Pieces that are asked for ahead of the one that is written. */
const piecesAhead = 3;

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
  /** SHA-256 of files that are here, as far as it is known, in hexadecimal. */
  readonly #digests = new Map<string, string>();
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
    if (before !== undefined) {
      const outcome = await before.outcome;
      // It may be the copy of what was sent to another server.
      return outcome === "kept" ? await this.make(wanted) : outcome;
    }
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

  /**
   * SHA-256 of a file that is here.
   *
   * @throws {StorageError} Where it cannot be read.
   * @returns In hexadecimal; null where it is not here.
   */
  async digest(file: string): Promise<string | null> {
    const digest = this.#digests.get(file) ?? await digestOf(this.#options.folder, file);
    if (digest !== null) this.#remember(file, digest);
    return digest;
  }

  /** Ends what is under way with a file, which is going to be another one, or none. Resolves when it has ended. */
  async stop(file: string): Promise<void> {
    this.#digests.delete(file);
    const copy = this.#underWay.get(file);
    if (copy === undefined) return;
    copy.isOver = true;
    if (!copy.hasBegun) {
      this.#underWay.delete(file);
      copy.resolve("failed");
    }
    await copy.outcome;
    this.#digests.delete(file);
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
    // It was sent to two servers, and the log has taken the other one's.
    if (record.whole && record.hash !== null && hash !== record.hash) return "failed";
    if (await folder.isWhole(file)) {
      if (await this.#isRight(record, given)) return "kept";
      if (given !== undefined) return "failed";
      // What its sender has sent here once more, or to a server that took it first, is not the file.
      await folder.remove(file);
      this.#digests.delete(file);
    }
    this.#reservedBytes += record.bytes;
    try {
      if (!await folder.hasRoomFor(this.#reservedBytes)) return "full";
      for (const server of from) {
        if (copy.isOver) break;
        if (!await this.#fetch(copy, server, { ...record, hash })) continue;
        if (given === undefined) await folder.seal(file);
        return "kept";
      }
      return "failed";
    } finally {
      this.#reservedBytes -= record.bytes;
    }
  }

  /** Whether what is here is what is wanted: by the hash that was given, or else by that of the log. */
  async #isRight({ file, hash }: StoredFile, given: string | undefined): Promise<boolean> {
    const { folder } = this.#options;
    if (given !== undefined) return await this.digest(file) === given;
    if (await folder.isSealed(file)) return true;
    if (hash !== null && await this.digest(file) !== hash) return false;
    await folder.seal(file);
    return true;
  }

  #remember(file: string, digest: string): void {
    this.#digests.delete(file);
    this.#digests.set(file, digest);
    if (this.#digests.size <= digestsMax) return;
    for (const oldest of this.#digests.keys()) {
      this.#digests.delete(oldest);
      return;
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
    const { file } = record;
    const hasher = createHash("sha256");
    const pieces = [Promise.resolve<Uint8Array | null>(first)];
    let askedBytes = first.length;
    let syncing: Promise<void> = Promise.resolve();
    let syncedBytes = 0;
    while (writer.offset < record.bytes) {
      for (; pieces.length <= piecesAhead && askedBytes < record.bytes; askedBytes += pieceBytes) {
        pieces.push(this.#piece(server, record, askedBytes));
      }
      const piece = await pieces.shift()!;
      if (piece === null || copy.isOver) return false;
      hasher.update(piece);
      await writer.append(piece);
      if (writer.offset - syncedBytes < syncedPieceBytes) continue;
      await syncing;
      syncedBytes = writer.offset;
      syncing = writer.sync();
      // Whoever waits for it comes later.
      syncing.catch(() => {});
    }
    await syncing;
    const digest = hasher.digest("hex");
    if (record.hash !== null && digest !== record.hash) {
      this.#options.logger.warn(
        "The server {server} has given another file for {file} than was sent: nothing of it is kept.",
        { server, file },
      );
      return false;
    }
    await writer.finish();
    this.#remember(file, digest);
    return true;
  }

  /** A piece of a file. Null where the server does not give it. */
  #piece(
    server: string,
    { file, bytes }: StoredFile,
    offset: number,
  ): Promise<Uint8Array | null> {
    const length = Math.min(pieceBytes, bytes - offset);
    return this.#options.asking.piece(server, { file, offset, length });
  }
}

async function digestOf(folder: FileFolder, file: string): Promise<string | null> {
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
