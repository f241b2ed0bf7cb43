/**
 * What a client sends to be stored, and what becomes of it.
 *
 * @module
 */
import type { RequestInputOf } from "../../../protocol/wire/requests.ts";

/** Something to send. */
export type Sendable =
  | { readonly type: "post"; readonly content: RequestInputOf<"post"> }
  | { readonly type: "private"; readonly content: RequestInputOf<"private"> }
  | { readonly type: "annotate"; readonly content: RequestInputOf<"annotate"> };

/** What became of it. */
export interface Sent {
  readonly sequence: number;
  readonly timeMs: number;
  /** Whether the recipient of a private message was online. */
  readonly online?: boolean;
  /** Whether the recipient was online with a program that can show it; servers of before do not say it. */
  readonly readable?: boolean | undefined;
}
