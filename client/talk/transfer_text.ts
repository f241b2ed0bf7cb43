/**
 * The words for files on their way: how far one is, how fast, and how long it will take.
 *
 * @module
 */
import { safeText } from "../../protocol/text/safe_text.ts";
import { sizeText } from "../../protocol/text/size_text.ts";
import { progressText } from "./progress_text.ts";

/** A file on its way. */
export interface TransferView {
  readonly direction: "up" | "down";
  readonly name: string;
  /** Bytes that are through. */
  readonly done: number;
  readonly total: number;
  /** Bytes a second lately; null where that is not known yet. */
  readonly perSecond: number | null;
}

/** How far it is: `↑ roses.jpg █████░░░░░░░░░░░░░░░ 25 %, 12 MB/s, 3 s left`; safe. */
export function transferText({ direction, name, done, total, perSecond }: TransferView): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const parts = [progressText(share)];
  if (perSecond !== null && perSecond >= 1) {
    parts.push(`${sizeText(Math.round(perSecond))}/s`, leftText((total - done) / perSecond));
  } else if (perSecond !== null) parts.push("waiting");
  return `${direction === "up" ? "↑" : "↓"} ${safeText(name)} ${parts.join(", ")}`;
}

function leftText(seconds: number): string {
  if (seconds < 1) return "less than a second left";
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours > 0) return `${hours} h ${minutes % 60} min left`;
  return minutes === 0
    ? `${Math.round(seconds)} s left`
    : `${minutes} min ${Math.round(seconds % 60)} s left`;
}
