/**
 * The turns of the event loop, which all connections share.
 *
 * Where more has come from a peer already, Deno reads on at once: a peer that sends without a pause would keep everyone else
 * waiting for seconds. So whoever handles what peers send asks after each piece whether the turn is over, and lets the
 * others go on then.
 *
 * @module
 */

/** How long what peers have sent may keep all else waiting, in milliseconds. */
const turnMsMax = 20;

let beganMs: number | null = null;

/** Whether what peers sent has taken its time in this turn: then {@linkcode nextTurn} is to be awaited. */
export function isTurnOver(): boolean {
  const nowMs = performance.now();
  // A simulation may have left a turn behind that began on its clock.
  if (beganMs === null || nowMs < beganMs) {
    beganMs = nowMs;
    setImmediate(() => beganMs = null);
  }
  return nowMs - beganMs >= turnMsMax;
}

/** Resolves in the next turn, when every other connection could go on. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
