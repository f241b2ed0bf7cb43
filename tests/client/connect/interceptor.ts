/**
 * Somebody between a client and its server, for tests: lets some connections through to the server, and answers others itself.
 *
 * @module
 */
import type { Certificate } from "../../fixtures/certificates.ts";
import { host } from "./test_client.ts";

/** The interceptor, which is connected to in place of the server. */
export class Interceptor implements AsyncDisposable {
  /** What clients have sent to it, in bytes. */
  receivedBytes = 0;
  /** How many connections it has answered itself. */
  intercepted = 0;
  readonly #front = Deno.listen({ hostname: host, port: 0 });
  readonly #own: Deno.TlsListener;
  readonly #conns: Deno.Conn[] = [];
  readonly #work: Promise<void>[] = [];
  #letThrough: number;

  /**
   * @param serverPort Where the real server is.
   * @param certificate What it shows itself.
   * @param letThrough How many connections go to the real server, byte for byte, before the first is intercepted.
   */
  constructor(
    readonly serverPort: number,
    certificate: Pick<Certificate, "certificatePem" | "keyPem">,
    letThrough: number,
  ) {
    const { certificatePem: cert, keyPem: key } = certificate;
    this.#own = Deno.listenTls({ hostname: host, port: 0, cert, key });
    this.#letThrough = letThrough;
    this.#work.push(this.#acceptFront(), this.#acceptOwn());
  }

  /** Where it listens. */
  get port(): number {
    return this.#front.addr.port;
  }

  async #acceptFront(): Promise<void> {
    for await (const client of this.#front) {
      const port = this.#letThrough-- > 0 ? this.serverPort : (this.#own.addr as Deno.NetAddr).port;
      const server = await Deno.connect({ hostname: host, port });
      this.#conns.push(client, server);
      this.#work.push(relay(client, server), relay(server, client));
    }
  }

  async #acceptOwn(): Promise<void> {
    for await (const conn of this.#own) {
      this.intercepted++;
      this.#conns.push(conn);
      this.#work.push(this.#answer(conn).catch(() => {}));
    }
  }

  async #answer(conn: Deno.TlsConn): Promise<void> {
    await conn.write(new TextEncoder().encode("intercepted\n"));
    const buffer = new Uint8Array(1_024);
    for (;;) {
      const count = await conn.read(buffer);
      if (count === null) return;
      this.receivedBytes += count;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#front.close();
    this.#own.close();
    for (const conn of this.#conns) close(conn);
    await Promise.all(this.#work);
  }
}

async function relay(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  await from.readable.pipeTo(to.writable).catch(() => {});
  close(to);
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It is closed already.
  }
}
