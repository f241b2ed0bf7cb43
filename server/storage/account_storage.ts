/**
 * Accounts as they are stored, and how far each has read.
 *
 * @module
 */

/** An account as it is stored. The password is not: only what SCRAM needs to check it (RFC 5802, section 3). */
export interface AccountRecord {
  /** The name as it was typed at registration; shown to people. */
  readonly name: string;
  /** The folded name (protocol/names/names.ts): what makes two spellings one account. */
  readonly nameKey: string;
  /** The look-alike skeleton of the folded name: unique, so that no two names look alike. */
  readonly skeleton: string;
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly iterations: number;
  readonly storedKey: Uint8Array<ArrayBuffer>;
  readonly serverKey: Uint8Array<ArrayBuffer>;
  /** When it was made: milliseconds since 1970. */
  readonly createdMs: number;
  /** How often the password was changed: what holds for one password only names it. 0 where left out. */
  readonly passwordGeneration?: number | undefined;
  /** Whether it is never used by a page that a server gives out; false where left out. */
  readonly refusesPages?: boolean | undefined;
}

/** Stands for all private conversations of an account together, where a position belongs to one conversation. */
export const privateConversations = 0;

/** How far an account has read in one conversation. */
export interface ConversationPosition {
  /** The account's folded name. */
  readonly nameKey: string;
  /** A room's id, or {@linkcode privateConversations}. */
  readonly conversation: number;
  readonly sequence: number;
}

/** Accounts, for those who look them up. Each method may be rejected with a `StorageError`. */
export interface AccountStorage {
  /** The account with this folded name, or null. */
  findAccount(nameKey: string): Promise<AccountRecord | null>;
  /** Whether an account has this folded name or this skeleton. */
  isNameTaken(name: { nameKey: string; skeleton: string }): Promise<boolean>;
  /** How many accounts there are. */
  countAccounts(): Promise<number>;
}

/** How far accounts have read, for those who look it up. Each method may be rejected with a `StorageError`. */
export interface ReadPositionStorage {
  /** How far the account has read, by the sequence of the last post delivered to it; 0 at first. */
  readPosition(nameKey: string): Promise<number>;
  /** How far the account has read in one conversation; null where nothing is known of that. */
  conversationPosition(nameKey: string, conversation: number): Promise<number | null>;
}
