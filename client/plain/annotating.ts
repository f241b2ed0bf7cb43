/**
 * REPLY, EDIT, DELETE, REACT.
 *
 * @module
 */
import type { AnnotationKind } from "../../protocol/wire/post_kinds.ts";
import { ChatError } from "../../protocol/wire/errors.ts";
import type { ChatClient } from "../core/chat/chat_client.ts";
import { reactionTo, withEdits } from "../talk/folded_posts.ts";
import { readReference } from "../talk/post_reference.ts";
import { inCapitals } from "../talk/remark_text.ts";
import { typedReaction } from "../talk/typed_reaction.ts";
import type { OwnPosts } from "./own_posts.ts";
import { RecentPosts } from "./recent_posts.ts";

/** An operation about an earlier message. */
interface AnnotatingOperation {
  readonly kind: AnnotationKind;
  readonly help: string;
  readonly usage: string;
}

/** The operations about earlier messages, by name. */
const operations: Readonly<Record<string, AnnotatingOperation>> = {
  REPLY: {
    kind: "reply",
    help:
      "Answers an earlier message: REPLY text, REPLY NAME text, REPLY 12 text. The number of a private message answers in private.",
    usage: "REPLY text, REPLY NAME text or REPLY 12 text",
  },
  EDIT: {
    kind: "edit",
    help: "Changes your last message, or the one with that number: EDIT text, EDIT 12 text.",
    usage: "EDIT text or EDIT 12 text",
  },
  DELETE: {
    kind: "retraction",
    help: "Takes your last message back, or the one with that number: DELETE, DELETE 12.",
    usage: "DELETE or DELETE 12",
  },
  REACT: {
    kind: "reaction",
    help:
      "Reacts to an earlier message, or takes that back: REACT emoji, REACT NAME emoji, REACT 12 emoji.",
    usage: "REACT emoji, REACT NAME emoji or REACT 12 emoji",
  },
};

/** What the operations work with. */
export interface AnnotatingOptions {
  readonly write: (line: string) => void;
  readonly own: OwnPosts;
  readonly client: () => ChatClient;
  /** Where BM goes. Throws where that is nowhere. */
  readonly room: () => string;
}

/** The operations of one session. */
export class Annotating {
  /** The posts that can be meant. */
  readonly recent: RecentPosts = new RecentPosts();
  /** How posts look at the moment. */
  readonly look: { withNumber: boolean } = { withNumber: false };
  readonly #options: AnnotatingOptions;

  /** @param options See {@linkcode AnnotatingOptions}. */
  constructor(options: AnnotatingOptions) {
    this.#options = options;
  }

  /** Each with its help. */
  operations(): Record<string, { readonly help: string; run(rest: string): Promise<void> }> {
    return {
      ...Object.fromEntries(
        Object.entries(operations).map(([name, operation]) => [
          name,
          { help: operation.help, run: (rest: string) => this.#annotate(operation, rest) },
        ]),
      ),
      NUMBERS: {
        help: "Shows the numbers of messages, or hides them.",
        run: () => Promise.resolve(this.#showNumbers()),
      },
    };
  }

  async #annotate({ kind, usage }: AnnotatingOperation, rest: string): Promise<void> {
    const { client, own } = this.#options;
    const typed = rest.trim();
    const place = this.#placeOf(typed);
    const { name: ownName } = client();
    const { post, text } = readReference(typed, this.recent.of(place, ownName), {
      kind,
      ownName,
      mentionsOwn: () => false,
      spell: inCapitals,
    });
    if ((text === "") !== (kind === "retraction")) {
      throw new ChatError("bad_message", `Usage: ${usage}.`);
    }
    if (kind === "retraction") {
      return void await client().takeBack(place, withEdits(post), own.newId());
    }
    const said = kind === "reaction"
      ? reactionTo(post, ownName, typedReaction(text))
      : { kind, target: post.sequence, targetId: post.id, text };
    await client().annotate(place, said, own.newId());
  }

  /**
   * The room that BM goes to, or, where the whole number of a private message was typed, the other end. Half a number never decides
   * that something goes to the room that may have been meant for one person.
   */
  #placeOf(typed: string): string {
    const { client, room } = this.#options;
    const number = /^#?(\d{1,15})(?!\S)/.exec(typed)?.[1];
    if (number === undefined) return room();
    const { name: ownName } = client();
    const found = this.recent.private(number, ownName);
    const meant = found.find(({ post }) => String(post.sequence) === number);
    if (meant !== undefined) return meant.place;
    const place = room();
    const isInRoom = this.recent.of(place, ownName).some(({ sequence }) =>
      String(sequence) === number
    );
    if (found.length === 0 || isInRoom) return place;
    throw new ChatError(
      "bad_message",
      `The number ${number} could mean a private message, too. Type all of its digits.`,
    );
  }

  #showNumbers(): void {
    this.look.withNumber = !this.look.withNumber;
    const how = this.look.withNumber ? "with their numbers" : "without numbers";
    this.#options.write(`Messages are shown ${how} from now on.`);
  }
}
