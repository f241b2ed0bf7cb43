/**
 * What is said about an earlier post, on its way to the server.
 *
 * @module
 */
import { checkAnnotation } from "../../../protocol/content.ts";
import type { AnnotationKind } from "../../../protocol/wire/post_kinds.ts";
import type { RequestInputOf } from "../../../protocol/wire/requests.ts";
import { ClientError } from "../link/client_error.ts";

/** Something about an earlier post. */
export interface Annotation {
  readonly kind: AnnotationKind;
  /** The earlier post's sequence. */
  readonly target: number;
  /** Empty for a retraction. */
  readonly text: string;
}

/**
 * The request for it.
 *
 * @param where A room with its `#`, or the other end of a private conversation.
 * @param annotation What is said.
 * @param postId Its id.
 * @throws {ChatError} `bad_text`; `unsupported` for anything but a retraction about a private message.
 */
export function annotationRequest(
  where: string,
  { kind, target, text }: Annotation,
  postId: string,
): RequestInputOf<"annotate"> {
  const said = { kind, target, body: checkAnnotation(kind, text), postId };
  if (where.startsWith("#")) return { room: where, ...said };
  if (kind === "retraction") return { with: where, ...said };
  throw new ClientError("unsupported", { kind: "not_in_private" });
}
