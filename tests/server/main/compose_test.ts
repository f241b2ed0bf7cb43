import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { ChatError } from "../../../protocol/wire/errors.ts";
import { silentLogger } from "../../../server/common/log.ts";
import { startServer } from "../../../server/main/compose.ts";
import type { ServerOptions } from "../../../server/main/server_options.ts";
import { openStorage } from "../../../server/storage/sqlite/sqlite_storage.ts";
import { StorageError } from "../../../server/storage/storage_error.ts";
import { withFolder } from "../../fixtures/folders.ts";
import { Wire } from "../../system/wire.ts";
import { addAccounts, addAccountsTo, passwordOfEveryone } from "../../fixtures/accounts.ts";
import { MemoryStorage } from "../../fixtures/memory_storage.ts";
import { codeOf } from "../../fixtures/peer.ts";

function optionsFor(dataDirectory: string, more: Partial<ServerOptions> = {}): ServerOptions {
  return {
    host: "127.0.0.1",
    port: 0,
    dataDirectory,
    name: "test",
    registration: "open",
    postsPerSecond: 0,
    bytesPerDay: 0,
    logger: silentLogger,
    ...more,
  };
}

Deno.test("a server takes posts over TLS, and finds them again after a restart, under the same certificate", async () => {
  await withFolder(async (folder) => {
    await addAccountsTo(folder, ["jack"]);
    const first = await startServer(optionsFor(folder));
    const wire = await Wire.to(folder, first.address.port);
    const jack = await wire.member("jack");
    await jack.ask("post", { room: "#lobby", postId: "1", text: "kept" });
    await first.stop();
    assertEquals((await jack.event("closing"))["reason"], "The server is stopping.");
    await jack.closed;
    jack[Symbol.dispose]();

    const second = await startServer(optionsFor(folder));
    assertEquals(second.fingerprint, first.fingerprint);
    using again = await (await Wire.to(folder, second.address.port)).member("jack");
    const { posts } = await again.ask("history", { limit: 9 });
    assertEquals((posts as { body: string }[]).map(({ body }) => body), ["kept"]);
    await second.stop();
  });
});

Deno.test("stop() may be called twice, and leaves the folder and the port free", async () => {
  await withFolder(async (folder) => {
    const server = await startServer(optionsFor(folder));
    await Promise.all([server.stop(), server.stop()]);
    const { port } = server.address;
    const again = await startServer(optionsFor(folder, { port }));
    assertEquals(again.address.port, port);
    await again.stop();
  });
});

Deno.test("a start that fails leaves the folder free", async () => {
  await withFolder(async (folder) => {
    const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr;
    const options = optionsFor(folder);
    await assertRejects(() => startServer({ ...options, port }), Deno.errors.AddrInUse);
    const plain = { ...options, ircPlainPort: port };
    await assertRejects(() => startServer(plain), Deno.errors.AddrInUse);
    taken.close();
    await (await openStorage(folder)).close();
  });
});

Deno.test("stop() closes the store also where it cannot take any more", async () => {
  await withFolder(async (folder) => {
    const storage = new MemoryStorage();
    await addAccounts(storage, ["jack"]);
    const server = await startServer(
      optionsFor(folder, { openStorage: () => Promise.resolve(storage) }),
    );
    using jack = await (await Wire.to(folder, server.address.port)).member("jack");
    await jack.ask("post", { room: "#lobby", postId: "1", text: "x" });
    await jack.send({ type: "read", sequence: 1 });
    await jack.ask("ping");
    storage.failing.set("read", new StorageError("full", "full"));
    await assertRejects(() => server.stop(), StorageError);
    assertEquals(storage.calls.get("close"), 1);
  });
});

Deno.test("a store that dies is told, once, and the server can still be stopped", async () => {
  await withFolder(async (folder) => {
    let die = (_error: StorageError) => {};
    const storage = new MemoryStorage();
    const server = await startServer(optionsFor(folder, {
      openStorage: (_directory, { onDeath }) => {
        die = onDeath;
        return Promise.resolve(storage);
      },
    }));
    const error = new StorageError("failed", "The storage worker died.");
    die(error);
    assert(await server.failed === error);
    await server.stop();
    assertEquals(storage.calls.get("close"), 1);
  });
});

Deno.test("an operator without an account is refused at the start, with what to do", async () => {
  await withFolder(async (folder) => {
    const options = optionsFor(folder, { ircPlainPort: 0, operator: "Jack" });
    await assertRejects(() => startServer(options), ChatError, "Start without --irc-operator");
    await addAccountsTo(folder, ["jack"]);
    await (await startServer(options)).stop();
  });
});

/** A guest at an IRC port. */
class IrcGuest implements Disposable {
  readonly #socket: Deno.TcpConn;

  private constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  static async connect(port: number): Promise<IrcGuest> {
    const guest = new IrcGuest(await Deno.connect({ hostname: "127.0.0.1", port }));
    await guest.ask("NICK guest", "USER guest 0 * :guest");
    return guest;
  }

