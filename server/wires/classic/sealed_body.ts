/**
 * Private messages between two classic clients, as they are stored: sealed with the recipient's own key, which the
 * server does not have. The prefix keeps them apart from what other clients seal: it is not base64.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { classicBodyBytesMax } from "../../../protocol/wire/limits.ts";
import { readEnvelope } from "./envelope.ts";

const form = /^classic:(?<keyId>[0-9a-f]{32}):(?<envelope>.+)$/;

/**
 * Makes the body of a stored post.
 *
 * @param keyId Whose key it is sealed with: `PublicKey.id`.
 * @param envelope What a client sent.
 * @return The body.
 * @throws {ChatError} `bad_message`, where it has not the form of an envelope.
 */
export function makeSealedBody(keyId: string, envelope: string): string {
  readEnvelope(envelope);
  return `classic:${keyId}:${envelope}`;
}

/**
 * Finds the envelope in a stored body.
 *
 * @param body The body of a sealed post of any kind of client.
 * @param keyId The reader's key.
 * @return The envelope; null where it is sealed with another key, or by another kind of client, or where a classic client
 * could not take it: who sealed the body is not known.
 */
export function envelopeFor(body: string, keyId: string): string | null {
  const groups = form.exec(body)?.groups;
  const envelope = groups?.["keyId"] === keyId ? groups["envelope"] ?? "" : "";
  return isEnvelope(envelope) ? envelope : null;
}

function isEnvelope(text: string): boolean {
  if (text.length > classicBodyBytesMax) return false;
  try {
    readEnvelope(text);
    return true;
  } catch (error) {
    if (error instanceof ChatError) return false;
    throw error;
  }
}
