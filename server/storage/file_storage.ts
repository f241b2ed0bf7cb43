/**
 * Files that people send: what is known of each, and where their bytes are. The bytes are encrypted; the server cannot read them.
 *
 * @module
 */
import type { Destination } from "./post_storage.ts";

/** A file, as it was announced. */
export interface FileRecord {
  /** See protocol/wire/file_id.ts. */
  readonly file: string;
  /** The sender's name as shown. */
  readonly from: string;
  /** The sender's folded name: whose share of the disk it takes. */
  readonly owner: string;
  /** The id of the post that brings it. */
  readonly postId: string;
  /** Where that post belongs: who may read it there may fetch the file. */
  readonly destination: Destination;
  /** How many bytes it has, as it is stored. */
  readonly bytes: number;
  /** When it was announced, in milliseconds since 1970. */
  readonly timeMs: number;
}

/** A file, as it is stored. */
export interface StoredFile extends FileRecord {
  /** Whether all of it is there. */
  readonly whole: boolean;
  /** SHA-256 of its bytes, as they are stored, in hexadecimal; null where not all of it is there, or its server was alone when it came. */
  readonly hash: string | null;
  /** Whether the post that brings it is there, and was taken back meanwhile. */
  readonly post: "none" | "there" | "retracted";
}

/** How many bytes of files are stored, whole or announced. */
export interface FileUsage {
  /** Those of one account. */
  readonly own: number;
  /** How many files these are. */
  readonly ownCount: number;
  readonly all: number;
}

/** Which files nobody needs any more. */
export interface StaleFilesQuery {
  /** Those that were announced before this: they have been kept for long enough. Milliseconds since 1970. */
  readonly keptSinceMs: number;
  /** Those that were announced before this, and have not come to an end, or to a post. */
  readonly waitingSinceMs: number;
  /** Only those of this account, by its folded name; null for all. */
  readonly owner: string | null;
  readonly limit: number;
}

/** Which files are asked for: those whose ids come after one, in that order. */
export interface WholeFilesQuery {
  /** An id; empty for the first ones. */
  readonly after: string;
  readonly limit: number;
}

/** What is known of files. Each method may be rejected with a `StorageError`. */
export interface FileLookups {
  /** A file by its id, or null. */
  findFile(file: string): Promise<StoredFile | null>;
  /** The file that a post has brought, by the post's sequence, whatever became of the post; null for none. */
  fileOfPost(sequence: number): Promise<string | null>;
  /** How much is stored. @param owner A folded name. */
  fileUsage(owner: string): Promise<FileUsage>;
  /** Files to remove: see {@linkcode StaleFilesQuery}; also those of posts that were taken back. */
  staleFiles(query: StaleFilesQuery): Promise<readonly string[]>;
  /** Which of these ids belong to a file. */
  knownFiles(files: readonly string[]): Promise<readonly string[]>;
  /** Files of which all was sent, and that were not taken back: see {@linkcode WholeFilesQuery}. */
  wholeFiles(query: WholeFilesQuery): Promise<readonly string[]>;
}

/** The bytes of a file that is being sent. One at a time for each file. */
export interface FileWriter {
  /** How many bytes are there; the next ones follow them. */
  readonly offset: number;
  /** Appends bytes. They must stay as they are until it resolves. */
  append(bytes: Uint8Array): Promise<void>;
  /** Resolves when all that was appended is on the disk. */
  sync(): Promise<void>;
  /** All is there: from now on it can be read. Resolves when that is on the disk, too. */
  finish(): Promise<void>;
  /** Ends it, as far as it has come. Safe to call twice. */
  close(): void;
}

/** The bytes of a file, to be read. */
export interface FileReader {
  /** Reads the next bytes. @return How many, or null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Ends it. Safe to call twice. */
  close(): void;
}

/** Where the bytes of files are. Each method may be rejected with a `StorageError`. */
export interface FileBytes {
  /** How many bytes of a file that is being sent are there for sure. */
  arrived(file: string): Promise<number>;
  /** Goes on with a file. @param offset At most what {@linkcode FileBytes.arrived} has given; what is behind it is written anew. */
  write(file: string, offset: number): Promise<FileWriter>;
  /**
   * All of a file is there: sees that another server holds it, too, where there are any.
   *
   * @return SHA-256 of its bytes, in hexadecimal; null where the server is alone, and nobody is to compare them.
   */
  secure(file: string): Promise<string | null>;
  /** Reads a file that is whole. Null where it is not there. */
  read(file: string, offset: number): Promise<FileReader | null>;
  /** Removes a file, whatever there is of it. */
  remove(file: string): Promise<void>;
  /** The ids of all files of which there is something. */
  list(): AsyncIterable<string>;
  /** How many files are known to be elsewhere and not here yet. */
  readonly missing: number;
  /** Ends what it does by itself. */
  close(): Promise<void>;
}
