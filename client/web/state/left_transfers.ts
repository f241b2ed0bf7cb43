/**
 * Files whose transfer ends with the page, which has nothing of them any more when it is loaded anew: the browser asks before, and
 * the next page in the same tab says what has become of them.
 *
 * @module
 */
import * as v from "valibot";
import { safeText } from "../../../protocol/text/safe_text.ts";
import type { PageTransfer } from "./page_transfers.ts";

const sentences = v.array(v.string());

/**
 * Sees to it that nobody leaves a transfer without knowing.
 *
 * @param key Where a tab keeps, until it is closed, what is to be said.
 * @param underWay The transfers that are under way.
 * @return Keeps nothing when the page is left: to be called where somebody signs out.
 */
export function guardTransfers(key: string, underWay: () => readonly PageTransfer[]): () => void {
  addEventListener("beforeunload", (event) => {
    if (underWay().length > 0) event.preventDefault();
  });
  const keep = () => {
    const left = underWay().map(({ name, direction }) => {
      const [done, act] = direction === "up" ? ["sent", "Send"] : ["fetched", "Fetch"];
      return `${
        safeText(name)
      } was not ${done}: the page was left before it was whole. ${act} it again.`;
    });
    sessionStorage.setItem(key, JSON.stringify(left));
  };
  addEventListener("pagehide", keep);
  return () => removeEventListener("pagehide", keep);
}

/** Gives what is to be said of those that the page before has left. */
export function leftTransfers(key: string): string[] {
  return v.parse(sentences, JSON.parse(sessionStorage.getItem(key) ?? "[]"));
}
