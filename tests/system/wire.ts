/**
 * Peers of a real server process over real TLS, which send what no client would.
 *
 * @module
 */
import { connectTls } from "../../bench/deno_tls.ts";
import { channelBindingOf, serverCertificateName } from "../../protocol/certificate/fingerprint.ts";
import { decodePem } from "../../protocol/certificate/pem.ts";
import { identityFileName } from "../../server/certificate/certificate.ts";
import { Peer } from "../fixtures/peer.ts";

/** The address of every server in these tests. */
export const host = "127.0.0.1";

/** The way to one server. */
export class Wire {
  readonly #pem: string;
  readonly #port: number;
  readonly #binding: Uint8Array<ArrayBuffer>;

  private constructor(port: number, pem: string, binding: Uint8Array<ArrayBuffer>) {
    this.#port = port;
    this.#pem = pem;
    this.#binding = binding;
  }

  /**
   * Finds the way to a server that has started.
   *
   * @param directory Its data folder, where its certificate is.
   * @param port Its port.
   */
  static async to(directory: string, port: number): Promise<Wire> {
    const text = await Deno.readTextFile(`${directory}/${identityFileName}`);
    const [pem = ""] = /-----BEGIN CERTIFICATE-----[^]*-----END CERTIFICATE-----/.exec(text) ?? [];
    const der = decodePem("CERTIFICATE", pem) ?? new Uint8Array();
    return new Wire(port, pem, await channelBindingOf(der));
  }

  /** A connection, its handshake done. */
  async tls(): Promise<Deno.TlsConn> {
    const target = {
      host,
      port: this.#port,
      serverName: serverCertificateName,
      trustedPems: [this.#pem],
    };
    return await connectTls(target, new AbortController().signal);
  }

  /** A connection without TLS. */
  async tcp(): Promise<Deno.TcpConn> {
    return await Deno.connect({ hostname: host, port: this.#port });
  }

  /** A peer that was greeted and has not said anything. */
  async peer(): Promise<Peer> {
    const peer = new Peer(await this.tls());
    await peer.event("hello");
    return peer;
  }

  /** A peer that is signed in to an account of everyone's password. @param place What it has seen on another server. */
  async member(name: string, place?: number): Promise<Peer> {
    const peer = await this.peer();
    const more = place === undefined ? {} : { place };
    const welcome = await peer.signIn(name, this.#binding, more);
    if (welcome["name"] === undefined) throw new Error(JSON.stringify(welcome));
    return peer;
  }
}

/** The memory that a process has in use, in MiB. Linux only. */
export async function memoryMiB(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
