/**
 * TLS connections to servers of our own, by Deno's TLS: cheaper than what the client uses, which matters where one process is
 * a thousand clients. They are no pin: the certificate that is given is trusted beside those of all authorities.
 *
 * @module
 */

/** Where to connect, and whom to expect there. */
export interface TlsTarget {
  /** The host to connect to. */
  readonly host: string;
  /** The port to connect to. */
  readonly port: number;
  /** The name that the certificate must have. */
  readonly serverName: string;
  /** Certificates in PEM that are trusted beside the authorities that Deno knows. */
  readonly trustedPems: string[];
}

/**
 * Connects and does the TLS handshake. Nothing stays open where it fails.
 *
 * @param target Where to connect, and whom to expect there.
 * @param signal Ends the attempt.
 * @returns The connection, verified.
 * @throws {Deno.errors.InvalidData} Where the certificate is not trusted, or the peer does not speak TLS; other errors
 *   as the system names them.
 */
export async function connectTls(target: TlsTarget, signal: AbortSignal): Promise<Deno.TlsConn> {
  const { host, port, serverName, trustedPems } = target;
  const tcp = await Deno.connect({ hostname: host, port, signal });
  let conn: Deno.TlsConn;
  try {
    // A TLS connection has no such switch: it must be set before.
    tcp.setNoDelay(true);
    conn = await Deno.startTls(tcp, { hostname: serverName, caCerts: trustedPems });
  } catch (error) {
    closeQuietly(tcp);
    throw error;
  }
  await handshake(conn, signal);
  return conn;
}

async function handshake(conn: Deno.TlsConn, signal: AbortSignal): Promise<void> {
  const abort = () => closeQuietly(conn);
  signal.addEventListener("abort", abort, { once: true });
  try {
    signal.throwIfAborted();
    await conn.handshake();
    signal.throwIfAborted();
  } catch (error) {
    closeQuietly(conn);
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Closes what may be closed already. */
function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
