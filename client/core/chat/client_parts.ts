/**
 * What a client is put together from: a link that is signed in, and the account's keys.
 *
 * @module
 */
import { AccountKeys } from "../e2e/account_keys.ts";
import { PrivateState } from "../e2e/private_state.ts";
import { patiently } from "../link/patience.ts";
import { ServerLink } from "../link/server_link.ts";
import { openSignedIn, type SignedInLink } from "../link/signed_in_link.ts";
import type { ChatClientOptions } from "./client_types.ts";

/** All of them. */
export interface ClientParts {
  readonly first: SignedInLink;
  readonly line: ServerLink;
  readonly state: PrivateState;
  readonly keys: AccountKeys;
}

/**
 * Signs in and opens the account's keys; see `ChatClient.open`.
 *
 * @param options What the client is made with.
 * @param signedIn A link that is signed in already, if there is one. It is closed where this fails.
 * @throws {ConnectError} No connection could be made.
 * @throws {UntrustedServerError} It is not the right server.
 * @throws {ChatError} See `signIn`.
 */
export async function openParts(
  options: ChatClientOptions,
  signedIn?: SignedInLink,
): Promise<ClientParts> {
  const state = await PrivateState.open(options.memory).catch((error) => {
    signedIn?.link.close();
    throw error;
  });
  const first = signedIn ?? await patiently(
    () => openSignedIn(options, new AbortController().signal),
    { patienceMs: options.patienceMs ?? 0 },
  );
  const { credentials, onEvent, nowMs = () => performance.now() } = options;
  const line = new ServerLink(first.link, first.channelBinding);
  const keys = await AccountKeys.open({
    credentials,
    request: line.request,
    state,
    notice: (peer, remark) => onEvent({ type: "notice", peer, remark }),
    nowMs,
  }, first.welcome.identity).catch((error) => {
    first.link.close();
    throw error;
  });
  credentials.forgetPassword();
  return { first, line, state, keys };
}
