/**
 * Sockets as the wires see them: small enough that a test can make one.
 *
 * @module
 */

/** What a connection needs of a socket: `Deno.TlsConn` and `Deno.TcpConn` fit. */
export interface Socket {
  read(buffer: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
  /** Only where there is TLS. */
  handshake?(): Promise<{ readonly alpnProtocol: string | null }>;
}

/** A socket that was accepted, with the address of its other end. */
export interface AcceptedSocket extends Socket {
  readonly remoteAddr: Deno.Addr;
  /** Only where there is no TLS. */
  setNoDelay?(noDelay: boolean): void;
  /** Only where there is no TLS. */
  setKeepAlive?(keepAlive: boolean): void;
}

/** What sockets are accepted from: `Deno.TlsListener` and `Deno.TcpListener` fit. */
export interface Acceptor {
  accept(): Promise<AcceptedSocket>;
  close(): void;
}
