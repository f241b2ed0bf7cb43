/**
 * Which posts this program has sent itself: those of the same account from elsewhere are shown.
 *
 * @module
 */
import { newPostId } from "../../protocol/wire/post_id.ts";
import type { ShownPost } from "../core/e2e/message_view.ts";

/** The posts of this program that have not come back yet. */
export class OwnPosts {
  readonly #ids = new Set<string>();

  /** An id for a new post of this program. */
  newId(): string {
    const id = newPostId(Date.now());
    this.add(id);
    return id;
  }

  /** A post of this program has this id. */
  add(id: string): void {
    this.#ids.add(id);
  }

  /** Whether a post of the own account is of this program. To be asked once for each post: each comes once. */
  take({ id }: ShownPost): boolean {
    return this.#ids.delete(id);
  }
}
