/**
 * A connection to a server, as those see it who talk over it.
 *
 * @module
 */
import type { Transport } from "./link.ts";

/** A connection to a server that is trusted. */
export interface ServerConnection {
  /** The connection, its handshake done, with Nagle's algorithm off. */
  readonly conn: Transport;
  /** The data of the channel binding `tls-server-end-point` (RFC 5929, section 4.1) of this very connection. */
  readonly channelBinding: Uint8Array<ArrayBuffer>;
  /** The fingerprint of the certificate that the server has shown on this connection. */
  readonly fingerprint: string;
}
