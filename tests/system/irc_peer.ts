/**
 * IRC clients of a real server.
 *
 * @module
 */
import { assert } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { passwordOfEveryone } from "../fixtures/accounts.ts";

/** How long a test waits for what never comes. */
const patienceMs = 30_000;

/** An IRC client of an account, on a plain connection. */
export class IrcPeer implements Disposable {
  readonly #socket: Deno.TcpConn;
  readonly #buffer = new Uint8Array(16 * 1024);
  readonly #decoder = new TextDecoder();
  #text = "";
  #pings = 0;

  constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  /** Signs in, and gives the private messages that were shown. */
  static async signIn(port: number, name: string): Promise<[peer: IrcPeer, shown: string[]]> {
    const peer = new IrcPeer(await Deno.connect({ hostname: "127.0.0.1", port }));
    await peer.send(`PASS ${name}:${passwordOfEveryone}`, `NICK ${name}`, `USER ${name} 0 * :x`);
    await peer.until(` 422 ${name} `);
    return [peer, await peer.heard()];
  }

  async send(...lines: string[]): Promise<void> {
    await this.#socket.write(new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join("")));
  }

  /** Everything up to a line that holds a text, with that line. */
  async until(wanted: string): Promise<string[]> {
    for (;;) {
      const lines = this.#text.split("\r\n");
      const at = lines.slice(0, -1).findIndex((line) => line.includes(wanted));
      if (at >= 0) {
        this.#text = lines.slice(at + 1).join("\r\n");
        return lines.slice(0, at + 1);
      }
      const count = await deadline(this.#socket.read(this.#buffer), patienceMs);
      assert(count !== null, `the server closed before ${wanted}: ${this.#text}`);
      this.#text += this.#decoder.decode(this.#buffer.subarray(0, count), { stream: true });
    }
  }

  /** Sends lines, and gives all that has come since. */
  async ask(...lines: string[]): Promise<string[]> {
    const token = `ping${++this.#pings}`;
    await this.send(...lines, `PING ${token}`);
    return (await this.until(` :${token}`)).slice(0, -1);
  }

  /** The texts of the messages that have come by now. */
  async heard(): Promise<string[]> {
    const lines = await this.ask();
    return lines.filter((line) => line.includes(" PRIVMSG ")).map((line) => line.split(" :")[1]!);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
