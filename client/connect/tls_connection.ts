/**
 * One TLS connection that shows the certificate of its peer. Whether that is the right one is for the caller to decide,
 * before anything is sent.
 *
 * It stands on `node:tls`, since `Deno.startTls` neither shows the certificate nor takes a pin: what is given to it is added
 * to the authorities that it trusts anyway.
 *
 * @module
 */
import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Transport } from "../core/link/transport.ts";
import { TcpStream } from "./tcp_stream.ts";

/** Where to connect, and which authorities to ask about the peer. */
export interface TlsTarget {
  /** The host to connect to, which is also the name that an authority has to vouch for. */
  readonly host: string;
  /** The port to connect to. */
  readonly port: number;
  /** The certificates, in PEM, of the only authorities that count. */
  readonly authorities: string[];
}

/** The peer showed a certificate and did not prove that it has the key that belongs to it. */
export class CertificateNotProvenError extends Error {}

/** How much is read before it is asked for. */
const readAheadBytes = 64 * 1024;

/**
 * Connects and does the TLS handshake, in which the peer proves that the certificate that it shows is its own. Nothing
 * stays open where it fails.
 *
 * @param target See {@linkcode TlsTarget}.
 * @param signal Ends the attempt.
 * @returns The connection, over which nothing has been sent.
 * @throws {CertificateNotProvenError} Where the peer does not have the certificate's key; other errors as Deno names
 *   them while connecting, and as Node names them (`code`) in the handshake.
 */
export async function connectTls(target: TlsTarget, signal: AbortSignal): Promise<TlsConnection> {
  const { host, port, authorities } = target;
  const tcp = await Deno.connect({ hostname: host, port, signal });
  tcp.setNoDelay(true);
  const stream = new TcpStream(tcp);
  const socket = connect({
    socket: stream,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ca: authorities,
    // The caller decides on the certificate: with it shown, and not by authorities alone.
    rejectUnauthorized: false,
  });
  await handshake(socket, signal);
  return new TlsConnection(socket, stream);
}

function handshake(socket: TLSSocket, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = () => socket.destroy(signal.reason);
  let failure: unknown = new Deno.errors.UnexpectedEof();
  const fail = (error: unknown) => failure = error;
  // Rejecting only here means that nothing is open any more when the caller goes on.
  const closed = () => reject(isUnproven(failure) ? new CertificateNotProvenError() : failure);
  signal.addEventListener("abort", abort, { once: true });
  socket.on("secureConnect", resolve).on("error", fail).on("close", closed);
  if (signal.aborted) abort();
  return promise.finally(() => {
    signal.removeEventListener("abort", abort);
    socket.off("close", closed);
  });
}

/** Verification by authorities ends no handshake here, so an error with one of their names is about the signature. */
function isUnproven(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/.test(code);
}

/** A TLS connection, its handshake done. */
export class TlsConnection implements Transport {
  /** The certificate that the peer has shown and proved to be its own, in DER. */
  readonly certificateDer: Uint8Array<ArrayBuffer>;
  /** Whether the authorities vouch for the certificate at this time. For which hosts it is made tells `isMadeFor()` alone. */
  readonly verified: boolean;
  readonly #socket: TLSSocket;
  readonly #stream: TcpStream;
  readonly #chunks: Uint8Array[] = [];
  #waitingBytes = 0;
  #wake: (() => void) | null = null;
  #error: Error | null = null;
  #ended = false;

  /**
   * Made by {@linkcode connectTls}.
   *
   * @param socket The TLS connection, its handshake done.
   * @param stream What is below it.
   */
  constructor(socket: TLSSocket, stream: TcpStream) {
    this.#socket = socket;
    this.#stream = stream;
    this.certificateDer = new Uint8Array(socket.getPeerCertificate().raw ?? []);
    this.verified = socket.authorized;
    socket.on("data", (chunk: Uint8Array) => this.#take(chunk));
    socket.on("error", (error) => this.#end(error));
    socket.on("end", () => this.#end(null));
    socket.on("close", () => this.#end(null));
  }

  /** Whether nothing comes any more but what has already come. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Reads what has come, or waits for it. One read at a time.
   *
   * @param buffer Takes it.
   * @returns How many bytes; null at the end.
   * @throws What has ended the connection.
   */
  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) return this.#give(chunk, buffer);
      if (this.#error !== null) throw this.#error;
      if (this.#ended) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /**
   * Sends.
   *
   * @param bytes All of them are sent; they must stay as they are until then.
   * @returns Their number, when the kernel has taken them.
   * @throws Where the connection has ended.
   */
  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  /** Closes the connection at once. */
  close(): void {
    this.#socket.destroy();
    this.#stream.destroy();
  }

  #take(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= readAheadBytes) this.#stream.hold();
    this.#wake?.();
  }

  #give(chunk: Uint8Array, buffer: Uint8Array): number {
    const part = chunk.subarray(0, buffer.length);
    if (part.length < chunk.length) this.#chunks.unshift(chunk.subarray(part.length));
    buffer.set(part);
    this.#waitingBytes -= part.length;
    if (this.#waitingBytes < readAheadBytes) this.#stream.release();
    return part.length;
  }

  #end(error: Error | null): void {
    this.#error ??= this.#ended ? null : error;
    this.#ended = true;
    this.#wake?.();
  }
}
