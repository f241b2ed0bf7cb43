/**
 * Puts the parts of the native wire together.
 *
 * @module
 */
import { textAnswer } from "../../../platform/web/closed_answers.ts";
import { encodeAnswer } from "../../../protocol/web/http_response.ts";
import type { Acceptor } from "../connection/socket.ts";
import { conversationOf, type ConversationOptions } from "../session_protocol/conversation.ts";
import { ProtocolListener } from "../session_protocol/protocol_listener.ts";
import { NativeConnection } from "./connection.ts";

/** The native wire, running. */
export type NativeListener = ProtocolListener<NativeConnection>;

/**
 * Starts to serve the native wire.
 *
 * @param acceptor Where TLS connections come from.
 * @param options See {@linkcode ConversationOptions}.
 */
export function startNative(acceptor: Acceptor, options: ConversationOptions): NativeListener {
  const forBrowsers = answerToBrowsers(options.pageAddresses ?? []);
  return new ProtocolListener(acceptor, {
    ...conversationOf(options),
    wire: "native",
    open: (socket, more) => new NativeConnection(socket, { ...more, forBrowsers }),
  });
}

function answerToBrowsers(addresses: readonly string[]): Uint8Array {
  const where = addresses.length === 0
    ? "It serves no page: join it with the program, chat client HOST PORT NAME."
    : `The page is at ${addresses.join(" or ")}`;
  return encodeAnswer(textAnswer(200, `This is a chat server. ${where}`), "close");
}
