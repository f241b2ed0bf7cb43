/**
 * How far long work on a store has come.
 *
 * @module
 */

/** What is told now and then while it lasts. */
export interface Progress {
  /** What is done, in a few words for people. */
  readonly what: string;
  /** How much of it is done, in pieces such as posts. */
  readonly done: number;
  /** How much there is; 0 where that is not known. */
  readonly total: number;
  /** What the numbers count, where that is worth a word. */
  readonly unit?: string;
}

/** Is told how far work has come. */
export type OnProgress = (progress: Progress) => void;
