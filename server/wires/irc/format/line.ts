/**
 * One line to clients. It is encoded once for each set of tags that clients may want, and the bytes are shared.
 *
 * @module
 */
import type { TextSlab } from "../../connection/text_slab.ts";
import { escapeTag } from "./message.ts";

/** The tags that a line may carry; a client gets those that it asked for. */
export interface LineTags {
  /** Milliseconds since 1970. */
  readonly timeMs?: number;
  readonly msgid?: string | undefined;
  /** The sender's account; none for a guest. */
  readonly account?: string | undefined;
  /** Whether the sender says to be a program. */
  readonly bot?: boolean;
  /** Client-only tags, encoded. */
  readonly clientOnly?: string;
  /** The batch that the line is in. Such a line is only sent to those who know batches. */
  readonly batch?: string;
  /** Whether the line continues the one before it (draft/multiline). */
  readonly concat?: boolean;
}

/** Which tags a client wants: bits of its variant. */
export const variantBits = { serverTime: 1, accountTag: 2, messageTags: 4 } as const;

/** What would end a line. */
const lineEnd = /[\0\r\n]/;
const lineEnds = /[\0\r\n]/g;

const encoder = new TextEncoder();
const noTags: LineTags = {};

/** One line to clients. */
export class IrcLine {
  /** Without tags and without its end. */
  readonly body: string;
  readonly tags: LineTags;
  readonly #slab: TextSlab | null;
  readonly #bytes: (Uint8Array | undefined)[] = [];

  /**
   * @param body Without tags and without its end. CR, LF and NUL in it leave as spaces: whatever a peer has written, it stays
   * one line, because the next one could speak for anybody.
   * @param tags What clients may want to know of it.
   * @param slab Where its bytes lie, if it is sent and forgotten at once.
   */
  constructor(body: string, tags: LineTags = noTags, slab: TextSlab | null = null) {
    this.body = body;
    this.tags = tags;
    this.#slab = slab;
  }

  /** The line as bytes; the same ones for everyone with the same variant. */
  bytes(variant: number): Uint8Array {
    return this.#bytes[variant] ??= this.encoded(variant);
  }

  /** The line with a further tag, for one client: not kept. */
  encoded(variant: number, extraTag?: string): Uint8Array {
    const line = encodeTags(this.tags, variant, extraTag) + this.body;
    return (this.#slab ?? encoder).encode(
      (lineEnd.test(line) ? line.replace(lineEnds, " ") : line) + "\r\n",
    );
  }
}

function encodeTags(tags: LineTags, variant: number, extraTag: string | undefined): string {
  if (variant === 0 && extraTag === undefined && tags.batch === undefined && tags.concat !== true) {
    return "";
  }
  const parts: string[] = extraTag === undefined ? [] : [extraTag];
  if (tags.batch !== undefined) parts.push(`batch=${tags.batch}`);
  if (tags.concat === true) parts.push("draft/multiline-concat");
  if ((variant & variantBits.serverTime) !== 0 && tags.timeMs !== undefined) {
    parts.push(`time=${new Date(tags.timeMs).toISOString()}`);
  }
  if ((variant & variantBits.accountTag) !== 0 && tags.account !== undefined) {
    parts.push(`account=${escapeTag(tags.account)}`);
  }
  if ((variant & variantBits.messageTags) !== 0) pushMessageTags(parts, tags);
  return parts.length === 0 ? "" : `@${parts.join(";")} `;
}

function pushMessageTags(parts: string[], { msgid, bot, clientOnly }: LineTags): void {
  if (msgid !== undefined) parts.push(`msgid=${msgid}`);
  if (bot === true) parts.push("bot");
  if (clientOnly !== undefined && clientOnly !== "") parts.push(clientOnly);
}
