/**
 * What a peer is told when the store fails: what to do, and nothing about files. The one place that says it, for every wire.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import { StorageError } from "./storage_error.ts";

/** When whoever does not know whether something was stored may ask again. */
const unconfirmedMs = 2_000;

/**
 * Waits for the store, and turns its errors into those that a peer may be told.
 *
 * @param promise A call to the store.
 * @throws {ChatError} `storage_failed`; anything else as it is.
 */
export async function translated<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throwTranslated(error);
  }
}

/**
 * Throws an error of the store as one that a peer may be told.
 *
 * @throws {ChatError} `storage_failed`, `unconfirmed`; anything else as it is.
 */
export function throwTranslated(error: unknown): never {
  if (!(error instanceof StorageError)) throw error;
  if (error.reason === "unconfirmed") {
    const { message } = error;
    throw new ChatError("unconfirmed", message, { retryAfterMs: unconfirmedMs, cause: error });
  }
  const message = error.reason === "full"
    ? "The server's disk is full: nothing was stored. Tell the person who runs it, then try again."
    : error.reason === "damaged"
    ? "A part of what the server keeps is damaged and cannot be read. Tell the person who runs it."
    : error.reason === "cut_off"
    ? error.message
    : "The server could not store or read this. Try again.";
  throw new ChatError("storage_failed", message, { cause: error });
}
