/**
 * A link from its connection to its sign-in.
 *
 * @module
 */
import { ChatError } from "../protocol/errors.ts";
import { foldPeerName } from "../protocol/guest_names.ts";
import type { ReplyOf, ServerEvent } from "../protocol/messages.ts";
import type { ServerConnection } from "./server_connection.ts";
import type { Credentials } from "./credentials.ts";
import type { TextStore } from "./text_store.ts";
import { Link } from "./link.ts";
import { signIn } from "./sign_in.ts";
import { UntrustedServerError } from "./untrusted_server_error.ts";

/** What the server says of the account at sign-in. */
export type Welcome = ReplyOf<"sign_in_proof">;

/** What a link is opened with. */
export interface SignedInLinkOptions {
  readonly credentials: Credentials;
  readonly connect: (signal: AbortSignal) => Promise<ServerConnection>;
  readonly devices?: TextStore;
  readonly replyTimeoutMs?: number;
}

/** A link that is signed in, and whose events wait for whoever adopts it. */
export interface SignedInLink {
  readonly link: Link;
  readonly channelBinding: Uint8Array<ArrayBuffer>;
  readonly welcome: Welcome;
  /** Takes the events over, those first that came already, and the end, also where it came already. */
  adopt(
    onEvent: (event: ServerEvent) => void,
    onBatch: () => void,
    onClosed: (error: ChatError) => void,
  ): void;
}

/**
 * Connects and signs in.
 *
 * @param options See {@linkcode SignedInLinkOptions}.
 * @param signal Ends the try.
 * @throws {ConnectError} No connection could be made.
 * @throws {UntrustedServerError} It is not the right server.
 * @throws {ChatError} See `signIn`.
 */
export async function openSignedIn(
  options: SignedInLinkOptions,
  signal: AbortSignal,
): Promise<SignedInLink> {
  const { credentials, devices, replyTimeoutMs } = options;
  const { conn, channelBinding } = await options.connect(signal);
  const early: ServerEvent[] = [];
  let closed: ChatError | null = null;
  let onEvent = (event: ServerEvent): void => void early.push(event);
  let onBatch = (): void => {};
  let onClosed = (error: ChatError): void => void (closed = error);
  const link = new Link(conn, {
    onEvent: (event) => onEvent(event),
    onBatch: () => onBatch(),
    onClosed: (error) => onClosed(error),
    ...(replyTimeoutMs === undefined ? {} : { replyTimeoutMs }),
  });
  const abort = () => link.close();
  signal.addEventListener("abort", abort, { once: true });
  try {
    const device = await devices?.load();
    const welcome = await signIn(link, credentials, channelBinding, device);
    if (foldPeerName(welcome.name) !== credentials.nameKey) {
      throw new ChatError("bad_proof", "The server took you for somebody else.");
    }
    if (welcome.device !== device) await devices?.save(welcome.device);
    const adopt: SignedInLink["adopt"] = (...handlers) => {
      [onEvent, onBatch, onClosed] = handlers;
      for (const event of early) onEvent(event);
      if (closed !== null) onClosed(closed);
    };
    return { link, channelBinding, welcome, adopt };
  } catch (error) {
    link.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/**
 * Whether trying again cannot help.
 *
 * @param error What {@linkcode openSignedIn} threw.
 */
export function isFinal(error: unknown): boolean {
  if (!(error instanceof ChatError)) return true;
  return error instanceof UntrustedServerError ||
    ["sign_in_refused", "bad_proof", "no_such_user", "unsupported"].includes(error.code);
}

/**
 * What ends a client, in one form: it may be no error of the connection, but a damaged file of known servers, for example.
 *
 * @param error What was thrown.
 * @return The same, or a `disconnected` with its message.
 */
export function asChatError(error: unknown): ChatError {
  if (error instanceof ChatError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ChatError("disconnected", message, { cause: error });
}
