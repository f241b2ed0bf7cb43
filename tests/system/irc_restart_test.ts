/** What IRC clients are shown again after a restart of the real server, and after `kill -9`. */
import { assert, assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { DatabaseSync } from "node:sqlite";
import { databaseFileName } from "../../server/storage/sqlite/file/data_folder.ts";
import { withFolder } from "../fixtures/folders.ts";
import { addAccountsTo, passwordOfEveryone } from "../fixtures/accounts.ts";
import { startServerProgram } from "./processes.ts";

/** How long a test waits for what never comes. */
const patienceMs = 30_000;

/** An IRC client of an account, on a plain connection. */
class IrcPeer implements Disposable {
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

  /** The texts of the messages that have come by now. */
  async heard(): Promise<string[]> {
    const token = `ping${++this.#pings}`;
    await this.send(`PING ${token}`);
    const lines = await this.until(` :${token}`);
    return lines.filter((line) => line.includes(" PRIVMSG ")).map((line) => line.split(" :")[1]!);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** Waits until so many positions are on the disk. */
async function untilPositions(folder: string, count: number): Promise<void> {
  const read = () => {
    using database = new DatabaseSync(`${folder}/${databaseFileName}`, { readOnly: true });
    return database.prepare("SELECT * FROM conversation_positions").all().length;
  };
  const beganMs = performance.now();
  while (read() < count) {
    assert(performance.now() - beganMs < patienceMs, "the positions were never stored");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

Deno.test("what an IRC client has read does not come again, after kill -9 and after a restart in good order", async () => {
  await withFolder(async (folder) => {
    await addAccountsTo(folder, ["ann", "bob"]);
    const withServer = async (use: (port: number) => Promise<Deno.Signal>) => {
      const { program } = await startServerProgram(folder, { args: ["--irc-plain", "0"] });
      await using _program = program;
      const ready = await program.line(/^irc-plain is ready on /);
      program.signal(await use(Number(/\d+$/.exec(ready)![0])));
      await program.status();
    };
    await withServer(async (port) => {
      const [ann] = await IrcPeer.signIn(port, "ann");
      using _ann = ann;
      const [bob] = await IrcPeer.signIn(port, "bob");
      using _bob = bob;
      await ann.send("JOIN #den");
      await ann.until(" 366 ");
      await bob.send("JOIN #den", "PRIVMSG #den :in the room", "PRIVMSG ann :!restart");
      await ann.until(" :!restart");
      assertEquals(await ann.heard(), []);
      // In private and in the room.
      await untilPositions(folder, 2);
      return "SIGKILL";
    });
    await withServer(async (port) => {
      const [ann, shown] = await IrcPeer.signIn(port, "ann");
      using _ann = ann;
      assertEquals(shown, []);
      await ann.send("JOIN #den");
      await ann.until(" 366 ");
      assertEquals(await ann.heard(), []);
      const [bob] = await IrcPeer.signIn(port, "bob");
      using _bob = bob;
      await bob.send("PRIVMSG ann :!again");
      // And nothing more is heard from ann.
      await ann.until(" :!again");
      return "SIGTERM";
    });
    await withServer(async (port) => {
      const [ann, shown] = await IrcPeer.signIn(port, "ann");
      using _ann = ann;
      assertEquals(shown, []);
      return "SIGTERM";
    });
  });
});
