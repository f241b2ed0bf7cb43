/**
 * Errors on their way between threads: cloning would lose their class.
 *
 * @module
 */

import { StorageError } from "../../storage_error.ts";

/** An error as it may be posted to another thread. */
export interface SentError {
  readonly reason: StorageError["reason"];
  readonly message: string;
}

/**
 * Makes an error ready for another thread.
 *
 * @param error Any error; all but a StorageError become one, `failed`.
 * @returns What may be posted.
 */
export function errorToSend(error: unknown): SentError {
  const message = error instanceof Error ? error.message : String(error);
  return { reason: error instanceof StorageError ? error.reason : "failed", message };
}

/**
 * Makes an error of what another thread sent.
 *
 * @param sent What {@linkcode errorToSend} returned.
 * @returns The error.
 */
export function errorReceived({ reason, message }: SentError): StorageError {
  return new StorageError(reason, message);
}
