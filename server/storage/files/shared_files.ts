/**
 * The files of one server of a cluster. It holds all of them in the end, as it does everything else:
 *
 * 1. All of a file that came here goes to another server, too, before it counts as sent; where no other one runs, this one is enough.
 * 2. What came elsewhere is copied in the background. Where somebody fetches it before, its bytes are passed on from a server that has it.
 * 3. A copy is kept only where its length and its hash are those that the log knows.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import type { Logger } from "../../common/log.ts";
import type { CommandLog } from "../command_log.ts";
import type { FileBytes, FileLookups, FileReader, FileWriter } from "../file_storage.ts";
import { StorageError } from "../storage_error.ts";
import { type CopyOutcome, FileCopies } from "./file_copies.ts";
import type { FileFolder } from "./file_folder.ts";
import { askFor, type FilePeers, PieceAsking, shuffled } from "./file_peers.ts";
import {
  encodeFileAnswer,
  type FileQuestion,
  pieceBuffer,
  readQuestion,
} from "./file_questions.ts";
import { MissingFiles } from "./missing_files.ts";
import { PeerReader } from "./peer_reader.ts";

/** What the files of a server are made with. */
export interface SharedFilesOptions {
  /** Its own files. */
  readonly folder: FileFolder;
  readonly storage: CommandLog & FileLookups;
  readonly peers: FilePeers;
  readonly logger: Logger;
  /** Whether it keeps copies: not where its operator wants no files. */
  readonly keeps: boolean;
}

/** A question to keep a copy is answered within this time, whether it is there or not, and its answer waited for so long: in milliseconds. */
const comingMs = 3_000;
const keepTimeoutMs = 8_000;
/** For so long another server is looked for that takes a copy: one that has died is known to be gone by then. */
const securingMs = 10_000;
/** A copy that is under way may take this time, and as long again as it takes at this rate. */
const copyTimeoutMs = 10 * 60_000;
const slowBytesPerMs = 1_000;
const againMs = 500;
/** How long a question waits until this server is as far as the one that asks. */
const placeTimeoutMs = 2_000;
/** Pieces that are given at once; who asks for more gets no answer, and turns to another server. */
const givenAtOnceMax = 32;

/** The files of one server. */
export class SharedFiles implements FileBytes {
  readonly #options: SharedFilesOptions;
  readonly #asking: PieceAsking;
  readonly #copies: FileCopies;
  readonly #missing: MissingFiles | null;
  #giving = 0;
  #isClosed = false;

