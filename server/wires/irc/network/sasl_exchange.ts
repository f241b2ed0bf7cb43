/**
 * An exchange of SASL, whatever its mechanism.
 *
 * @module
 */
import type { User } from "../../../heart/session.ts";

/** What a step of an exchange leads to. */
export type SaslStep =
  | { readonly type: "challenge"; readonly data: string }
  | { readonly type: "signed_in"; readonly user: User }
  | { readonly type: "refused" };

/** An exchange under way. */
export interface SaslExchange {
  /** The chunks of a message that is not complete. */
  pending: string;
  /** Takes a whole message. May throw a ChatError, which ends the exchange. */
  step(message: Uint8Array<ArrayBuffer>): Promise<SaslStep>;
}
