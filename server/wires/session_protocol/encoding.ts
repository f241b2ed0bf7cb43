/**
 * The heart's events in the form of this wire. An event that goes to many sessions is encoded once.
 *
 * @module
 */
import {
  contentVersion,
  fallbackOf,
  knowsAnnotations,
  knowsKind,
} from "../../../protocol/content.ts";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { encodeMessage } from "../../../protocol/wire/frame.ts";
import type { EventOf, EventType } from "../../../protocol/wire/events.ts";
import type { Post } from "../../../protocol/wire/fields.ts";
import type { ReplyOf, RequestType } from "../../../protocol/wire/requests.ts";
import type { Session, SessionEvent } from "../../heart/session.ts";
import type { Subject } from "../../storage/room_law.ts";
import type { ClusterView } from "../../storage/cluster_view.ts";
import type { Page, StoredPost } from "../../storage/post_storage.ts";

/** What was encoded already, for each version of contents; newer ones than ours get ours. */
const encoded = Array.from(
  { length: contentVersion },
  () => new WeakMap<SessionEvent, Uint8Array>(),
);

/** How far a server of a cluster is, for whoever gets a frame; nothing where the server is alone. */
type Place = number | undefined;

/** Makes a frame with a reply. */
export type EncodeReply = <T extends RequestType>(
  type: T,
  id: number,
  content: ReplyOf<T>,
) => Uint8Array;

/** A frame with an event. @param place See `ClusterView.place`; left out where the event is not of the log. */
export function encodeEvent<T extends EventType>(
  event: T,
  content: EventOf<T>,
  place?: Place,
): Uint8Array {
  return encodeMessage(place === undefined ? { event, ...content } : { event, ...content, place });
}

/** What makes frames with replies. @param cluster The cluster, each of whose replies says how far it is. */
export function replyEncoder(cluster: Pick<ClusterView, "place"> | undefined): EncodeReply {
  if (cluster === undefined) {
    return (_type, id, content) => encodeMessage({ reply: id, ...content });
  }
  return (_type, id, content) => encodeMessage({ reply: id, ...content, place: cluster.place });
}

/** A frame that tells a peer of its error: as the reply to a request, or as an event where no id could be read. */
export function encodeError(id: number, error: ChatError): Uint8Array {
  const { code, message, retryAfterMs } = error;
  if (id === 0) return encodeEvent("error", { code, message });
  return encodeMessage({ reply: id, error: { code, message, retryAfterMs } });
}

/**
 * A frame with an event of the heart; the same bytes for everyone who gets it, but for the one who has ruled a room.
 *
 * @param reader The version of contents that it is for; the session that gets it, null where it has not signed in yet.
 * @param place Where the log is that has brought it.
 */
export function encodeSessionEvent(
  event: SessionEvent,
  { version, sessionId }: { readonly version: number; readonly sessionId: number | null },
  place?: Place,
): Uint8Array {
  if (event.type === "ruled" && event.origin === sessionId) {
    return encodeEvent("ruled", ruledContent(event, true), place);
  }
  const known = encoded[Math.min(version, contentVersion) - 1]!;
  let bytes = known.get(event);
  if (bytes === undefined) {
    bytes = encodeNew(event, version, place);
    known.set(event, bytes);
  }
  return bytes;
}

function encodeNew(event: SessionEvent, version: number, place: Place): Uint8Array {
  switch (event.type) {
    case "post":
      return encodeEvent("post", { post: toPost(event.post, version) }, place);
    case "joined":
      return encodeEvent("joined", { name: event.room.name, topic: event.topic }, place);
    case "left": {
      const { room, by, reason } = event;
      return encodeEvent("left", { room: room.name, by, reason }, place);
    }
    case "ruled":
      return encodeEvent("ruled", ruledContent(event, false), place);
    case "topic": {
      const { room, topic, setting } = event;
      return encodeEvent("topic", { room: room.name, topic, by: setting.by }, place);
    }
    case "read":
      return encodeEvent("read", { sequence: event.sequence });
    case "draft":
      return encodeEvent("draft", { sealed: event.sealed });
    case "invited":
      return encodeEvent("invited", { room: event.room.name, by: event.by });
  }
}

/** Changes of what holds in a room as they travel. @param own Whether to the session that has made them. */
function ruledContent(
  event: Extract<SessionEvent, { type: "ruled" }>,
  own: boolean,
): EventOf<"ruled"> {
  const { room, by, changes } = event;
  return {
    room: room.name,
    by,
    roles: changes.flatMap((change) => {
      if (change.kind !== "role") return [];
      const { name, role, held } = change;
      return [{ name, role, held }];
    }),
    rules: Object.assign({}, ...changes.map((one) => one.kind === "rules" ? one.rules : {})),
    entries: changes.flatMap((change) => {
      if (change.kind !== "entry") return [];
      const { list, subject, listed } = change;
      return [{ list, ...shownSubject(subject), listed }];
    }),
    own,
  };
}

/** Whom an entry is about, as it travels. */
export function shownSubject(subject: Subject): { name: string } | { mask: string } {
  return "account" in subject ? { name: subject.account } : subject;
}

/** A page as it travels to a session. */
export function pageFor({ contentVersion: version }: Session, page: Page): ReplyOf<"history"> {
  const { posts, annotations, more } = page;
  const known = knowsAnnotations(version) ? annotations : [];
  return {
    posts: posts.map((post) => toPost(post, version)),
    annotations: known.map((post) => toPost(post, version)),
    more,
  };
}

/** A stored post as it travels: everything but the room's number, in the form that a version of contents knows. */
function toPost(stored: StoredPost, version: number): Post {
  const { sequence, timeMs, from, to, id, kind, body, target } = stored;
  const post = { sequence, timeMs, from, to, id };
  if (!knowsKind(version, kind)) return { ...post, ...fallbackOf({ kind, body }) };
  if (!knowsAnnotations(version)) return { ...post, kind, body };
  return { ...post, kind, body, ...(target === undefined ? {} : { target }) };
}
