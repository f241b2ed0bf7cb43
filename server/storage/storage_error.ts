/**
 * The error of a store that cannot be used.
 *
 * @module
 */

/**
 * The store cannot be used: locked by another server, not writable, damaged, full, cut off from the others of its cluster; or it is not
 * known whether it has done something (`unconfirmed`). The message says which and what to do.
 */
export class StorageError extends Error {
  override readonly name = "StorageError";
  /** What is wrong. */
  readonly reason:
    | "locked"
    | "not_writable"
    | "damaged"
    | "full"
    | "cut_off"
    | "unconfirmed"
    | "failed";
  /**
   * @param reason What is wrong.
   * @param message What happened and what to do.
   */
  constructor(reason: StorageError["reason"], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}
