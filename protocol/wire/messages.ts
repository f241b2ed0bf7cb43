/**
 * Reads what servers answer and tell. Unknown fields are ignored, so that old and new versions can talk.
 *
 * @module
 */
import * as v from "valibot";
import { ChatError, isServerCode } from "./errors.ts";
import { fieldSchemas } from "./fields.ts";
import { events, type EventType, type ServerEvent } from "./events.ts";
import { badMessage, parseJson } from "./json_payload.ts";
import { replies } from "./replies.ts";
import type { ReplyOf, RequestType } from "./requests.ts";

/** The version of the protocol that this code speaks. */
export const protocolVersion = 1;

/** A reply that was read, before its content is checked against the request's schema. */
export interface ReplyEnvelope {
  /** The request's id. */
  readonly reply: number;
  /** Why the request was not served; null if it was. */
  readonly error: ChatError | null;
  /** What the reply holds, as it came. */
  readonly content: unknown;
  /** As in `ServerEvent`. */
  readonly place?: number;
}

const place = v.optional(fieldSchemas.place);
const serverEnvelope = v.union([
  v.object({ reply: v.pipe(v.number(), v.safeInteger()), error: v.optional(v.unknown()), place }),
  v.object({ event: v.string(), place }),
]);
const errorContent = v.object({
  code: v.pipe(v.string(), v.maxLength(64)),
  message: v.pipe(v.string(), v.maxLength(1024)),
  retryAfterMs: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(86_400_000))),
});

/**
 * Reads what a server sent.
 *
 * @param payload A frame's payload.
 * @return An event, a reply, or null for an event that this version does not know.
 * @throws {ChatError} `bad_message`.
 */
export function parseFromServer(payload: Uint8Array): ServerEvent | ReplyEnvelope | null {
  const value = parseJson(payload, (error) => error);
  const envelope = v.safeParse(serverEnvelope, value);
  if (!envelope.success) throw badMessage("a reply or event", envelope.issues);
  const { place: at } = envelope.output;
  const placed = at === undefined ? {} : { place: at };
  if ("reply" in envelope.output) {
    const { reply, error } = envelope.output;
    const parsed = error === undefined ? null : parseError(error);
    return { reply, error: parsed, content: value, ...placed };
  }
  const type = envelope.output.event;
  if (!Object.hasOwn(events, type)) return null;
  const result = v.safeParse(events[type as EventType], value);
  if (!result.success) throw badMessage(`event "${type}"`, result.issues);
  return { event: type, content: result.output, ...placed } as ServerEvent;
}

/**
 * Reads a reply's content.
 *
 * @param type The type of the request that it answers.
 * @param content `ReplyEnvelope.content`.
 * @return The content, with unknown fields left out.
 * @throws {ChatError} `bad_message`.
 */
export function parseReply<T extends RequestType>(type: T, content: unknown): ReplyOf<T> {
  const result = v.safeParse(replies[type], content);
  if (!result.success) throw badMessage(`the reply to "${type}"`, result.issues);
  return result.output as ReplyOf<T>;
}

/** A code that is not known, or that only a client says, must not stand for something that this client has found out itself. */
function parseError(value: unknown): ChatError {
  const result = v.safeParse(errorContent, value);
  if (!result.success) throw badMessage("an error", result.issues);
  const { code, message, retryAfterMs } = result.output;
  return new ChatError(isServerCode(code) ? code : "forbidden", message, {
    fromServer: true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
