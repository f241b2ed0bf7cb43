/**
 * A link from its connection to its sign-in.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { foldPeerName } from "../../../protocol/names/guest_names.ts";
import type { ReplyOf, ServerEvent } from "../../../protocol/wire/messages.ts";
import type { ServerConnection } from "./transport.ts";
import type { Credentials } from "./credentials.ts";
import type { TextStore } from "./text_store.ts";
import { Link, type LinkOptions } from "./link.ts";
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

/** What takes over a link. */
export type Adopter = Required<
  Pick<LinkOptions, "onEvent" | "onBatch" | "onClosed" | "waitingBytes">
>;

/** A link that is signed in, and whose events wait for whoever adopts it. */
export interface SignedInLink {
  readonly link: Link;
  readonly channelBinding: Uint8Array<ArrayBuffer>;
  readonly welcome: Welcome;
  /** Takes the events over, those first that came already, and the end, also where it came already. */
  adopt(handlers: Adopter): void;
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
  const { transport, channelBinding } = await options.connect(signal);
  const early: { event: ServerEvent; bytes: number }[] = [];
  let earlyBytes = 0;
  let closed: ChatError | null = null;
  let handlers: Adopter = {
    onEvent: (event, bytes) => {
      early.push({ event, bytes });
      earlyBytes += bytes;
    },
    onBatch: () => {},
    onClosed: (error) => closed = error,
    waitingBytes: () => earlyBytes,
  };
  const link = new Link(transport, {
    onEvent: (event, bytes) => handlers.onEvent(event, bytes),
    onBatch: () => handlers.onBatch(),
    onClosed: (error) => handlers.onClosed(error),
    waitingBytes: () => handlers.waitingBytes(),
    ...(replyTimeoutMs === undefined ? {} : { replyTimeoutMs }),
  });
  const abort = () => link.close();
  signal.addEventListener("abort", abort, { once: true });
  try {
    const device = await devices?.load();
    const welcome = await signIn(link, credentials, channelBinding, device);
    if (foldPeerName(welcome.name) !== credentials.nameKey) {
      throw new ChatError("bad_proof", "The server signed you in as someone else.");
    }
    if (welcome.device !== device) await devices?.save(welcome.device);
    const adopt: SignedInLink["adopt"] = (adopter) => {
      handlers = adopter;
      for (const { event, bytes } of early.splice(0)) adopter.onEvent(event, bytes);
      if (closed !== null) adopter.onClosed(closed);
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
