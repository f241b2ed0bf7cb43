/**
 * Posts as the client gives them, made ready to be drawn.
 *
 * @module
 */
import { fallbackOf } from "../../../protocol/content.ts";
import type { FoldedPost } from "../../talk/folded_posts.ts";
import { remarkText, withSlash } from "../../talk/remark_text.ts";
import type { PrintedPost } from "./post_lines.ts";

/** A post as it is shown: what was sealed is opened already. */
export function shownPost(folded: FoldedPost): PrintedPost {
  const { sequence, timeMs, from, to, id, message } = folded;
  const { kind } = fallbackOf(folded);
  return {
    sequence,
    timeMs,
    from,
    to,
    id,
    kind: kind === "sealed" || folded.kind === "retracted" ? "text" : kind,
    text: message.text ?? "",
    problem: message.problem === null ? null : remarkText(message.problem, withSlash),
    readable: !message.encrypted && !to.startsWith("#") && folded.kind !== "retracted",
    folded,
  };
}
