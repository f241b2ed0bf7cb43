/**
 * Every lasting change as a command: plain data, which says what is to be and not how. Everything random, timed or local is
 * in it already, so that the same commands in the same order make the same store everywhere; the ids of rooms, sequences, and
 * whether a command is refused, are decided when it is applied, by what is stored then.
 *
 * A released version of a command keeps its fields and their meaning. What needs others is a further version beside it: a log
 * may hold commands that older programs have written.
 *
 * @module
 */
import type { SealedIdentity } from "../../protocol/e2e/identity.ts";
import type { AccountRecord, ConversationPosition } from "./account_storage.ts";
import type { StoredPasswordChange, VaultRecord } from "./identity_storage.ts";
import type { NewPost } from "./post_storage.ts";
import type { RoomChange } from "./room_law.ts";
import type { RoomOwner, TopicSetting } from "./room_storage.ts";
import { StorageError } from "./storage_error.ts";

/** A post. The same id of the same sender twice is stored once. */
export interface PostCommand extends NewPost {
  readonly type: "post";
  readonly version: 1;
}

/** A new account, with its keys where the wire could make them: both or neither. */
export interface AccountCommand {
  readonly type: "account";
  readonly version: 1;
  readonly account: Omit<AccountRecord, "passwordGeneration">;
  readonly identity: SealedIdentity | null;
}

/** The first keys of an account. */
export interface IdentityCommand {
  readonly type: "identity";
  readonly version: 1;
  /** The account's folded name. */
  readonly nameKey: string;
  readonly identity: SealedIdentity;
}

/** A new password: SCRAM's keys and the wrapped master key together. */
export interface PasswordCommand {
  readonly type: "password";
  readonly version: 1;
  /** The account's folded name. */
  readonly nameKey: string;
  /** The stored key of the password that is replaced: the command is refused where that is another one by now. */
  readonly storedKey: Uint8Array<ArrayBuffer>;
  readonly change: StoredPasswordChange;
  /** Whether the account's other sessions stay. */
  readonly keepSessions: boolean;
}

/** A vault, whose version must follow the stored one (`isNextVersion`). */
export interface VaultCommand {
  readonly type: "vault";
  readonly version: 1;
  /** The account's folded name. */
  readonly nameKey: string;
  readonly vault: VaultRecord;
}

/** A new room. */
export interface RoomCommand {
  readonly type: "room";
  readonly version: 1;
  /** The name with its `#`, as it was typed. */
  readonly name: string;
  readonly nameKey: string;
  readonly skeleton: string;
  /** The account that makes it, and owns it from then on; null for a guest, and for the lobby. */
  readonly madeBy: RoomOwner | null;
}

/** A room's topic. */
export interface TopicCommand {
  readonly type: "topic";
  readonly version: 1;
  readonly roomId: number;
  readonly topic: string;
  readonly setting: TopicSetting;
}

/** An account comes to belong to a room, or does so no longer. */
export interface MembershipCommand {
  readonly type: "membership";
  readonly version: 1;
  readonly roomId: number;
  /** The account's folded name. */
  readonly nameKey: string;
  readonly belongs: boolean;
  /** Who has taken the account out of the room, and why; null where it left by itself, and where it belongs. */
  readonly removal: { readonly by: string; readonly reason: string | null } | null;
}

/** Changes of roles, rules and lists of a room, all of it or nothing. */
export interface LawCommand {
  readonly type: "law";
  readonly version: 1;
  readonly roomId: number;
  /** In their order; none of them about a guest. */
  readonly changes: readonly RoomChange[];
  /** The name as shown of who has made them; null where nobody has to be told. */
  readonly by: string | null;
}

/** A value that is kept under a name: one of the server's own secrets. */
export interface SecretCommand {
  readonly type: "secret";
  readonly version: 1;
  readonly name: string;
  readonly value: Uint8Array<ArrayBuffer>;
}

/** How far accounts have read everything. A position never goes back; names without an account are passed over. */
export interface ReadCommand {
  readonly type: "read";
  readonly version: 1;
  readonly positions: readonly (readonly [nameKey: string, sequence: number])[];
}

/** How far accounts have read single conversations; likewise. */
export interface ReadConversationsCommand {
  readonly type: "read_conversations";
  readonly version: 1;
  readonly positions: readonly ConversationPosition[];
}

/** Any command. */
export type Command =
  | PostCommand
  | AccountCommand
  | IdentityCommand
  | PasswordCommand
  | VaultCommand
  | RoomCommand
  | TopicCommand
  | MembershipCommand
  | LawCommand
  | SecretCommand
  | ReadCommand
  | ReadConversationsCommand;

/** The types of commands. */
export type CommandType = Command["type"];

/** The command of a type. */
export type CommandOf<T extends CommandType> = Extract<Command, { readonly type: T }>;

/** A command was applied. */
export interface Done {
  readonly refused: null;
  /** True where it was so before: nothing has changed. */
  readonly repeated: boolean;
}

/** A post has its place. */
export interface PostDone extends Done {
  /** The place that it has; the first one, where it is repeated. */
  readonly sequence: number;
  /** The time that is stored: the first one, where it is repeated. */
  readonly timeMs: number;
}

/** A room was made. */
export interface RoomDone extends Done {
  readonly roomId: number;
}

/** A password was changed. */
export interface PasswordDone extends Done {
  /** See `AccountRecord.passwordGeneration`. */
  readonly generation: number;
}

/** A command was refused when it was applied: nothing of it is stored. */
export interface Refused<Refusal extends string> {
  readonly refused: Refusal;
}

/** For each type of command: what may become of it. */
export interface Outcomes {
  /** `id_reused`: the sender's id exists with another destination or body. */
  post: PostDone | Refused<"id_reused" | "no_such_room">;
  /** `name_taken`: an account has the folded name or the skeleton. */
  account: Done | Refused<"name_taken">;
  /** `has_keys`: those that it has stay. */
  identity: Done | Refused<"has_keys" | "no_such_account">;
  /** `changed_meanwhile`: the password to be replaced is not the account's, or the account has no keys. */
  password: PasswordDone | Refused<"changed_meanwhile">;
  /** `not_next`: its version does not follow the stored one. */
  vault: Done | Refused<"not_next" | "no_such_account">;
  /** `name_taken`: a room has the folded name or the skeleton. */
  room: RoomDone | Refused<"name_taken">;
  topic: Done | Refused<"no_such_room">;
  membership: Done | Refused<"no_such_room">;
  law: Done | Refused<"no_such_room">;
  /** `has_value`: the one that is there stays. */
  secret: Done | Refused<"has_value">;
  read: Done;
  read_conversations: Done;
}

/** What became of a command. */
export type OutcomeOf<T extends CommandType> = Outcomes[T];
/** What became of any command. */
export type Outcome = Outcomes[CommandType];
/** What a command of a type was given that was applied. */
export type DoneOf<T extends CommandType> = Extract<Outcomes[T], Done>;

/**
 * The error of a command that this program does not know. Nobody may go on after it.
 *
 * @param command What is known of it.
 * @returns A StorageError, `failed`.
 */
export function unknownCommand(
  { type, version }: { readonly type: string; readonly version: number },
): StorageError {
  return new StorageError(
    "failed",
    `This program is older than the log: it does not know the command "${type}", version ${version}. ` +
      "Install the newer program.",
  );
}
