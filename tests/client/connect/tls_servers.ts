/**
 * Servers on loopback, for tests of how a client connects.
 *
 * @module
 */
import type { Certificate } from "../../fixtures/certificates.ts";

/** A server that runs until `stop()`. */
export interface TestServer {
  /** Where it listens, on 127.0.0.1 where no other address was given. */
  readonly port: number;
  /** How many connections it has accepted. */
  readonly accepted: () => number;
  /** Closes the listener and every connection. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a TLS server that answers each connection with one line, and keeps it open.
 *
 * @param certificate What it shows.
 * @param port The port; 0 picks one.
 * @param hostname The address.
 * @returns The server.
 */
export function startTlsServer(
  { certificatePem, keyPem }: Pick<Certificate, "certificatePem" | "keyPem">,
  port = 0,
  hostname = "127.0.0.1",
): TestServer {
  const listener = Deno.listenTls({ hostname, port, cert: certificatePem, key: keyPem });
  return serve(listener, async (conn) => {
    await conn.write(new TextEncoder().encode("welcome\n"));
  });
}

/**
 * Starts a server that speaks no TLS.
 *
 * @param greet What it does with each connection, which is closed when the server stops.
 * @returns The server.
 */
export function startPlainServer(greet: (conn: Deno.Conn) => Promise<void>): TestServer {
  return serve(Deno.listen({ hostname: "127.0.0.1", port: 0 }), greet);
}

function serve(listener: Deno.Listener, greet: (conn: Deno.Conn) => Promise<void>): TestServer {
  const conns: Deno.Conn[] = [];
  const greetings: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const conn of listener) {
      conns.push(conn);
      // A client that refuses the certificate breaks its connection off: that is what many tests want.
      greetings.push(greet(conn).catch(() => {}));
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    accepted: () => conns.length,
    stop: async () => {
      listener.close();
      await accepting;
      for (const conn of conns) closeQuietly(conn);
      await Promise.all(greetings);
    },
  };
}

function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

/** A port on which nothing listens. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
