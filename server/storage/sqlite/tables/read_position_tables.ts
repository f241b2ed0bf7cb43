/**
 * How far accounts have read.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { Done, ReadCommand, ReadConversationsCommand } from "../../commands.ts";
import { integerOf } from "../file/rows.ts";
import { prepared } from "../file/statements.ts";

/**
 * How far an account has read.
 *
 * @param database The database.
 * @param nameKey The folded name.
 * @returns The sequence of the last post delivered to it; 0 at first, and for an account that is not there.
 */
export function readPosition(database: DatabaseSync, nameKey: string): number {
  const row = prepared(
    database,
    "SELECT sequence FROM read_positions JOIN accounts ON account = id WHERE key = ?",
  ).get(nameKey);
  return row === undefined ? 0 : integerOf(row, "sequence");
}

/**
 * Remembers how far accounts have read. A position never goes back; names without an account are passed over.
 *
 * @param database The database, with a transaction begun.
 * @param command The positions.
 * @returns What became of it.
 */
export function saveReadPositions(database: DatabaseSync, { positions }: ReadCommand): Done {
  const save = prepared(
    database,
    "INSERT INTO read_positions (account, sequence) SELECT id, ?2 FROM accounts WHERE key = ?1 " +
      "ON CONFLICT (account) DO UPDATE SET sequence = max(sequence, excluded.sequence)",
  );
  for (const [nameKey, sequence] of positions) save.run(nameKey, sequence);
  return { refused: null, repeated: false };
}

/**
 * How far an account has read in one conversation.
 *
 * @param database The database.
 * @param nameKey The folded name.
 * @param conversation A room's id, or `privateConversations`.
 * @returns The sequence, or null where nothing is known.
 */
export function conversationPosition(
  database: DatabaseSync,
  nameKey: string,
  conversation: number,
): number | null {
  const row = prepared(
    database,
    "SELECT sequence FROM conversation_positions JOIN accounts ON account = id " +
      "WHERE key = ? AND conversation = ?",
  ).get(nameKey, conversation);
  return row === undefined ? null : integerOf(row, "sequence");
}

/**
 * Remembers how far accounts have read in conversations; likewise.
 *
 * @param database The database, with a transaction begun.
 * @param command The positions.
 * @returns What became of it.
 */
export function saveConversationPositions(
  database: DatabaseSync,
  { positions }: ReadConversationsCommand,
): Done {
  const save = prepared(
    database,
    "INSERT INTO conversation_positions (account, conversation, sequence) " +
      "SELECT id, ?2, ?3 FROM accounts WHERE key = ?1 ON CONFLICT (account, conversation) " +
      "DO UPDATE SET sequence = max(sequence, excluded.sequence)",
  );
  for (const { nameKey, conversation, sequence } of positions) {
    save.run(nameKey, conversation, sequence);
  }
  return { refused: null, repeated: false };
}
