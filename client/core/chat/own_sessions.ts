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

/** What is asked about them. */
export class OwnSessions {
  readonly #request: Requester;

  /** @param request Makes a request. */
  constructor(request: Requester) {
    this.#request = request;
  }

  /**
   * The sessions of this account, this one among them.
   *
   * @throws {ChatError} `unsupported` where the server is older than this program.
   */
  async list(): Promise<OwnSession[]> {
    return (await this.#request("sessions", {}).catch(asOlderServer)).sessions;
  }

  /**
   * Ends another session of this account.
   *
   * @param id As {@linkcode OwnSessions.list} gives it.
   * @throws {ChatError} `not_found`, `forbidden` for this one, `unsupported` where the server is older than this program.
   */
  async end(id: number): Promise<void> {
    await this.#request("end_session", { session: id }).catch(asOlderServer);
  }

  /**
   * Says whether this account is never used by a page that a server gives out. Its sessions in such pages end.
   *
   * @throws {ChatError} `unsupported` where the server is older than this program.
   */
  async refusePages(refused: boolean): Promise<void> {
    await this.#request("set_pages", { refused }).catch(asOlderServer);
  }
}
