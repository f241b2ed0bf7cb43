/**
 * The web wire: the page over https, and the session protocol over its WebSocket.
 *
 * @module
 */
import type { HttpRequest } from "../../../protocol/web/http_request.ts";
import type { Acceptor } from "../connection/socket.ts";
import { conversationOf, type ConversationOptions } from "../session_protocol/conversation.ts";
import { ProtocolListener } from "../session_protocol/protocol_listener.ts";
import { WebConnection } from "./connection.ts";
import { PageDesk } from "./page_desk.ts";

/** What the web wire is made with. */
export interface WebOptions extends ConversationOptions {
  /** The fingerprint of the certificate that browsers are shown. */
  readonly fingerprint: string;
}

/**
 * Starts to serve the page.
 *
 * @param acceptor Where TLS connections come from.
 * @param options See {@linkcode WebOptions}.
 */
export function startWeb(
  acceptor: Acceptor,
  options: WebOptions,
): ProtocolListener<WebConnection> {
  const desk = new PageDesk(options.fingerprint);
  const { streams } = desk;
  const react = (request: HttpRequest) => desk.react(request);
  return new ProtocolListener(acceptor, {
    ...conversationOf(options),
    wire: "web",
    open: (socket, more) => new WebConnection(socket, { ...more, react, streams }),
  });
}
