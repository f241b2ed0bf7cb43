/**
 * How much one user, or one network, may do: the same on all wires together.
 *
 * @module
 */
import { Rate } from "../common/rate.ts";
import { makePostRate, type PostRate } from "../heart/post_rate.ts";

/** New accounts from one address: a class registers at once, a script does not fill the store. */
const registrationBurst = 200;
const registrationsPerSecond = 2;

/** New rooms from one address: they stay, and when there are `roomsMax` nobody can make one any more. */
const roomBurst = 100;
const roomsPerSecond = 1 / 30;

/** What may be done how often. */
export interface Rates {
  /** How much one user may post. */
  readonly postRate: PostRate;
  /** How fast accounts may be made from one network. */
  readonly registrationRate: Rate;
  /** How fast rooms may be made from one network. */
  readonly roomRate: Rate;
}

/**
 * Makes the rates.
 *
 * @param limits How many posts a second and bytes a day one user may post; 0 means any number.
 */
export function makeRates(
  limits: { readonly postsPerSecond: number; readonly bytesPerDay: number },
): Rates {
  return {
    postRate: makePostRate(limits),
    registrationRate: new Rate({
      perSecond: registrationsPerSecond,
      burst: registrationBurst,
      message: "Too many new accounts from your address. Try again in a moment.",
    }),
    roomRate: new Rate({
      perSecond: roomsPerSecond,
      burst: roomBurst,
      message: "Too many new rooms from your address. Wait a minute.",
    }),
  };
}
