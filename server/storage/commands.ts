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
import type { Role } from "../../protocol/wire/room_rules.ts";
import type { AccountRecord, ConversationPosition } from "./account_storage.ts";
import type { StoredPasswordChange, VaultRecord } from "./identity_storage.ts";
import type { FileRecord } from "./file_storage.ts";
import type { KnownUser } from "./face.ts";
import type { Refusal } from "./policy.ts";
import type { NewAnnotation, NewPost } from "./post_storage.ts";
import type { RoomChange } from "./room_law.ts";
import type { RoomOwner, TopicSetting } from "./room_storage.ts";
import { StorageError } from "./storage_error.ts";

/** A post. The same id of the same sender twice is stored once. Only version 2 may be of the kind `file`. */
export interface PostCommand extends NewPost {
  readonly type: "post";
  readonly version: 1 | 2;
}

/**
 * A post about an earlier one of the same conversation. One that takes a post back takes its text out of the store, and that of
 * its edits; ids count together with those of posts.
 */
export interface AnnotationCommand extends NewAnnotation {
  readonly type: "annotation";
  readonly version: 1;
}

/** A new account, with its keys where the wire could make them: both or neither. */
export interface AccountCommand {
  readonly type: "account";
  readonly version: 1;
  readonly account: Omit<AccountRecord, "passwordGeneration" | "refusesPages">;
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

/** What the key record of an account grows by (protocol/e2e/key_supplement.ts), once. */
export interface SupplementCommand {
  readonly type: "supplement";
  readonly version: 1;
  /** The account's folded name. */
  readonly nameKey: string;
  /** The record for which it was signed: the command is refused where the account has another one by now. */
  readonly record: Uint8Array<ArrayBuffer>;
  readonly supplement: Uint8Array<ArrayBuffer>;
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

/** Whether an account is never used by a page that a server gives out. */
export interface PagesCommand {
  readonly type: "pages";
  readonly version: 1;
  /** The account's folded name. */
  readonly nameKey: string;
  readonly refuses: boolean;
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

/**
 * Who wants something in a room, with what a store does not know of somebody. Whether it is allowed is asked before, and decided by
 * what is stored when the command is applied: whoever has lost a role meanwhile, on whichever server, has lost it.
 */
export interface Asker extends Required<Omit<KnownUser, "origin">> {
  readonly origin: NonNullable<KnownUser["origin"]> | null;
  /** Whether the session is one of an operator of the server. */
  readonly rulesServer: boolean;
  /** Whether the session is in the room. An account must belong to the room besides. */
  readonly inside: boolean;
  /** A guest's roles there, which are not stored; none for an account. */
  readonly roles: readonly Role[];
}

/** A room's topic, which somebody may set by what holds in the room when it is applied. Version 1 was not asked. */
export type TopicCommand =
  & {
    readonly type: "topic";
    readonly roomId: number;
    readonly topic: string;
    readonly setting: TopicSetting;
  }
  & (
    | { readonly version: 1 }
    | { readonly version: 2; readonly asker: Asker }
  );

/**
 * Somebody enters a room, if what holds there lets them in when this is applied. An account belongs to the room from then on. A
 * guest is let in, and nothing of that is stored but that one more has come.
 */
export interface EnterCommand {
  readonly type: "enter";
  readonly version: 1;
  readonly roomId: number;
  readonly asker: Asker;
  /** What was given as the room's key; null for nothing. */
  readonly roomKey: string | null;
  /** What an invitation opens: nothing, the room's rules, or also a ban that was there when it was given. */
  readonly opened: "nothing" | "rules" | "bans";
  /**
   * How many people were there, as the server of this one knew when it had followed so many entries (`RoomRecord.entries`). Those
   * who were let in between are counted when it is applied: so the last place has one winner.
   */
  readonly people: number;
  readonly entries: number;
}

/** Somebody takes somebody out of a room, together with the roles there. */
export interface RemoveCommand {
  readonly type: "remove";
  readonly version: 1;
  readonly roomId: number;
  readonly asker: Asker;
  /** Who is taken out: an account, or a guest. */
  readonly nameKey: string;
  readonly name: string;
  readonly reason: string | null;
}

/** Somebody changes roles, rules and lists of a room: all of it or nothing. Roles of guests are told, and not stored. */
export interface RuleCommand {
  readonly type: "rule";
  readonly version: 1;
  readonly roomId: number;
  readonly asker: Asker;
  /** In their order. */
  readonly changes: readonly RoomChange[];
}

/**
 * Somebody takes a room that nobody owns, and to which nobody else belongs: an account owns it from then on. Of a guest, who moderates
 * it, nothing is stored: the log only says who was first.
 */
export interface ClaimCommand {
  readonly type: "claim";
  readonly version: 1;
  readonly roomId: number;
  readonly nameKey: string;
  readonly name: string;
}

/** An account comes to belong to a room, or does so no longer, whatever holds there. */
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

/** Changes of roles, rules and lists of a room, all of it or nothing, which nobody has to be allowed. */
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

/** A file that somebody begins to send. The same post of the same sender announces one file only. */
export interface FileCommand extends FileRecord {
  readonly type: "file";
  readonly version: 1;
}

/** All of a file is there. */
export interface FileWholeCommand {
  readonly type: "file_whole";
  readonly version: 1;
  readonly file: string;
  /** SHA-256 of its bytes, as they are stored, in hexadecimal; null where the server that has them is alone. */
  readonly hash: string | null;
}

/** Files that nobody needs any more, or that were taken back. */
export interface FileGoneCommand {
  readonly type: "file_gone";
  readonly version: 1;
  readonly files: readonly string[];
}

/** Any command. */
export type Command =
  | PostCommand
  | AnnotationCommand
  | AccountCommand
  | IdentityCommand
  | SupplementCommand
  | PasswordCommand
  | PagesCommand
  | VaultCommand
  | RoomCommand
  | TopicCommand
  | EnterCommand
  | RemoveCommand
  | RuleCommand
  | ClaimCommand
  | MembershipCommand
  | LawCommand
  | SecretCommand
  | ReadCommand
  | ReadConversationsCommand
  | FileCommand
  | FileWholeCommand
  | FileGoneCommand;

/** The types of commands. */
export type CommandType = Command["type"];

/** For each type of command: the newest version that this program knows. It knows all before it, too. */
export const newestVersions: { readonly [T in CommandType]: CommandOf<T>["version"] } = {
  post: 2,
  annotation: 1,
  account: 1,
  identity: 1,
  supplement: 1,
  password: 1,
  pages: 1,
  vault: 1,
  room: 1,
  topic: 2,
  enter: 1,
  remove: 1,
  rule: 1,
  claim: 1,
  membership: 1,
  law: 1,
  secret: 1,
  read: 1,
  read_conversations: 1,
  file: 1,
  file_whole: 1,
  file_gone: 1,
};

/** Whether this program knows a command. */
export function isKnownCommand({ type, version }: { type: string; version: number }): boolean {
  return Object.hasOwn(newestVersions, type) && Number.isInteger(version) && version >= 1 &&
    version <= newestVersions[type as CommandType];
}

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

/** A file was announced. */
export interface FileDone extends Done {
  /** Its id: the first one, where it is repeated. */
  readonly file: string;
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

/** What somebody wants is not allowed by what holds in a room, when it is applied. */
export interface NotAllowed extends Refused<"not_allowed"> {
  readonly why: Refusal;
}

/** For each type of command: what may become of it. */
export interface Outcomes {
  /** `id_reused`: the sender's id exists with another destination or body. */
  post: PostDone | Refused<"id_reused" | "no_such_room">;
  /**
   * `no_such_post`: nothing in this conversation has the target's sequence, or nothing that a post of this kind could be about;
   * `taken_back`: it was there; `not_yours`: only its author may do that;
   * `too_many_edits`: it has `editsPerPostMax` by the same author.
   */
  annotation:
    | PostDone
    | Refused<
      "id_reused" | "no_such_room" | "no_such_post" | "taken_back" | "not_yours" | "too_many_edits"
    >;
  /** `name_taken`: an account has the folded name or the skeleton. */
  account: Done | Refused<"name_taken">;
  /** `has_keys`: those that it has stay. */
  identity: Done | Refused<"has_keys" | "no_such_account">;
  /** `other_keys`: the account has another record, or none; `has_supplement`: the one that it has stays. */
  supplement: Done | Refused<"other_keys" | "has_supplement">;
  /** `changed_meanwhile`: the password to be replaced is not the account's, or the account has no keys. */
  password: PasswordDone | Refused<"changed_meanwhile">;
  pages: Done | Refused<"no_such_account">;
  /** `not_next`: its version does not follow the stored one. */
  vault: Done | Refused<"not_next" | "no_such_account">;
  /** `name_taken`: a room has the folded name or the skeleton. */
  room: RoomDone | Refused<"name_taken">;
  topic: Done | Refused<"no_such_room"> | NotAllowed;
  /** `repeated`: the account belongs to the room already. */
  enter: Done | Refused<"no_such_room"> | NotAllowed;
  remove: Done | Refused<"no_such_room"> | NotAllowed;
  /** `too_many_entries`, `too_many_roles`: the room would have more than it may. */
  rule: Done | Refused<"no_such_room" | "too_many_entries" | "too_many_roles"> | NotAllowed;
  /** `not_free`: somebody owns the room, or others belong to it. */
  claim: Done | Refused<"no_such_room" | "not_free">;
  membership: Done | Refused<"no_such_room">;
  law: Done | Refused<"no_such_room">;
  /** `has_value`: the one that is there stays. */
  secret: Done | Refused<"has_value">;
  read: Done;
  read_conversations: Done;
  /** `id_reused`: the sender has announced another file with that post. */
  file: FileDone | Refused<"no_such_room" | "id_reused">;
  /** `other_bytes`: another server of the cluster has it, sent once more and encrypted otherwise. */
  file_whole: Done | Refused<"no_such_file" | "other_bytes">;
  /** `repeated`: none of them is there. */
  file_gone: Done;
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
