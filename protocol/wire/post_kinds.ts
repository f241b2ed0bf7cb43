/**
 * Which kinds of posts there are; protocol/content.ts says what holds for each.
 *
 * @module
 */

/** What people say. `action` is what somebody does, `notice` what a program says. */
export const plainKinds = ["text", "action", "notice"] as const;

/**
 * What is said about an earlier post of the same conversation. A `reply` answers it; an `edit` has the text that replaces its
 * author's; a `reaction` is an emoji, or a word; a `retraction` takes it back.
 */
export const annotationKinds = ["reply", "edit", "reaction", "retraction"] as const;

/**
 * Kinds of posts as they travel: `file` says where one is and how it is opened (protocol/files/file_content.ts), `sealed` is opaque to
 * the server, `retracted` is what was taken back, and has no text any more.
 */
export const postKinds = [
  ...plainKinds,
  ...annotationKinds,
  "sealed",
  "retracted",
  "file",
] as const;

/** What people say. */
export type PlainKind = (typeof plainKinds)[number];
/** What somebody says or sends, about no earlier post. */
export type SaidKind = PlainKind | "file";
/** What is said about an earlier post. */
export type AnnotationKind = (typeof annotationKinds)[number];
/** What something says, in a room or, sealed, in private. */
export type ContentKind = SaidKind | AnnotationKind;
/** What a post's body is. */
export type PostKind = (typeof postKinds)[number];