  /** Sends lines; gives what comes until the answer to a PING after them. */
  async ask(...lines: readonly string[]): Promise<string> {
    const all = [...lines, "PING last-one"].map((line) => `${line}\r\n`).join("");
    await this.#socket.write(new TextEncoder().encode(all));
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(64 * 1024);
    let text = "";
    while (!text.includes(":last-one\r\n")) {
      const count = await this.#socket.read(buffer);
      assert(count !== null, `the server closed after: ${text}`);
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
    return text;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

Deno.test("new rooms from one network are counted together, by whichever wire they are made", async () => {
  await withFolder(async (folder) => {
    await addAccountsTo(folder, ["jack"]);
    const server = await startServer(optionsFor(folder, { ircPlainPort: 0 }));
    try {
      using jack = await (await Wire.to(folder, server.address.port)).member("jack");
      for (let index = 0; index < 60; index++) await jack.ask("join", { room: `#native${index}` });
      const joins = Array.from({ length: 60 }, (_, index) => `JOIN #irc${index}`);
      using irc = await IrcGuest.connect(server.listeners[0]!.address.port);
      const answers = await irc.ask(...joins);
      const made = answers.match(/ JOIN #irc\d+\r\n/g) ?? [];
      // While that takes its time, one or two more are allowed again.
      assert(made.length >= 40 && made.length < 50, `${made.length} rooms were made by IRC`);
      assert(answers.includes("400 guest JOIN #irc59 :Too many new rooms from your address."));
    } finally {
      await server.stop();
    }
  });
});

Deno.test("what a user posts and tries is counted together, by whichever wire it comes", async () => {
  await withFolder(async (folder) => {
    await addAccountsTo(folder, ["jack", "jill"]);
    // One at once, and the next after ten seconds, which nothing here takes.
    const server = await startServer(optionsFor(folder, { ircPlainPort: 0, postsPerSecond: 0.1 }));
    try {
      const wire = await Wire.to(folder, server.address.port);
      const { port } = server.listeners[0]!.address;
      using irc = await IrcGuest.connect(port);
      const proof = `AUTHENTICATE ${encodeBase64(`\0jack\0${passwordOfEveryone}`)}`;
      await irc.ask("AUTHENTICATE PLAIN", proof);
      using jack = await wire.member("jack");
      const post = (postId: string) => jack.ask("post", { room: "#lobby", postId, text: "x" });
      assertEquals(codeOf(await post("1")), undefined);
      assertMatch(
        await irc.ask("PRIVMSG jack :x"),
        / 400 jack PRIVMSG jack :You are posting faster than this server allows/,
      );
      assertEquals(codeOf(await post("2")), "slow_down");

      using stranger = await wire.peer();
      const data = "p=tls-server-end-point,,n=jill,r=abcdefghijklmnop";
      for (let tries = 0; tries < 4; tries++) await stranger.ask("sign_in", { data });
      for (const said of ["Wrong name or password", "Too many tries"]) {
        assertStringIncludes(await endedIrc(port, "PASS :jill:wrong password"), said);
      }
      assertEquals(codeOf(await stranger.ask("sign_in", { data })), "slow_down");
    } finally {
      await server.stop();
    }
  });
});

/** Sends a line to an IRC port; gives what comes until the server closes. */
async function endedIrc(port: number, line: string): Promise<string> {
  using socket = await Deno.connect({ hostname: "127.0.0.1", port });
  await socket.write(new TextEncoder().encode(`${line}\r\n`));
  return await new Response(socket.readable).text();
}

/** Connects, sends something, and waits until the server has let go. */
async function disturb(port: number, bytes: Uint8Array): Promise<void> {
  using socket = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    await socket.write(bytes);
    await socket.closeWrite();
    while (await socket.read(new Uint8Array(4096)) !== null);
  } catch {
    // The server was faster: it has closed with what it had not read.
  }
}

/** What a stranger can send to a wire, and nothing comes of it but the end of the connection. */
const nonsense = [
  "GET / HTTP/1.1\r\n\r\n",
  "NICK jack\r\nUSER\r\nPASS x\r\nAUTHENTICATE PLAIN\r\n\xff\0\r\n",
  "\0\0\0\0",
  "x".repeat(20_000),
].map((text) => Uint8Array.from(text, (character) => character.charCodeAt(0)));

Deno.test("strangers cannot fill the log, on any wire: a connection has less than 20 bytes of it", async () => {
  await withFolder(async (folder) => {
    const log: string[] = [];
    const write = (message: string, properties = {}) =>
      void log.push(message + JSON.stringify(properties));
    const logger = { debug: () => {}, info: write, warn: write, error: write };
    const server = await startServer(
      optionsFor(folder, { logger, ircPort: 0, ircPlainPort: 0, classicPort: 0 }),
    );
    const all = [{ name: "native", address: server.address }, ...server.listeners];
    for (const { name, address } of all) {
      log.length = 0;
      const connections = 200;
      for (let i = 0; i < connections; i++) {
        await disturb(address.port, nonsense[i % nonsense.length]!);
      }
      assertLess(log.join("\n").length / connections, 20, name);
    }
    await server.stop();
  });
});
