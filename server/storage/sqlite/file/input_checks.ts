/**
 * Checks of what the store is given. They are there for mistakes of ours: peers' input has been checked long before.
 *
 * @module
 */

import { pagePostsMax, sealedCharactersMax } from "../../../../protocol/wire/limits.ts";
import type { AnnotationCommand, Command, PostCommand } from "../../commands.ts";
import { StorageError } from "../../storage_error.ts";

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
 * A command as it can be applied. What is applied is what was checked here: the writer changes nothing of it any more.
 *
 * @param command The command.
 * @throws StorageError `failed`, if a field cannot be stored.
 * @returns The command, with well-formed texts; the same one if it was so.
 */
export function checkedCommand(command: Command): Command {
  switch (command.type) {
    case "post":
    case "annotation":
      return checkedPost(command);
    case "account":
      for (const name of namesOf(command.account)) checkedText(name, "a name");
      return command;
    case "room":
      for (const name of namesOf(command)) checkedText(name, "a name");
      return command;
    case "topic": {
      const { by, timeMs } = command.setting;
      const setting = { by: checkedText(by, "a name"), timeMs };
      return { ...command, topic: checkedText(command.topic, "a topic"), setting };
    }
    case "enter":
      checkedText(command.asker.nameKey, "a name");
      return command;
    case "file":
      for (const text of [command.from, command.owner, command.postId]) checkedText(text, "a name");
      if ("between" in command.destination) checkedText(command.destination.between[1], "a name");
      return command;
    case "remove":
    case "claim":
    case "membership":
      checkedText(command.nameKey, "a name");
      return command;
    default:
      return command;
  }
}

function namesOf(named: { name: string; nameKey: string; skeleton: string }): readonly string[] {
  return [named.name, named.nameKey, named.skeleton];
}

function checkedPost<Post extends PostCommand | AnnotationCommand>(post: Post): Post {
  if (post.body.length > sealedCharactersMax) refuse("a body above the limit");
  if (post.id === "") refuse("a post without an id");
  if (!Number.isSafeInteger(post.timeMs)) refuse("a time that is no integer");
  const from = checkedText(post.from, "a sender");
  const to = checkedText(post.to, "a recipient");
  const id = checkedText(post.id, "an id");
  const body = checkedText(post.body, "a body");
  const isSame = from === post.from && to === post.to && id === post.id && body === post.body;
  return isSame ? post : { ...post, from, to, id, body };
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
