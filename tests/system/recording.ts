/**
 * Stands before a real server with the server's own key, and keeps all that passes, decrypted: what an operator could
 * see who looks into the server's memory.
 *
 * @module
 */
import { identityFileName } from "../../server/certificate/certificate.ts";
import { host, Wire } from "./wire.ts";

/** The recording, while it runs. */
export class Recording implements AsyncDisposable {
  /** Everything that passed, both ways, in pieces. */
  readonly pieces: Uint8Array[] = [];
  readonly #listener: Deno.TlsListener;
  readonly #wire: Wire;
  readonly #ways: Promise<void>[] = [];
  readonly #connections = new Set<Deno.Conn>();

  private constructor(listener: Deno.TlsListener, wire: Wire) {
    this.#listener = listener;
    this.#wire = wire;
  }

  /**
   * Starts to record.
   *
   * @param directory The server's data folder, with its key.
   * @param port The server's port.
   */
  static async before(directory: string, port: number): Promise<Recording> {
    const pem = await Deno.readTextFile(`${directory}/${identityFileName}`);
    const part = (label: string) =>
      new RegExp(`-----BEGIN ${label}-----[^]*?-----END ${label}-----`).exec(pem)![0] + "\n";
    const cert = part("CERTIFICATE");
    const key = part("PRIVATE KEY");
    const listener = Deno.listenTls({ hostname: host, port: 0, cert, key });
    const recording = new Recording(listener, await Wire.to(directory, port));
    recording.#ways.push(recording.#acceptAll());
    return recording;
  }

  /** Where clients connect. */
  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /** All that passed, as one text in which a text of UTF-8 can be searched. */
  text(): string {
    return new TextDecoder("latin1").decode(joined(this.pieces));
  }

  /** Ends every connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await Promise.all(this.#ways);
  }

  async #acceptAll(): Promise<void> {
    for (;;) {
      try {
        const client = await this.#listener.accept();
        const server = await this.#wire.tls();
        this.#ways.push(this.#relay(client, server), this.#relay(server, client));
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return;
        // A client that looks at the certificate only, or one that is gone.
        if (!isGone(error)) throw error;
      }
    }
  }

  async #relay(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    this.#connections.add(from);
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) break;
        const piece = buffer.slice(0, count);
        this.pieces.push(piece);
        for (let at = 0; at < count;) at += await to.write(piece.subarray(at));
      }
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    close(from);
    close(to);
    this.#connections.delete(from);
  }
}

function isGone(error: unknown): boolean {
  const kinds = ["BadResource", "Interrupted", "BrokenPipe", "ConnectionReset", "UnexpectedEof"];
  return error instanceof Error && [...kinds, "InvalidData"].includes(error.name);
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}

/** Bytes one after the other. */
function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * All files below a folder, as one text.
 *
 * @param folder The folder.
 */
export async function folderText(folder: string): Promise<string> {
  let text = "";
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    text += isDirectory
      ? await folderText(path)
      : new TextDecoder("latin1").decode(await Deno.readFile(path));
  }
  return text;
}
