/**
 * What a gateway says before the bytes of a connection: first contact, a certificate that has changed, and the end.
 *
 * @module
 */
import * as v from "valibot";

const text = v.pipe(v.string(), v.maxLength(16 * 1024));
const shortText = v.pipe(v.string(), v.maxLength(512));

/** What a gateway says, as JSON. */
const gatewayMessage = v.union([
  /** Nobody here has seen this server: is that its fingerprint? */
  v.object({
    type: v.picklist(["question"]),
    host: shortText,
    port: v.pipe(v.number(), v.safeInteger()),
    fingerprint: shortText,
  }),
  /** Bytes follow. Null where a proof cannot be bound to the connection. */
  v.object({ type: v.picklist(["connected"]), channelBinding: v.nullable(shortText) }),
  /** It is not the server that was seen before. */
  v.object({
    type: v.picklist(["untrusted"]),
    message: text,
    before: v.nullable(shortText),
    now: shortText,
  }),
  /** There is no connection. */
  v.object({ type: v.picklist(["failed"]), code: shortText, message: text }),
]);

/** What a gateway says. */
export type GatewayMessage = v.InferOutput<typeof gatewayMessage>;

/** Somebody is asked whether a server is the right one. */
export type FirstContact = Extract<GatewayMessage, { type: "question" }>;

/** Reads what a gateway says. @throws Where it is not JSON, or something else. */
export function parseGatewayMessage(data: unknown): GatewayMessage {
  return v.parse(gatewayMessage, JSON.parse(v.parse(v.string(), data)));
}
