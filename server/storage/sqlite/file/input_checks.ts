/**
 * Checks of what the store is given. They are there for mistakes of ours: peers' input has been checked long before.
 *
 * @module
 */

import { pagePostsMax, sealedCharactersMax } from "../../../../protocol/wire/limits.ts";
import { type NewPost, StorageError } from "../../storage.ts";

function refuse(what: string): never {
  throw new StorageError(
    "failed",
    `The store was given ${what}. This is a mistake in the server; please report it.`,
  );
}

/**
 * A text as SQLite can keep it: lone surrogates become U+FFFD. NUL is refused, because SQLite's texts end at it.
 *
 * @param text The text.
 * @param what What it is, for the message.
 * @throws StorageError `failed`, if it contains NUL.
 * @returns The well-formed text.
 */
export function checkedText(text: string, what: string): string {
  if (text.includes("\0")) refuse(`NUL in ${what}`);
  return text.isWellFormed() ? text : text.toWellFormed();
}

/**
 * A post as it can be stored.
 *
 * @param post The post.
 * @throws StorageError `failed`, if a field cannot be stored.
 * @returns The post, with well-formed texts.
 */
export function checkedPost(post: NewPost): NewPost {
  if (post.body.length > sealedCharactersMax) refuse("a body above the limit");
  if (post.id === "") refuse("a post without an id");
  if (!Number.isSafeInteger(post.timeMs)) refuse("a time that is no integer");
  return {
    destination: post.destination,
    from: checkedText(post.from, "a sender"),
    to: checkedText(post.to, "a recipient"),
    id: checkedText(post.id, "an id"),
    timeMs: post.timeMs,
    kind: post.kind,
    body: checkedText(post.body, "a body"),
  };
}

/**
 * Checks the numbers of a query.
 *
 * @param query The query.
 * @throws StorageError `failed`, if the limit is not 1 to `pagePostsMax`, or a sequence is not an integer from 0.
 */
export function checkQuery(query: { limit: number; before?: number; after?: number }): void {
  const { limit, before = 0, after = 0 } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > pagePostsMax) refuse(`the limit ${limit}`);
  for (const sequence of [before, after]) {
    if (!Number.isSafeInteger(sequence) || sequence < 0) refuse(`the sequence ${sequence}`);
  }
}
