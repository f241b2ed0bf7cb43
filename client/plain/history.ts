/**
 * CH.
 *
 * @module
 */
import { ChatError } from "../../protocol/wire/errors.ts";
import type { ChatClient } from "../core/chat/chat_client.ts";
import type { ShownPage } from "../core/e2e/message_view.ts";
import { folded, type FoldedPost } from "../talk/folded_posts.ts";
import { type NewestPosts, newestPosts, olderPostsText } from "../talk/newest_posts.ts";
import { isUnknownUser, unknownUser } from "../talk/unknown_user.ts";
import { inCapitals } from "../talk/remark_text.ts";
import { versionLines } from "../talk/annotation_text.ts";
import { type Day, dayOf, postsOfDay } from "../talk/days.ts";
import { counted } from "../talk/wording.ts";
import type { Lines } from "./lines.ts";
import { historyLines, type LineLook, timeText } from "./post_line.ts";
import type { RecentPosts } from "./recent_posts.ts";

/** How many posts CH shows where no number is given, unless more were missed. */
const usualCount = 50;
/** The most posts that CH shows at once. */
const countMax = 10_000;

/** What CH is to show. */
interface Wanted {
  readonly filter: NewestPosts["filter"];
  /** How many posts; null where no number was given. */
  readonly count: number | null;
  /** Of which day; null where none was given. */
  readonly day: Day | null;
}

/** CH of one session. */
export class History {
  readonly #lines: Lines;
  readonly #recent: RecentPosts;
  readonly #look: LineLook;
  readonly #remarkOn: (post: FoldedPost) => readonly string[];
  /** Whether what was missed before the session has been shown: only the first CH without a number shows all of it. */
  #missedShown = false;

  /**
   * @param lines Where it writes.
   * @param recent Takes what was shown.
   * @param look How posts look at the moment.
   * @param remarkOn Lines that are to be shown below a post.
   */
  constructor(
    lines: Lines,
    recent: RecentPosts,
    look: LineLook,
    remarkOn: (post: FoldedPost) => readonly string[],
  ) {
    this.#lines = lines;
    this.#remarkOn = remarkOn;
    this.#recent = recent;
    this.#look = look;
  }

  /**
   * Shows what was said: as many posts as are wanted or, without a number, everything that was missed and some of what
   * came before.
   *
   * @param client The signed-in client.
   * @param rest What was typed after CH: nothing, a `#room` or a user's name, and a number of posts, or some of it.
   */
  async show(client: ChatClient, rest: string): Promise<void> {
    const [, number] = /^of\s+#?(\d{1,15})$/.exec(rest) ?? [];
    if (number !== undefined) return this.#showVersions(Number(number));
    const { filter, count, day } = wantedBy(rest);
    if (day !== null) return await this.#showDay(client, filter, day);
    const whole = Object.keys(filter).length === 0;
    const { readSequence } = client.welcome;
    const after = whole && count === null && !this.#missedShown ? readSequence : Infinity;
    const wanted = { filter, count: count ?? usualCount, after, countMax };
    const page = await newestOf(client, wanted);
    const { more } = page;
    const posts = folded(page);
    if (more) this.#lines.write(`(${olderPostsText(filter, posts.length, inCapitals)})`);
    for (const post of posts) this.#show(post);
    this.#lines.write(`End of history (${counted(posts.length, "message")}).`);
    const reachesRead = !more || (posts[0]?.sequence ?? 0) <= readSequence + 1;
    if (!whole || !reachesRead) return;
    this.#missedShown = true;
    client.markRead();
  }

  async #showDay(client: ChatClient, filter: NewestPosts["filter"], day: Day): Promise<void> {
    const page = await postsOfDay(client, filter, day, countMax);
    const posts = folded(page);
    for (const post of posts) this.#show(post);
    const more = page.more ? "; there are more of that day" : "";
    const [date] = timeText(day.fromMs).split(" ");
    this.#lines.write(`End of ${date} (${counted(posts.length, "message")}${more}).`);
  }

  #show(post: FoldedPost): void {
    this.#recent.keep(post);
    const lines = [...historyLines(post, this.#look), ...this.#remarkOn(post)];
    for (const line of lines) this.#lines.write(line);
  }

  /** How a message was changed. */
  #showVersions(number: number): void {
    const post = this.#recent.withNumber(number);
    if (post === undefined) {
      const message = `No message here has the number ${number}. NUMBERS shows them.`;
      throw new ChatError("not_found", message);
    }
    for (const line of versionLines(post)) this.#lines.write(line);
  }
}

function wantedBy(rest: string): Wanted {
  const words = rest.split(/\s+/).filter((word) => word !== "");
  const day = dayOf(words.at(-1) ?? "", Date.now());
  if (day !== null) words.pop();
  const count = /^\d{1,6}$/.test(words.at(-1) ?? "") ? Number(words.pop()) : null;
  const [which, ...others] = words;
  if (others.length > 0) {
    throw new ChatError(
      "bad_text",
      "Usage: CH, CH 500, CH #room, CH NAME, CH #room 500 or CH NAME 500.",
    );
  }
  return {
    day,
    filter: which === undefined ? {} : which.startsWith("#") ? { room: which } : { with: which },
    count: count === null ? null : Math.min(count, countMax),
  };
}

async function newestOf(client: ChatClient, wanted: NewestPosts): Promise<ShownPage> {
  const { with: user } = wanted.filter;
  try {
    const page = await newestPosts(client, wanted);
    // Where nothing was said, there may be nobody either.
    if (page.posts.length === 0 && user !== undefined) await client.user(user);
    return page;
  } catch (error) {
    throw user !== undefined && isUnknownUser(error) ? unknownUser(user) : error;
  }
}
