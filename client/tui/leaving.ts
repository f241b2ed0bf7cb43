/**
 * The question before one leaves.
 *
 * @module
 */
import { counted } from "../talk/wording.ts";
import type { View } from "./view/view.ts";

/**
 * Asks somebody who leaves, while messages wait for a connection, whether to wait for it.
 *
 * @param view Where to ask.
 * @param count How many messages wait.
 * @param timeoutMs How long that may take, in milliseconds.
 * @return Whether to wait; null to stay.
 */
export async function askWhetherToWait(
  view: View,
  count: number,
  timeoutMs: number,
): Promise<boolean | null> {
  const what = `${counted(count, "message")} not sent, and no connection.`;
  const wait = `Wait up to ${Math.ceil(timeoutMs / 1_000)} s for it?`;
  const answer = await view.ask(`${what} ${wait} (y; n: leave at once; Esc: stay) `, "choice");
  return answer === null ? null : answer === "y";
}
