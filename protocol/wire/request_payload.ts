/**
 * Reads requests. Unknown fields are ignored, so that old and new versions can talk.
 *
 * @module
 */
import * as v from "valibot";
import { ChatError } from "./errors.ts";
import { badMessage, parseJson } from "./json_payload.ts";
import { type Request, requests, type RequestType } from "./requests.ts";

const requestEnvelope = v.object({
  type: v.pipe(v.string(), v.maxLength(64)),
  id: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(2 ** 31 - 1)), 0),
});

/** A request that cannot be served, with the id that its error reply must carry (0: none could be read). */
export class RequestError extends Error {
  /** The class, for logs. */
  override readonly name = "RequestError";
  /** The request's id. */
  readonly id: number;
  /** What is wrong with it. */
  readonly error: ChatError;
  /**
   * Makes the error.
   *
   * @param id The request's id, 0 if it could not be read.
   * @param error What is wrong with it.
   */
  constructor(id: number, error: ChatError) {
    super(error.message, { cause: error });
    this.id = id;
    this.error = error;
  }
}

/**
 * Reads a request.
 *
 * @param payload A frame's payload.
 * @return The request, with unknown fields left out.
 * @throws {RequestError} with `bad_message` or `unsupported`.
 */
export function parseRequest(payload: Uint8Array): Request {
  const value = parseJson(payload, (error) => new RequestError(0, error));
  const envelope = v.safeParse(requestEnvelope, value);
  if (!envelope.success) throw new RequestError(0, badMessage("a request", envelope.issues));
  const { type, id } = envelope.output;
  if (!Object.hasOwn(requests, type)) {
    const message = "This server does not know requests of that type. A newer one may.";
    throw new RequestError(id, new ChatError("unsupported", message));
  }
  const result = v.safeParse(requests[type as RequestType], value);
  if (!result.success) throw new RequestError(id, badMessage(`"${type}"`, result.issues));
  return { type, id, content: result.output } as Request;
}
