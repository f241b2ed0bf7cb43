/**
 * Files as a browser has them: read from what a person has chosen, and kept in memory until they are shown or saved.
 *
 * @module
 */
import type { FileSink, FileSource } from "../../core/files/file_ports.ts";

/** Pictures that a browser draws without running anything. Never SVG: it can hold scripts. */
const pictureTypes = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"];

/** Whether a file may be drawn. */
export function isPicture(type: string): boolean {
  return pictureTypes.includes(type);
}

/** A file that a person has chosen. */
export function blobSource(file: File): FileSource {
  const { size, lastModified } = file;
  return {
    size,
    async read(offset, buffer) {
      const part = await file.slice(offset, offset + buffer.length).arrayBuffer();
      buffer.set(new Uint8Array(part));
      return part.byteLength;
    },
    isUnchanged: () => Promise.resolve(file.size === size && file.lastModified === lastModified),
    close() {},
  };
}

/** A file that comes; nothing of it is left where it does not come whole. */
export class BlobSink implements FileSink {
  readonly kept = 0;
  #parts: Uint8Array<ArrayBuffer>[] = [];

  /** See {@linkcode FileSink}: nothing is left of an earlier run. */
  read(): Promise<number> {
    return Promise.resolve(0);
  }

  /** See {@linkcode FileSink}. */
  write(_offset: number, bytes: Uint8Array): Promise<void> {
    this.#parts.push(new Uint8Array(bytes));
    return Promise.resolve();
  }

  /** See {@linkcode FileSink}. */
  finish(): Promise<void> {
    return Promise.resolve();
  }

  /** See {@linkcode FileSink}. */
  pause(): Promise<void> {
    return this.discard();
  }

  /** See {@linkcode FileSink}. */
  discard(): Promise<void> {
    this.#parts = [];
    return Promise.resolve();
  }

  /** All of it. Whatever is no picture is never anything that a browser would open. */
  blob(type: string): Blob {
    return new Blob(this.#parts, { type: isPicture(type) ? type : "application/octet-stream" });
  }
}
