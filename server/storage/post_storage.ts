/**
 * Posts as they are stored, and how they are read.
 *
 * @module
 */
import type { AnnotationKind, PostKind } from "../../protocol/wire/post_kinds.ts";

/** Where a post belongs: a room by its id, or the conversation of two accounts by their folded names. */
export type Destination =
  | { readonly roomId: number }
  | { readonly between: readonly [from: string, to: string] };

/** A post on its way to the store. */
export interface NewPost {
  readonly destination: Destination;
  /** The sender's name as shown. */
  readonly from: string;
  /** The room's name or the recipient's name, as shown. */
  readonly to: string;
  /** The id that the sender made; unique for each sender. */
  readonly id: string;
  readonly timeMs: number;
  /** `text` can be searched in rooms; `sealed` is opaque. `action` and `notice` are texts of another manner (IRC has both). */
  readonly kind: PostKind;
  readonly body: string;
}

/** A post about an earlier one, on its way to the store. */
export interface NewAnnotation extends NewPost {
  /** `sealed` in logs of before only: what is said about private messages is sealed with what it is about. */
  readonly kind: AnnotationKind | "sealed";
  /** The sequence of the post that it is about. */
  readonly target: number;
  /** Whether it is a moderator who takes back what somebody else has said in a room. */
  readonly asModerator: boolean;
}

/** A post as it is stored. */
export interface StoredPost {
  /** The one order: grows by commit, never used twice. */
  readonly sequence: number;
  /** The room's id, or null for a private post. */
  readonly roomId: number | null;
  readonly from: string;
  readonly to: string;
  readonly id: string;
  readonly timeMs: number;
  readonly kind: PostKind;
  readonly body: string;
  /** The sequence of the post that it is about; left out where it is about none. */
  readonly target?: number;
}

/** Which posts one account wants to read. */
export interface HistoryQuery {
  /** The reader's folded name: private conversations of others are never returned. Null reads rooms only. */
  readonly reader: string | null;
  /** The rooms that the reader may read. */
  readonly roomIds: readonly number[];
  /** Only the private conversation with this folded name, or with anyone ("all"), or none. */
  readonly privateWith: string | "all" | "none";
  /** Only posts with a sequence below this. The newest such posts are returned. */
  readonly before?: number;
  /** Only posts with a sequence above this. With `after` the oldest such posts are returned, else the newest. */
  readonly after?: number;
  /** 1 to `pagePostsMax` posts. */
  readonly limit: number;
}

/** Which posts to search. */
export interface SearchQuery {
  /** All of these words must occur; each is matched as a word's beginning, without regard to case or accents. */
  readonly words: readonly string[];
  readonly roomIds: readonly number[];
  readonly before?: number;
  readonly limit: number;
}

/** A page of posts, oldest first. */
export interface Page {
  readonly posts: readonly StoredPost[];
  /** Edits and reactions of these posts that are newer than the page, oldest first. */
  readonly annotations: readonly StoredPost[];
  /** Whether there are more in the direction that was asked for. */
  readonly more: boolean;
}

/** Posts, for those who read them. Each method may be rejected with a `StorageError`. */
export interface PostStorage {
  history(query: HistoryQuery): Promise<Page>;
  search(query: SearchQuery): Promise<Page>;
}
