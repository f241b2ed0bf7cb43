/**
 * The checksum of a stored post: it tells damage on the disk from history.
 *
 * @module
 */

import { crc32 } from "node:zlib";

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
}

/**
 * CRC-32 over all fields. JSON keeps them apart: no two different rows have the same input.
 *
 * @param post The fields; texts must be well-formed UTF-16, because SQLite keeps UTF-8.
 * @returns The checksum, an unsigned integer of 32 bits.
 */
export function postChecksum(post: PostFields): number {
  const { sequence, conversation, previous, from, to, id, timeMs, kind, body } = post;
  return crc32(
    JSON.stringify([sequence, conversation, previous, from, to, id, timeMs, kind, body]),
  );
}
