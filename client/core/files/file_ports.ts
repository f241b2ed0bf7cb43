/**
 * What files are read from and written to, and what hashes them: the core names no platform, so all of it is given to it.
 *
 * @module
 */

/** A file that is to be sent. */
export interface FileSource {
  /** Its size in bytes. */
  readonly size: number;
  /**
   * Reads a part of it.
   *
   * @param offset Where the part begins.
   * @param buffer Takes it.
   * @return How many bytes; fewer than the buffer holds only at the end.
   * @throws What keeps it from being read.
   */
  read(offset: number, buffer: Uint8Array<ArrayBuffer>): Promise<number>;
  /** Whether it is still what it was when it was opened, as far as one can tell. */
  isUnchanged(): Promise<boolean>;
  /** Lets it go. */
  close(): void;
}

/** Where a file goes that is fetched. */
export interface FileSink {
  /** How many bytes an earlier run has left. */
  readonly kept: number;
  /** Reads what an earlier run has left: see {@linkcode FileSource.read}. */
  read(offset: number, buffer: Uint8Array<ArrayBuffer>): Promise<number>;
  /** Writes a part, each right behind the one before. Its bytes are not to be used when that has resolved. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** All of it is there and right: it gets its name, and is let go. */
  finish(): Promise<void>;
  /** It is let go as far as it is: another run goes on with it. */
  pause(): Promise<void>;
  /** Nothing of it is kept. */
  discard(): Promise<void>;
}

/** SHA-256 (FIPS 180-4) over what comes piece by piece. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** The 32 bytes. To be called once. */
  digest(): Uint8Array<ArrayBuffer>;
}

/** How far a transfer has come. */
export interface FileProgress {
  /** Bytes of the file that are through. */
  readonly done: number;
  readonly total: number;
}

/** Is told how far a transfer has come, often. Must not throw. */
export type OnFileProgress = (progress: FileProgress) => void;
