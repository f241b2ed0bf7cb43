/**
 * What the core talks over: bytes go, bytes come, and it ends. TLS is made below it, by whoever starts a client; another
 * carrier fits as well.
 *
 * @module
 */

/** A connection, as a link needs it. */
export interface Transport {
  /**
   * Reads what has come, or waits for it. One read at a time; what is not read has to wait at the other end.
   *
   * @param buffer Takes it.
   * @return How many bytes; null at the end.
   * @throws What has broken the connection.
   */
  read(buffer: Uint8Array): Promise<number | null>;
  /**
   * Sends.
   *
   * @param bytes They stay as they are until then.
   * @return How many of them were sent, at least one.
   * @throws What has broken the connection.
   */
  write(bytes: Uint8Array): Promise<number>;
  /** Ends the connection at once: a read or write that waits ends, too. May throw where it has ended already. */
  close(): void;
}

/** What a proof is bound to. Null: to nothing, which only the listener for pages takes (SCRAM-SHA-256 without PLUS, RFC 5802, section 6). */
export type ChannelBinding = Uint8Array<ArrayBuffer> | null;

/** A connection to a server that is trusted. */
export interface ServerConnection {
  /** What carries the frames, everything before them done. */
  readonly transport: Transport;
  /**
   * The data of the channel binding `tls-server-end-point` (RFC 5929, section 4.1) of this very connection; null where it cannot
   * be known, as in a page that a server has sent itself.
   */
  readonly channelBinding: ChannelBinding;
}
