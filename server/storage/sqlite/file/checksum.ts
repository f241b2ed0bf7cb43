/**
 * The checksums of stored rows: they tell damage on the disk from what was written.
 *
 * @module
 */

import { crc32 } from "node:zlib";
import type { AccountRecord } from "../../account_storage.ts";
import { textOfLaw } from "../../law_text.ts";
import type { RoomRecord } from "../../room_storage.ts";

/** Everything that a row of posts holds, apart from the checksum. */
export interface PostFields {
  readonly sequence: number;
  readonly conversation: number;
  readonly previous: number;
  readonly from: string;
  readonly to: string;
  readonly id: string;
  readonly timeMs: number;
  readonly kind: string;
  readonly body: string;
  /** The post that it is about; null, or left out, where it is about none. */
  readonly target?: number | null;
}

/**
 * CRC-32 over all fields. A post about nothing adds nothing for that: rows of before keep theirs. JSON keeps them apart: no two different rows have the same input.
 *
 * @param post The fields; texts must be well-formed UTF-16, because SQLite keeps UTF-8.
 * @returns The checksum, an unsigned integer of 32 bits.
 */
export function postChecksum(post: PostFields): number {
  const { sequence, conversation, previous, from, to, id, timeMs, kind, body, target = null } =
    post;
  const targets = target === null ? [] : [target];
  return crc32(
    JSON.stringify([
      sequence,
      conversation,
      previous,
      from,
      to,
      id,
      timeMs,
      kind,
      body,
      ...targets,
    ]),
  );
}

/**
 * CRC-32 over an account. The first password, and pages that are not refused, add nothing to it: rows from before there was that keep theirs.
 *
 * @param account The account.
 * @returns The checksum, an unsigned integer of 32 bits.
 */
export function accountChecksum(account: AccountRecord): number {
  const { name, nameKey, skeleton, salt, iterations, storedKey, serverKey, createdMs } = account;
  const { passwordGeneration = 0 } = account;
  const generation = passwordGeneration === 0 ? [] : [passwordGeneration];
  const bytes = [salt, storedKey, serverKey].map((part) => [...part]);
  const fields = [name, nameKey, skeleton, iterations, createdMs, ...bytes, ...generation];
  return crc32(JSON.stringify(account.refusesPages ? [...fields, "refuses pages"] : fields));
}

/**
 * CRC-32 over a room. Members come in by exclusive or, so that one more or less changes it without a look at the others.
 *
 * @param room The room.
 * @param members The folded names of its members.
 * @returns The checksum, an unsigned integer of 32 bits.
 */
export function roomChecksum(
  room: Omit<RoomRecord, "members">,
  members: readonly string[] = [],
): number {
  const { id, name, nameKey, skeleton, topic, topicSetting, entries, law } = room;
  // Rooms of earlier versions have no setting, and keep their checksums.
  const setting = topicSetting === null ? [] : [topicSetting.by, topicSetting.timeMs];
  const text = textOfLaw(law);
  const laws = text === null ? [] : [text];
  const entered = entries === 0 ? [] : [entries];
  const all = [id, name, nameKey, skeleton, topic, ...setting, ...laws, ...entered];
  const own = crc32(JSON.stringify(all));
  return members.reduce((sum, member) => sum ^ memberChecksum(id, member), own) >>> 0;
}

/**
 * What a member changes in the checksum of a room: exclusive or with this, when the member comes and when the member goes.
 *
 * @param roomId The room.
 * @param nameKey The member's folded name.
 * @returns The checksum, an unsigned integer of 32 bits.
 */
export function memberChecksum(roomId: number, nameKey: string): number {
  return crc32(JSON.stringify([roomId, nameKey]));
}
