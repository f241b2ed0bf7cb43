/**
 * What a person sends: on its way, refused, or left over at the end. A text reaches those whom it was meant for, or comes
 * back in a form that can reach nobody else.
 *
 * @module
 */
import type { ChatError } from "../../protocol/wire/errors.ts";
import type { PlainKind } from "../../protocol/wire/post_kinds.ts";
import { newPostId } from "../../protocol/wire/post_id.ts";
import { safeText } from "../../protocol/text/safe_text.ts";
import { errorText, withSlash } from "../talk/remark_text.ts";
import { isUnknownUser, unknownUser } from "../talk/unknown_user.ts";
import { waitsFor } from "../talk/wording.ts";
import type { ChatClient } from "../core/chat/chat_client.ts";
import { classify } from "./commands/commands.ts";
import type { Conversation, Conversations } from "./conversations/conversations.ts";
import { type PendingPost, PendingPosts } from "./conversations/pending_posts.ts";
import type { StyledLine } from "./terminal/style.ts";
import { excerpt } from "./terminal/text_width.ts";
import type { View } from "./view/view.ts";

/** What sending works with. */
export interface OutgoingOptions {
  readonly client: ChatClient;
  readonly view: View;
  readonly conversations: Conversations;
  /** What is pending has changed. */
  readonly onChanged: () => void;
}

/** A text, whom it is for, and where it was typed. */
interface Outgoing {
  readonly title: string;
  readonly text: string;
  readonly origin: Conversation;
  readonly kind: PlainKind;
}

/** Sends posts and private messages. */
export class OutgoingPosts {
  readonly #options: OutgoingOptions;
  readonly #pending = new PendingPosts();
  /** What waits for the person's consent, by recipient. */
  readonly #unencrypted = new Map<string, Outgoing[]>();

  /** @param options See {@linkcode OutgoingOptions}. */
  constructor(options: OutgoingOptions) {
    this.#options = options;
  }

  /**
   * Sends a text.
   *
   * @param outgoing What to whom, and where it was typed.
   */
  say(outgoing: Outgoing): void {
    const id = newPostId(Date.now());
    this.#pending.add(id, outgoing.title, outgoing.text);
    this.#options.onChanged();
    this.#send(id, outgoing).catch((error: ChatError) => this.#failed(id, outgoing, error));
  }

  /** A post has come. @return Whether it was sent here. */
  arrived(id: string): boolean {
    return this.#pending.delete(id);
  }

  /** How what is on its way is shown in a conversation. */
  linesIn(title: string, online: boolean): StyledLine[] {
    return this.#pending.linesIn(title, online);
  }

  /** What is not stored yet. */
  get unsent(): readonly PendingPost[] {
    const waiting = [...this.#unencrypted.values()].flat();
    return [...this.#pending.unstored, ...waiting];
  }

  /** The session is over: what waits is printed as it was typed, to be copied. */
  printUnsent(): void {
    const { view } = this.#options;
    for (const { title, text } of this.unsent) {
      view.warn(`Not sent to ${safeText(title)}:`);
      view.printText(text);
    }
  }

  async #send(id: string, { title, text, kind }: Outgoing): Promise<void> {
    const { client, view } = this.#options;
    if (title.startsWith("#")) {
      await client.post(title, text, id, kind);
      return this.#pending.noteStored(id);
    }
    const waits = waitsFor(await client.sendPrivate(title, text, id, kind), safeText(title));
    this.#pending.noteStored(id);
    if (waits !== null) view.notice(`Stored; ${waits}`);
  }

  #failed(id: string, outgoing: Outgoing, error: ChatError): void {
    // There is no input to come back to: what is unsent is printed.
    if (this.#options.client.ended) return;
    if (!this.#pending.delete(id)) return;
    if (error.code === "not_encrypted") this.#askForConsent(outgoing, error);
    else this.#giveBack(outgoing, error);
    this.#options.onChanged();
  }

  /** Some programs have no keys: the person decides, once for each user. */
  async #askForConsent(outgoing: Outgoing, error: ChatError): Promise<void> {
    const { view, client } = this.#options;
    const { title, text } = outgoing;
    const waiting = this.#unencrypted.get(title);
    if (waiting !== undefined) return void waiting.push(outgoing);
    this.#unencrypted.set(title, [outgoing]);
    const shown = safeText(title);
    view.warn(`Not sent to ${shown}: "${excerpt(text)}". ${errorText(error, withSlash)}`);
    const what = `"${excerpt(text)}" and later messages to ${shown}`;
    const question = `Type yes and Enter to send ${what} so that the server can read them `;
    const answer = await view.ask(`${question}(Esc: not now): `, "consent");
    if (answer === "yes") {
      await client.allowReadable(title)
        .catch((problem: ChatError) => view.warn(errorText(problem, withSlash)));
    }
    const all = this.#unencrypted.get(title) ?? [];
    this.#unencrypted.delete(title);
    for (const one of all) {
      if (answer === "yes") this.say(one);
      else this.#giveBack(one, error);
    }
  }

  /** To where it was typed: as a draft for the same people, else as a whole command line. */
  #giveBack(outgoing: Outgoing, error: ChatError): void {
    const { view, conversations } = this.#options;
    const { title, text, origin } = outgoing;
    const told = !title.startsWith("#") && isUnknownUser(error) ? unknownUser(title) : error;
    const reason = `Not sent to ${safeText(title)}: "${excerpt(text)}". ${
      errorText(told, withSlash)
    }`;
    const line = lineFor(outgoing);
    if (origin === conversations.current && view.input.giveBack(line)) {
      return view.warn(`${reason} It is back in the input.`);
    }
    const isElsewhere = origin !== conversations.current && origin.number > 0;
    if (isElsewhere && origin.giveBack(line)) {
      const place = `${safeText(origin.title)} (Alt-${origin.number})`;
      return view.warn(`${reason} It is in the input of ${place}.`);
    }
    view.warn(`${reason} Here it is, to copy:`);
    view.printText(text);
  }
}

/** What to type in the conversation where it was typed, so that the same text goes to the same people. */
function lineFor({ title, text, origin, kind }: Outgoing): string {
  if (kind === "action" && origin.title === title) return `/me ${text}`;
  if (origin.title === title && classify(text).type === "post") return text;
  return title.startsWith("#") ? `/bm ${text}` : `/pm ${title} ${text}`;
}
