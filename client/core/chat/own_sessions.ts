/**
 * The sessions of one's own account, on all machines: listed, and ended.
 *
 * @module
 */
import type { ReplyOf } from "../../../protocol/wire/requests.ts";
import { unsupportedAs } from "../link/client_error.ts";
import type { Requester } from "../link/server_link.ts";

/** A session as the server lists it. */
export type OwnSession = ReplyOf<"sessions">["sessions"][number];

const asOlderServer = unsupportedAs({ kind: "sessions_unsupported" });

/**
 * The sessions of the account.
 *
 * @param request Makes a request.
 * @throws {ChatError} `unsupported` where the server is older than this program.
 */
export async function ownSessions(request: Requester): Promise<OwnSession[]> {
  return (await request("sessions", {}).catch(asOlderServer)).sessions;
}

/**
 * Ends a session of the account.
 *
 * @param request Makes a request.
 * @param id Which one.
 * @throws {ChatError} `not_found`, `forbidden` for the one that asks, `unsupported`.
 */
export async function endSession(request: Requester, id: number): Promise<void> {
  await request("end_session", { session: id }).catch(asOlderServer);
}
