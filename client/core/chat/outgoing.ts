/**
 * The way out: what is private is sealed, and everything goes to the queue, from where it is sent until it is stored.
 *
 * @module
 */
import { checkAnnotation, checkSaid } from "../../../protocol/content.ts";
import { newPostId } from "../../../protocol/wire/post_id.ts";
import type { SaidKind } from "../../../protocol/wire/post_kinds.ts";
import { Sealer, type SealerOptions } from "../e2e/sealer.ts";
import type { FilePoster } from "../files/client_files.ts";
import type { Sent } from "../link/sendable.ts";
import type { Annotation, TakenBack } from "./annotation.ts";
import { SendQueue } from "./send_queue.ts";

/** The way out of one client. */
export class Outgoing {
  /** What is not stored yet, in the form in which it is sent. */
  readonly queue: SendQueue;
  readonly #sealer: Sealer;

  /** @param options What private messages are sealed with, and the line to the server. */
  constructor(options: Omit<SealerOptions, "next">) {
    const { line } = options;
    this.queue = new SendQueue(({ type, content }) => line.request(type, content));
    const next: SealerOptions["next"] = (content) => this.queue.add({ type: "private", content });
    this.#sealer = new Sealer({ ...options, next });
  }

  /** How many wait for their acknowledgement. */
  get size(): number {
    return this.queue.size + this.#sealer.size;
  }

  /** Resolves when nothing waits. */
  async drained(): Promise<void> {
    await Promise.all([this.queue.drained(), this.#sealer.drained()]);
  }

  /** See `ChatClient.post`. */
  post(room: string, text: string, postId: string, kind: SaidKind): Promise<Sent> {
    return this.queue.add({ type: "post", content: { room, text, postId, kind } });
  }

  /** See `ChatClient.sendPrivate`. */
  async sendPrivate(to: string, text: string, id: string, kind: SaidKind): Promise<Sent> {
    return await this.#sealer.send(to, { kind, text: checkSaid(kind, text), about: null }, id);
  }

  /** How files are said of: to a room, or sealed. */
  readonly filePoster: FilePoster = {
    check: async (where) => {
      if (!where.startsWith("#")) await this.#sealer.checkFiles(where);
    },
    post: (where, body, id) =>
      where.startsWith("#")
        ? this.post(where, body, id, "file")
        : this.sendPrivate(where, body, id, "file"),
  };

  /** See `ChatClient.annotate`. */
  async annotate(where: string, annotation: Annotation, postId: string): Promise<Sent> {
    const { kind, target, targetId } = annotation;
    const text = checkAnnotation(kind, annotation.text);
    if (where.startsWith("#")) {
      const content = { room: where, kind, target, body: text, postId };
      return await this.queue.add({ type: "annotate", content });
    }
    const about = { sequence: target, id: targetId };
    return await this.#sealer.send(where, { kind, text, about }, postId);
  }

  /** See `ChatClient.takeBack`. */
  async takeBack(where: string, { sequence, edits }: TakenBack, postId: string): Promise<Sent> {
    const retract = (target: number, postId: string) => {
      const place = where.startsWith("#") ? { room: where } : { with: where };
      const content = { ...place, kind: "retraction" as const, target, postId };
      return this.queue.add({ type: "annotate", content });
    };
    const sent = await retract(sequence, postId);
    // In rooms the server knows what is an edit, and removes it with the message.
    const others = where.startsWith("#") ? [] : edits;
    await Promise.all(others.map((edit) => retract(edit, newPostId(Date.now()))));
    return sent;
  }
}
