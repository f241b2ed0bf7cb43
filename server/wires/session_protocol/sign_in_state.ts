/**
 * What a connection remembers between the two steps of a sign-in.
 *
 * @module
 */
import type { ScramServer } from "../../../protocol/scram/scram.ts";
import type { StoredCredentials } from "../../accounts/accounts.ts";
import type { Ticket } from "../../accounts/sign_in_guard.ts";

/** A sign-in under way. */
export interface SignIn {
  readonly scram: ScramServer;
  /** The account's, or made-up ones for a name that nobody has. */
  readonly credentials: StoredCredentials;
  readonly ticket: Ticket;
}
