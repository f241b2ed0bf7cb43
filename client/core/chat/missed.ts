/**
 * How much was missed.
 *
 * @module
 */
import { changesTarget } from "../../../protocol/content.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { pagePostsMax } from "../../../protocol/wire/limits.ts";
import type { Requester } from "../link/server_link.ts";
import type { Welcome } from "../link/signed_in_link.ts";

/** Posts that are counted: beyond that, the exact number tells nobody anything. */
const countMax = 1_000;

/** How many posts of others an account has missed. */
export interface Missed {
  readonly count: number;
  /** Whether there are more than were counted. */
  readonly more: boolean;
}

/**
 * Counts what others have said since the account has read last, on any machine.
 *
 * @param request Makes a request.
 * @param welcome What the server said at sign-in.
 * @return Null where the server does not answer.
 */
export async function countMissed(request: Requester, welcome: Welcome): Promise<Missed | null> {
  const { name, readSequence, lastSequence } = welcome;
  let count = 0;
  let more = readSequence < lastSequence;
  try {
    for (let after = readSequence; more && count < countMax;) {
      const page = await request("history", { after, limit: pagePostsMax });
      const last = page.posts.at(-1)?.sequence ?? after;
      // A page that leads no further would be asked for again for ever. What comes from now on is no more missed.
      more = page.more && last > after && last < lastSequence;
      count += page.posts.filter(({ from, sequence, kind }) =>
        from !== name && sequence <= lastSequence && !changesTarget(kind)
      ).length;
      after = last;
    }
  } catch (error) {
    if (error instanceof ChatError) return null;
    throw error;
  }
  return { count: Math.min(count, countMax), more: more || count > countMax };
}
