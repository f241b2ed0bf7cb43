/**
 * Safety numbers: what two people compare to know that no server came between their keys.
 *
 * @module
 */
import { joinFields } from "./byte_fields.ts";
import type { PublicKeys } from "./key_record.ts";

/** One end of a conversation. */
export interface End {
  /** The folded name. */
  readonly nameKey: string;
  /** The keys that this end has, or is believed to have. */
  readonly keys: PublicKeys;
}

const digitsPerGroup = 5;
const groupsPerEnd = 6;

/**
 * The number for two ends: 30 digits of each one's name and keys. The same at both ends, and another one as soon as either
 * has another key for the other: to find a key with the same 30 digits takes about 2⁹⁹ tries.
 *
 * @param a One end.
 * @param b The other end.
 * @return 60 digits in groups of five, with single spaces between.
 */
export async function safetyNumber(a: End, b: End): Promise<string> {
  return [await digitsOf(a), await digitsOf(b)].sort().join(" ");
}

async function digitsOf({ nameKey, keys }: End): Promise<string> {
  const fields = joinFields("chat safety number v1", nameKey, keys.agreement, keys.signing);
  const digest = new DataView(await crypto.subtle.digest("SHA-512", fields));
  const groups: string[] = [];
  for (let group = 0; group < groupsPerEnd; group++) {
    // 8 bytes a group: the remainder favours no digit noticeably.
    const value = digest.getBigUint64(group * 8) % 10n ** BigInt(digitsPerGroup);
    groups.push(String(value).padStart(digitsPerGroup, "0"));
  }
  return groups.join(" ");
}
