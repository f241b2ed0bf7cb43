/**
 * What a browser must have for this page.
 *
 * @module
 */

/** What is said to browsers that are too old. */
const tooOld =
  "This browser is too old for end-to-end encryption as it is used here. The page works with Chrome or Edge from 140, Firefox from 133 and Safari from 18.2.";

/** Why a browser cannot be used, in a sentence; null where it can. */
export async function browserProblem(): Promise<string | null> {
  if (!globalThis.isSecureContext) {
    return "This page was not opened safely: its address must begin with https, or with http://127.0.0.1.";
  }
  if (!("fromBase64" in Uint8Array) || !("withResolvers" in Promise) || !("groupBy" in Map)) {
    return tooOld;
  }
  try {
    await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
    return null;
  } catch {
    return tooOld;
  }
}
