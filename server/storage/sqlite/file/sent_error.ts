/**
 * Errors on their way between threads: cloning would lose their class.
 *
 * @module
 */

import { IdReusedError, StorageError, TakenError } from "../../storage.ts";

/** An error as it may be posted to another thread. */
export interface SentError {
  readonly name: string;
  readonly reason: StorageError["reason"];
  readonly message: string;
}

/**
 * Makes an error ready for another thread.
 *
 * @param error Any error; all but the three of storage.ts become a StorageError `failed`.
 * @returns What may be posted.
 */
export function errorToSend(error: unknown): SentError {
  const message = error instanceof Error ? error.message : String(error);
  const reason = error instanceof StorageError ? error.reason : "failed";
  return { name: error instanceof Error ? error.name : "Error", reason, message };
}

/**
 * Makes an error of what another thread sent.
 *
 * @param sent What {@linkcode errorToSend} returned.
 * @returns The error, of the class that it had.
 */
export function errorReceived(sent: SentError): Error {
  if (sent.name === "TakenError") return new TakenError(sent.message);
  if (sent.name === "IdReusedError") return new IdReusedError(sent.message);
  return new StorageError(sent.reason, sent.message);
}