  /** Begins. @param options See {@linkcode SharedFilesOptions}. */
  constructor(options: SharedFilesOptions) {
    this.#options = options;
    const { peers, logger, keeps } = options;
    this.#asking = new PieceAsking(peers, logger);
    this.#copies = new FileCopies({ ...options, asking: this.#asking });
    this.#missing = keeps ? new MissingFiles({ ...options, copies: this.#copies }) : null;
    peers.answer((data) => this.#answer(data));
  }

  /** See {@linkcode FileBytes.missing}. */
  get missing(): number {
    return this.#missing?.size ?? 0;
  }

  /** See {@linkcode FileBytes.arrived}. */
  arrived(file: string): Promise<number> {
    return this.#options.folder.arrived(file);
  }

  /** See {@linkcode FileBytes.write}. */
  async write(file: string, offset: number): Promise<FileWriter> {
    await this.#copies.stop(file);
    return await this.#options.folder.write(file, offset);
  }

  /** See {@linkcode FileBytes.secure}. */
  async secure(file: string): Promise<string | null> {
    const { peers, storage } = this.#options;
    const [hash, record] = [await this.#copies.digest(file), await storage.findFile(file)];
    if (hash === null || record === null) return null;
    await peers.settled;
    const beganMs = performance.now();
    const limitMs = copyTimeoutMs + record.bytes / slowBytesPerMs;
    for (;;) {
      const others = shuffled(peers.others);
      if (others.length === 0) return hash;
      const refused: (CopyOutcome | "closed")[] = [];
      for (const server of others) {
        const outcome = await this.#sendCopy(server, { file, hash, endMs: beganMs + limitMs });
        if (outcome === "kept") return hash;
        if (outcome !== "closed") refused.push(outcome);
      }
      // Nobody else keeps files.
      if (refused.length === 0) return hash;
      const isFull = refused.every((outcome) => outcome === "full");
      if (isFull || performance.now() - beganMs > securingMs) throw notSecured(isFull);
      await delay(againMs);
    }
  }

  /** See {@linkcode FileBytes.read}. */
  async read(file: string, offset: number): Promise<FileReader | null> {
    const { folder, storage, peers } = this.#options;
    const own = await folder.read(file, offset);
    if (own !== null) return own;
    const record = await storage.findFile(file);
    if (record?.whole !== true) return null;
    const { bytes } = record;
    return await PeerReader.open({ peers, asking: this.#asking, file, bytes }, offset);
  }

  /** See {@linkcode FileBytes.remove}. */
  async remove(file: string): Promise<void> {
    await this.#copies.stop(file);
    await this.#options.folder.remove(file);
    this.#missing?.removed(file);
  }

  /** See {@linkcode FileBytes.list}. */
  list(): AsyncIterable<string> {
    return this.#options.folder.list();
  }

  /** See {@linkcode FileBytes.close}. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#missing?.close(), this.#copies.close()]);
    await this.#options.peers.close();
  }

  /** Asks a server to keep a copy, and waits until it has one. */
  async #sendCopy(
    server: string,
    { file, hash, endMs }: {
      readonly file: string;
      readonly hash: string;
      readonly endMs: number;
    },
  ): Promise<CopyOutcome | "closed"> {
    const { peers } = this.#options;
    const { self: from, place } = peers;
    while (performance.now() < endMs) {
      if (this.#isClosed) throw stopping();
      const question = { type: "keep", file, hash, from, place } as const;
      const answer = await askFor(peers, server, question, keepTimeoutMs);
      if (answer?.type === "kept") return "kept";
      if (answer?.type === "refused") return answer.reason;
      if (answer?.type !== "coming") break;
    }
    return "failed";
  }

  async #answer(data: Uint8Array): Promise<Uint8Array> {
    const question = readQuestion(data);
    if (question === null || this.#isClosed) throw new Error("This is no question.");
    return question.type === "piece"
      ? await this.#givePiece(question)
      : await this.#takeCopy(question);
  }

  async #givePiece(
    { file, offset }: Extract<FileQuestion, { type: "piece" }>,
  ): Promise<Uint8Array> {
    if (this.#giving >= givenAtOnceMax) throw new Error("Too many pieces are given already.");
    this.#giving++;
    try {
      const reader = await this.#options.folder.read(file, offset);
      if (reader === null) return encodeFileAnswer({ type: "none" });
      try {
        const { answer, bytes } = pieceBuffer();
        return answer.subarray(0, 1 + await readFull(reader, bytes));
      } finally {
        reader.close();
      }
    } finally {
      this.#giving--;
    }
  }

  async #takeCopy(
    { file, hash, from, place }: Extract<FileQuestion, { type: "keep" }>,
  ): Promise<Uint8Array> {
    const { peers, keeps } = this.#options;
    if (!keeps) return encodeFileAnswer({ type: "refused", reason: "closed" });
    const isTaken = peers.others.includes(from) &&
      await peers.reached(place, placeTimeoutMs);
    if (!isTaken) return encodeFileAnswer({ type: "refused", reason: "failed" });
    const waiting = new AbortController();
    const outcome = await Promise.race([
      this.#copies.make({ file, from: [from], hash }),
      delay(comingMs, waiting).then(() => "coming" as const, () => "coming" as const),
    ]);
    waiting.abort();
    if (outcome === "kept" || outcome === "coming") return encodeFileAnswer({ type: outcome });
    const reason = outcome === "full" ? outcome : "failed";
    return encodeFileAnswer({ type: "refused", reason });
  }
}

async function readFull(reader: FileReader, buffer: Uint8Array): Promise<number> {
  let at = 0;
  while (at < buffer.length) {
    const count = await reader.read(buffer.subarray(at));
    if (count === null) break;
    at += count;
  }
  return at;
}

function notSecured(isFull: boolean): StorageError {
  return isFull
    ? new StorageError("full", "The disks of the other servers are full: none takes a copy.")
    : new StorageError(
      "cut_off",
      "No other server could take a copy of this file, so it does not count as sent. Try again.",
    );
}

function stopping(): StorageError {
  return new StorageError("cut_off", "The server is stopping. Try again.");
}
