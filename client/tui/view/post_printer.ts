/**
 * Prints posts, with separators where a new day begins and where the unread ones begin.
 *
 * @module
 */
import {
  dayText,
  divider,
  longDayText,
  postLines,
  type PostLook,
  type PrintedPost,
} from "../conversations/post_lines.ts";
import type { View } from "./view.ts";
import { SavingHint } from "../../talk/file_reference.ts";
import { withSlash } from "../../talk/remark_text.ts";
import { numberText } from "../../../protocol/text/number_text.ts";

/** Prints the posts of one conversation after the other. */
export class PostPrinter {
  readonly #view: View;
  readonly #look: () => PostLook;
  readonly #hint = new SavingHint(withSlash);
  #day = "";

  /**
   * @param view Where to.
   * @param look How posts look at the moment.
   */
  constructor(view: View, look: () => PostLook) {
    this.#view = view;
    this.#look = look;
  }

  /** Another conversation begins: the next post tells its day again, unless it is `today`. */
  begin(title: string, todayMs: number): void {
    this.#view.print(divider(title, "accent"));
    this.#day = dayText(todayMs);
  }

  /** Prints a post. */
  print(post: PrintedPost, withPlace?: boolean, withNumber?: boolean): void {
    const day = dayText(post.timeMs);
    if (day !== this.#day) this.#view.print(divider(longDayText(post.timeMs)));
    this.#day = day;
    const look = { ...this.#look(), withPlace: withPlace === true };
    const { lines, indent } = postLines(post, withNumber ? { ...look, withNumber } : look);
    for (const line of lines) this.#view.print(line, indent);
    // What stands in a list of several conversations is not meant by /get.
    if (post.folded === undefined || withPlace === true) return;
    const hint = this.#hint.after(post.folded, look.ownName);
    if (hint !== null) this.#view.notice(hint);
  }

  /**
   * Prints posts with a line above the first unread one.
   *
   * @param posts The posts, in order.
   * @param firstUnread The sequence of the first unread one; null where all is read.
   * @param unread How many are unread, in all.
   */
  printAll(posts: readonly PrintedPost[], firstUnread: number | null, unread: number): void {
    for (const [index, post] of posts.entries()) {
      if (firstUnread !== null && post.sequence >= firstUnread) {
        // What the reader wrote since then, without looking, is no news.
        const others = posts.slice(index).filter(({ from }) => from !== this.#look().ownName);
        const hidden = unread > others.length
          ? `; these are the last ${numberText(others.length)}`
          : "";
        this.#view.print(divider(`${unread} unread${hidden}`, "warning"));
        firstUnread = null;
      }
      this.print(post);
    }
  }
}
