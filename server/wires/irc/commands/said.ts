/**
 * What somebody says, on its way from a line to the heart: to whom, what of it is not stored, and how a refusal is answered.
 *
 * @module
 */
import { ChatError } from "../../../../protocol/wire/errors.ts";
import type { PostKind } from "../../../../protocol/wire/post_kinds.ts";
import { RefusedError } from "../../../heart/refused.ts";
import type { Room, User } from "../../../heart/session.ts";
import type { IrcClient } from "../network/client.ts";
import type { RegisteredContext } from "./command.ts";
import type { Piece } from "../format/multiline.ts";
import { nickKey } from "../network/nick.ts";
import type { Person } from "../network/person.ts";

/** The commands that carry text. */
export type Verb = "PRIVMSG" | "NOTICE";

/** Something that was said, before its target is looked up. */
export interface Said {
  readonly verb: Verb | "TAGMSG";
  readonly text: string;
  /** The pieces in which it came, if it had several. */
  readonly pieces: readonly Piece[] | null;
  readonly clientOnly: string;
}

/** The room of `#room` or `@#room`. */
export function roomTarget({ network }: RegisteredContext, target: string): Room | null {
  const name = target.startsWith("#") ? target : target.replace(/^[@+]+/, "");
  if (!name.startsWith("#")) return null;
  try {
    return network.chat.room(name);
  } catch (error) {
    if (error instanceof ChatError) return null;
    throw error;
  }
}

/** NOTICE is never answered by an error about its target: two programs could go on for ever. */
export function refuse(
  { client }: RegisteredContext,
  { verb }: Said,
  target: string,
  text: string,
): void {
  if (verb !== "NOTICE") client.numeric("ERR_CANNOTSENDTOCHAN", [target], text);
}

/** Remembers what the heart does not store of a post, until that was told. */
export function expectExtras(
  { irc }: RegisteredContext,
  said: Said,
  { id, kind }: { id: string; kind: PostKind },
): void {
  if (!hasExtras(said)) return;
  // An action is cut anew: what makes it one stands in its first piece only.
  const pieces = kind === "action" ? null : said.pieces;
  irc.posts.expect(id, { clientOnly: said.clientOnly, pieces });
}

export function hasExtras({ clientOnly, pieces }: Said): boolean {
  return clientOnly !== "" || pieces !== null;
}

/** What was said, to whom, and the id of its post. */
interface SaidTo {
  readonly said: Said;
  readonly target: string;
  readonly id: string;
}

/** Answers if a post is refused; the next line is read meanwhile. Resolves with whether it was posted. */
export function waitForPost(
  context: RegisteredContext,
  posting: Promise<unknown>,
  { said, target, id }: SaidTo,
): Promise<boolean> {
  const { irc, client, connection } = context;
  connection.waitBegan();
  const ended = () => {
    if (hasExtras(said)) irc.posts.forget(id);
    connection.waitEnded();
  };
  return posting.then(() => {
    ended();
    return true;
  }, (error: unknown) => {
    if (error instanceof RefusedError) refuse(context, said, target, error.message);
    else if (error instanceof ChatError) refusePost(client, target, error);
    else connection.failed(error);
    ended();
    return false;
  });
}

export function refusePost(client: IrcClient, target: string, error: ChatError): void {
  if (target.startsWith("#")) {
    return client.numeric("ERR_CANNOTSENDTOCHAN", [target], error.message);
  }
  client.numeric("ERR_UNKNOWNERROR", ["PRIVMSG", target], error.message);
}

/** Someone whom a message is for; `person` is null where nobody of that account is here. */
export interface Found {
  readonly user: User;
  readonly person: Person | null;
}

/** Who has a nick. */
export function findHere({ network }: RegisteredContext, nick: string): Found | null {
  // What is folded already need not be read: a folded nick folds to itself.
  const person = network.nicks.get(nick) ?? network.nicks.get(nickKey(nick) ?? "");
  const user = person === undefined ? undefined : network.chat.presence.user(person.nameKey);
  return person === undefined || user === undefined ? null : { user, person };
}

/** Whose account has that name. */
export async function findUser(
  { network }: RegisteredContext,
  nick: string,
): Promise<Found | null> {
  if (network.nicks.has(nickKey(nick) ?? "")) return null;
  try {
    const user = await network.chat.user(nick);
    return { user, person: network.persons.get(user.name) ?? null };
  } catch (error) {
    if (error instanceof ChatError && error.code !== "storage_failed") return null;
    throw error;
  }
}
