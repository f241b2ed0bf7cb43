/**
 * How a request becomes a WebSocket (RFC 6455, section 4.2).
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import { HttpError, type HttpRequest } from "./http_request.ts";
import { encodeHead } from "./http_response.ts";

/** What is put behind the key (RFC 6455, section 1.3). */
const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Whether a request asks for a WebSocket. */
export function asksForWebSocket({ headers }: HttpRequest): boolean {
  return headers.get("upgrade")?.toLowerCase() === "websocket";
}

/**
 * The answer after which the connection is a WebSocket.
 *
 * @param request A request that asks for one.
 * @throws {HttpError} Where it does so in no way that is known.
 */
export async function acceptWebSocket(
  { method, headers }: HttpRequest,
): Promise<Uint8Array<ArrayBuffer>> {
  const wishes = (headers.get("connection") ?? "").toLowerCase().split(",").map((one) =>
    one.trim()
  );
  const key = headers.get("sec-websocket-key") ?? "";
  const isKnown = method === "GET" && wishes.includes("upgrade") &&
    headers.get("sec-websocket-version") === "13" && /^[A-Za-z0-9+/]{22}==$/.test(key);
  if (!isKnown) throw new HttpError(400, "This is no way to open a WebSocket.");
  const bytes = new TextEncoder().encode(key + acceptSuffix);
  // SHA-1 keeps no secret here: it shows that this is no other kind of server.
  const accept = encodeBase64(await crypto.subtle.digest("SHA-1", bytes));
  return encodeHead(101, [
    ["upgrade", "websocket"],
    ["connection", "Upgrade"],
    ["sec-websocket-accept", accept],
  ]);
}
