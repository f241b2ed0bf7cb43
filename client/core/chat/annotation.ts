/**
 * What is said about an earlier post.
 *
 * @module
 */
import type { AnnotationKind } from "../../../protocol/wire/post_kinds.ts";

/** Something about an earlier post. */
export interface Annotation {
  readonly kind: AnnotationKind;
  /** The earlier post's sequence. */
  readonly target: number;
  /** The earlier post's id: in private it is sealed with the rest, so that no server can make it be about another one. */
  readonly targetId: string;
  /** Empty for a retraction. */
  readonly text: string;
}

/** A message that is taken back, with what its author has put in its place since, as far as that is known. */
export interface TakenBack {
  readonly sequence: number;
  /** The edits, by their sequences. */
  readonly edits: readonly number[];
}
