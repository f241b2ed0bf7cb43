/**
 * Connects through whoever has served this page: the program on this machine, or the chat server itself.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { UntrustedServerError } from "../../core/link/untrusted_server_error.ts";
import type { ServerConnection } from "../../core/link/transport.ts";
import { type FirstContact, type GatewayMessage, parseGatewayMessage } from "./gateway_messages.ts";
import { WebSocketTransport } from "./web_socket_transport.ts";

/** What is connected to, and who is asked. */
export interface PageConnectionOptions {
  /** The server, as `host:port`; null for the one that has served this page. */
  readonly server: string | null;
  /** The one fingerprint that a person has agreed to although another one was known. */
  readonly fingerprint?: string | undefined;
  /** Asks whether a server that nobody here has seen is the right one. */
  readonly confirm: (contact: FirstContact) => Promise<boolean>;
}

/** The server shows another certificate than before. */
export class ChangedServerError extends UntrustedServerError {
  /** The fingerprint that was known, and the one that is shown. */
  readonly before: string | null;
  readonly now: string;

  /** @param told What the gateway has said. */
  constructor(told: Extract<GatewayMessage, { type: "untrusted" }>) {
    super(told.message);
    this.name = "ChangedServerError";
    this.before = told.before;
    this.now = told.now;
  }
}

/** What is said where not even the gateway is there. */
const noGateway = "The program that serves this page cannot be reached. Is it still running?";

/**
 * Connects.
 *
 * @param options See {@linkcode PageConnectionOptions}.
 * @param signal Gives up.
 * @throws {UntrustedServerError} It is not the right server, or nobody agreed to it.
 * @throws {ChatError} `disconnected`: no connection could be made.
 */
export async function connectByGateway(
  options: PageConnectionOptions,
  signal: AbortSignal,
): Promise<ServerConnection> {
  signal.throwIfAborted();
  try {
    return await connectByWebSocket(options, signal);
  } catch (error) {
    const isRefused = error instanceof ChatError && error.code === "disconnected";
    if (!isRefused || options.server !== null || signal.aborted) throw error;
    try {
      // Few browsers need it.
      const { openStream } = await import("./stream_transport.ts");
      return await openStream(signal);
    } catch {
      // Where the server is gone, too, that is what is told.
      throw signal.aborted ? signal.reason : error;
    }
  }
}

async function connectByWebSocket(
  options: PageConnectionOptions,
  signal: AbortSignal,
): Promise<ServerConnection> {
  const socket = new WebSocket(addressOf(options));
  socket.binaryType = "arraybuffer";
  const abort = () => socket.close();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await connected(socket, options);
  } catch (error) {
    socket.close();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function addressOf({ server, fingerprint }: PageConnectionOptions): URL {
  const address = new URL("connection", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  if (server !== null) address.searchParams.set("server", server);
  if (fingerprint !== undefined) address.searchParams.set("fingerprint", fingerprint);
  return address;
}

async function connected(socket: WebSocket, { confirm }: PageConnectionOptions) {
  for (;;) {
    const message = await nextMessage(socket);
    switch (message.type) {
      case "question": {
        const trusted = await confirm(message);
        socket.send(JSON.stringify({ type: "answer", trusted }));
        if (!trusted) throw new UntrustedServerError("The server was not trusted.");
        break;
      }
      case "untrusted":
        throw new ChangedServerError(message);
      case "failed":
        throw new ChatError("disconnected", message.message);
      case "connected": {
        const { channelBinding: binding } = message;
        const channelBinding = binding === null ? null : Uint8Array.fromBase64(binding);
        return { transport: new WebSocketTransport(socket), channelBinding };
      }
    }
  }
}

function nextMessage(socket: WebSocket): Promise<GatewayMessage> {
  return new Promise((resolve, reject) => {
    socket.onmessage = ({ data }) => {
      try {
        resolve(parseGatewayMessage(data));
      } catch (cause) {
        reject(new ChatError("bad_message", noGateway, { cause }));
      }
    };
    socket.onclose = () => reject(new ChatError("disconnected", noGateway));
    if (socket.readyState > WebSocket.OPEN) socket.onclose(new CloseEvent("close"));
  });
}
