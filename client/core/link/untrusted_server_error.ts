/**
 * The error of a client that does not trust its server.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";

/** The server is not the one it should be, or nobody agreed to it. The message says how to go on. Exit status 3. */
export class UntrustedServerError extends ChatError {
  /** What was known of the server, and what it shows now; where there are fingerprints to compare. */
  readonly seen: { readonly before: string | null; readonly now: string } | undefined;

  /**
   * Makes the error.
   *
   * @param message What is wrong and how to go on, in several lines where it must not be overlooked.
   * @param options `cause`, kept for logs; `seen`: see the field.
   */
  constructor(
    message: string,
    { seen, ...options }: { cause?: unknown; seen?: UntrustedServerError["seen"] } = {},
  ) {
    super("bad_proof", message, options);
    this.name = "UntrustedServerError";
    this.seen = seen;
  }
}
