/**
 * What a command is: who may use it, with how many parameters, and what it does.
 *
 * @module
 */
import type { ChatError } from "../../../../protocol/wire/errors.ts";
import type { Session } from "../../../heart/session.ts";
import type { IrcClient } from "../network/client.ts";
import type { Irc } from "../delivery/irc_parts.ts";
import type { Message } from "../format/message.ts";
import type { Network } from "../network/network.ts";
import type { Person } from "../network/person.ts";

/** A command as its handler gets it. */
export interface Context {
  readonly irc: Irc;
  readonly network: Network;
  readonly client: IrcClient;
  /** Whom the client speaks for when the command is run; null before registration. */
  readonly person: Person | null;
  readonly session: Session | null;
  readonly message: Message;
  readonly params: readonly string[];
  readonly connection: CommandConnection;
}

/** The connection that a command came by, as far as commands have to do with it. */
export interface CommandConnection {
  /** A command waits for the disk, and the next one is read meanwhile. */
  waitBegan(): void;
  /** It waits no longer: to be called once for each {@linkcode CommandConnection.waitBegan}. */
  waitEnded(): void;
  /** Ends because of an error: see `WireConnection.failed`. */
  failed(error: unknown): void;
  /** Resolves when nothing of the connection waits for the disk any more; undefined where nothing does. */
  settled(): Promise<void> | void;
}

/** The same for a client that is registered. */
export interface RegisteredContext extends Context {
  readonly person: Person;
  readonly session: Session;
}

/** A row of the table of commands. A handler that returns a promise keeps the connection's next command waiting. */
export interface IrcCommand<C extends Context = Context> {
  /** Before registration only, after it, or at any time. */
  readonly when: "before" | "after" | "always";
  /** Parameters that it needs. */
  readonly least: number;
  /** Whether only operators of the server may use it. */
  readonly operator?: boolean;
  /** How many ordinary commands it counts for in flood control; 1 if left out. */
  readonly cost?: number;
  /** Whether it may begin while posts before it wait for the disk. */
  readonly pipelined?: boolean;
  readonly handle: (context: C) => Promise<void> | void;
}

/** Rows by the command's name. */
export type Rows = Readonly<Record<string, IrcCommand>>;

/** Answers a command that the heart has refused, with the heart's own words. */
export function refuseCommand({ client, message }: Context, { message: text }: ChatError): void {
  client.numeric("ERR_UNKNOWNERROR", [message.command], text);
}

/** A row for registered clients; its handler gets the person and the session. */
export function registered(
  least: number,
  handle: (context: RegisteredContext) => Promise<void> | void,
  options: Partial<Pick<IrcCommand, "operator" | "cost" | "pipelined">> = {},
): IrcCommand {
  return {
    when: "after",
    least,
    ...options,
    handle: (context) => handle(context as RegisteredContext),
  };
}
