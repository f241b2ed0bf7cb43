/**
 * Posts as the client gives them, made ready to be drawn.
 *
 * @module
 */
import { fallbackOf } from "../../../protocol/content.ts";
import type { ShownPost } from "../../core/chat/chat_client.ts";
import { remarkText, withSlash } from "../../talk/remark_text.ts";
import type { PrintedPost } from "./post_lines.ts";

/** A post as it is shown: what was sealed is opened already. */
export function shownPost(post: ShownPost): PrintedPost {
  const { sequence, timeMs, from, to, id, message } = post;
  const { kind } = fallbackOf(post);
  return {
    sequence,
    timeMs,
    from,
    to,
    id,
    kind: kind === "sealed" ? "text" : kind,
    text: message.text ?? "",
    problem: message.problem === null ? null : remarkText(message.problem, withSlash),
    readable: !message.encrypted && !to.startsWith("#"),
  };
}
