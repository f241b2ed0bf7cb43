/**
 * A link from its connection to its sign-in.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { foldPeerName } from "../../../protocol/names/guest_names.ts";
import type { ReplyOf } from "../../../protocol/wire/requests.ts";
import { ClientError } from "./client_error.ts";
import type { Credentials } from "./credentials.ts";
import type { Servers } from "./servers.ts";
import type { TextStore } from "./text_store.ts";
import type { Link } from "./link.ts";
import { type Connect, OpenLink } from "./open_link.ts";
import { signIn } from "./sign_in.ts";
import { UntrustedServerError } from "./untrusted_server_error.ts";

/** What the server says of the account at sign-in. */
export type Welcome = ReplyOf<"sign_in_proof">;

/** What a link is signed in with. */
export interface SignInOptions {
  readonly credentials: Credentials;
  readonly devices?: TextStore;
  /** The servers of the chat: they learn of each other. Left out where there is one only. */
  readonly servers?: Servers;
  /** How far the log of a cluster was seen to go: a server that is not there yet waits. */
  readonly place?: number;
}

/** What a link is opened and signed in with. */
export interface SignedInLinkOptions extends SignInOptions {
  readonly connect: Connect;
  readonly replyTimeoutMs?: number;
}

/** A link that is signed in, and whose events wait for whoever adopts it. */
export interface SignedInLink extends Pick<OpenLink, "link" | "channelBinding" | "adopt"> {
  readonly welcome: Welcome;
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
  const open = new OpenLink(await options.connect(signal), options.replyTimeoutMs);
  const abort = () => open.link.close();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await signInOver(open, options);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/**
 * Signs in over a link that is open already. It is closed where that fails.
 *
 * @param open The link.
 * @param options See {@linkcode SignInOptions}.
 * @throws {ChatError} See `signIn`.
 */
export async function signInOver(
  open: OpenLink,
  { credentials, devices, servers, place = 0 }: SignInOptions,
): Promise<SignedInLink> {
  const { link, channelBinding } = open;
  try {
    const device = await devices?.load();
    const welcome = await signIn(link, credentials, channelBinding, device, place);
    if (foldPeerName(welcome.name) !== credentials.nameKey) {
      throw new ClientError("bad_proof", { kind: "wrong_account" });
    }
    if (welcome.device !== device) await devices?.save(welcome.device);
    if (servers !== undefined) learn(link, servers, welcome);
    return { link, channelBinding, welcome, adopt: (adopter) => open.adopt(adopter) };
  } catch (error) {
    link.close();
    throw error;
  }
}

function learn(link: Link, servers: Servers, { servers: told, aliveMs }: Welcome): void {
  servers.take(told);
  if (aliveMs !== undefined) link.expectAlive(aliveMs, () => servers.hasOthers);
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
