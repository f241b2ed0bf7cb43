/**
 * Where the client keeps a text between its runs: a file, or whatever there is.
 *
 * @module
 */

/** Keeps one text. */
export interface TextStore {
  /** The text, or undefined where there is none that can be read. */
  load(): Promise<string | undefined>;
  /** Puts a text in place of an older one. */
  save(text: string): Promise<void>;
}
