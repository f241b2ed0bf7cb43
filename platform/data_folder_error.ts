/**
 * The error where a data folder cannot be used.
 *
 * @module
 */

/** A data folder, or a file in it, that cannot be used. The message names it and says what to do. */
export class DataFolderError extends Error {
  /**
   * Makes the error.
   *
   * @param message What cannot be used, why, and what to do.
   * @param options `cause`, kept for logs.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DataFolderError";
  }
}
