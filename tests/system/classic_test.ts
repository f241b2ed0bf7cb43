import { assert, assertEquals, assertMatch } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { join } from "node:path";
import { withFolder } from "../fixtures/folders.ts";
import { pythonPath } from "../fixtures/python.ts";
import { testWanting } from "../needs.ts";
import { field } from "../server/wires/classic/fields.ts";
import { patienceMs, Program, startClientProgram, startServerProgram } from "./processes.ts";

const test = testWanting("python3", "python3-cryptography");

/** Written in Python with the package that the original uses, so that both ends of the encryption were made apart. */
const classicClient = new URL("./classic_client.py", import.meta.url).pathname;

const prompt =
  "Please enter your operation (BM: Broadcast Messaging, PM: Private Messaging, CH: Chat History, EX: Exit):";
const heardPublic = "**** Received a public message ****: ";
const heardPrivate = "**** Received a private message ****: ";

/** A server that serves classic clients. */
class ClassicServer implements AsyncDisposable {
  readonly #clients: Program[] = [];

  private constructor(
    readonly program: Program,
    readonly nativePort: number,
    readonly port: number,
    readonly folder: string,
  ) {}

  static async start(folder: string, args: readonly string[] = []): Promise<ClassicServer> {
    const directory = join(folder, "server");
    const { program, port } = await startServerProgram(directory, {
      args: ["--classic", "0", ...args],
    });
    const ready = await program.line(/^classic is ready on 127\.0\.0\.1:\d+$/);
    return new ClassicServer(program, port, Number(/\d+$/.exec(ready)![0]), directory);
  }

  /** Starts the classic client's program. */
  open(name: string): Program {
    const args = ["127.0.0.1", String(this.port), name];
    const program = new Program(args, { PYTHONIOENCODING: "utf-8" }, [pythonPath(), classicClient]);
    this.#clients.push(program);
    return program;
  }

  /** A classic client whose new account is made. */
  async register(name: string): Promise<Program> {
    const client = this.open(name);
    await client.line("Now please create your password!");
    await client.type(passwordOf(name));
    await client.line("Your account has been successfully created!");
    await client.line(prompt);
    return client;
  }

  /** A native client, ready. */
  async native(name: string): Promise<Program> {
    const directory = join(this.folder, "..", name);
    const client = startClientProgram(this.nativePort, name, { directory });
    this.#clients.push(client);
    await client.line(prompt);
    return client;
  }

  /** A raw connection to the classic port. */
  async connect(): Promise<Deno.TcpConn> {
    return await Deno.connect({ hostname: "127.0.0.1", port: this.port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
    await this.program[Symbol.asyncDispose]();
  }
}

const passwordOf = (name: string) => `password of ${name}`;

async function withServer(
  use: (server: ClassicServer) => Promise<void>,
  args: readonly string[] = [],
): Promise<void> {
  await withFolder(async (folder) => {
    await using server = await ClassicServer.start(folder, args);
    await use(server);
  });
}

/** For tests that are not about passwords: the server turns them into keys a thousand times as fast. */
const cheap = ["--unsafe-cheap-passwords"];

async function broadcast(client: Program, text: string): Promise<void> {
  await client.type("BM", text);
  await client.line("Enter the public message:");
  await client.line("Public message sent!");
}

async function whisper(client: Program, to: string, text: string): Promise<string> {
  await client.type("PM", to, text);
  const peers = await client.line("Peers online: ");
  await client.line("Enter the private message:");
  await client.line("Private message has been sent.");
  return peers;
}

async function history(client: Program): Promise<string[]> {
  const before = client.lines.length;
  await client.type("CH");
  await client.line("End of history.");
  return client.lines.slice(before).filter((line) => line.startsWith("At "));
}

/** Everything in a folder's files, as one text. */
async function contentsOf(folder: string): Promise<string> {
  const texts: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile) continue;
    texts.push(new TextDecoder("latin1").decode(await Deno.readFile(join(folder, name))));
  }
  return texts.join("\n");
}

test("two classic clients register, broadcast, whisper, read the history and leave", async () => {
  await withServer(async (server) => {
    const jack = await server.register("jack");
    const jill = await server.register("jill");
    await broadcast(jack, "hello, everyone");
    await jill.line(heardPublic + "hello, everyone");
    await broadcast(jill, "naïve café, 日本語 😀");
    await jack.line(heardPublic + "naïve café, 日本語 😀");
    assertEquals(await whisper(jack, "jill", "only for you, 日本"), "Peers online: jill");
    await jill.line(heardPrivate + "only for you, 日本");
    assertMatch(
      (await history(jill)).join("\n"),
      new RegExp([
        String.raw`^At \S+ \S+, jill receives a BM message from jack: hello, everyone`,
        String.raw`At \S+ \S+, jill sends everyone a BM message: naïve café, 日本語 😀`,
        String.raw`At \S+ \S+, jill receives a PM message from jack: \(encrypted.*\)$`,
      ].join("\n")),
    );
    for (const client of [jack, jill]) {
      await client.type("EX");
      await client.line("The session has ended.");
      assertEquals(await client.status(), 0);
    }
    const stored = await contentsOf(server.folder);
    assert(stored.includes("hello, everyone"), "the search finds what is there");
    assert(!stored.includes("only for you"), "nothing readable is kept of a private message");
    assert(!stored.includes("password of"), "passwords are not kept as they are");
  });
});

test("a classic client signs in again, and only with its own password", async () => {
  await withServer(async (server) => {
    const first = await server.register("jack");
    await server.register("jill");
    await broadcast(first, "before");
    await first.type("EX");
    assertEquals(await first.status(), 0);
    const again = server.open("jack");
    await again.line("Now please type in your password!");
    await again.type(passwordOf("jill"));
    await again.line("Wrong password!");
    await again.type(passwordOf("jack"));
    await again.line("You successfully log into your account!");
    assertEquals((await history(again)).length, 1);
  });
});

test("who is alone is not asked for a peer for ever", async () => {
  await withServer(async (server) => {
    const jack = await server.register("jack");
    assertEquals(await whisper(jack, "jack", "a note"), "Peers online: jack");
    assert(jack.lines.includes(heardPrivate + "a note"));
  }, cheap);
});

test("classic and native clients talk in one room, and each is shown that a private message is readable", async () => {
  await withServer(async (server) => {
    const jack = await server.register("jack");
    const native = await server.native("nora");
    await broadcast(jack, "from a classic client");
    await native.line("**** Incoming public message from jack ****: from a classic client");
    await native.type("BM", "from a native client");
    await jack.line(heardPublic + "from a native client");
    await whisper(jack, "nora", "whispered");
    await native.line(
      "**** Incoming private message from jack ****: whispered (not end-to-end encrypted)",
    );
    await native.type("PM", "jack", "whispered back");
    await native.line("Send it anyway");
    await native.type("yes");
    await native.line("Private message sent.");
    await jack.line(heardPrivate + "nora (not end-to-end encrypted): whispered back");
    const lines = await history(jack);
    assertEquals(lines.map((line) => line.replace(/^At \S+ \S+, /, "")), [
      "jack sends everyone a BM message: from a classic client",
      "jack receives a BM message from nora: from a native client",
      "jack sends nora a PM message: whispered",
      "jack receives a PM message from nora: whispered back",
    ]);
  }, cheap);
});

test("a native account signs in with the classic client, and the other way round", async () => {
  await withServer(async (server) => {
    const native = await server.native("nora");
    await native.type("EX");
    assertEquals(await native.status(), 0);
    const classic = server.open("nora");
    await classic.line("Now please type in your password!");
    await classic.type(passwordOf("nora"));
    await classic.line("You successfully log into your account!");
    await server.register("jack");
    const jack = await server.native("jack");
    await jack.type("BM", "hello");
    await classic.line(heardPublic + "hello");
  });
});

test("a long post of a native client arrives in parts that one recv() takes", async () => {
  await withServer(async (server) => {
    const jack = await server.register("jack");
    const native = await server.native("nora");
    const text = "word ".repeat(1_200).trim();
    await native.type("BM", text, "BM", "the end");
    await jack.line(heardPublic + "the end");
    const heard = jack.lines.filter((line) => line.startsWith(heardPublic)).slice(0, -1)
      .map((line) => line.slice(heardPublic.length));
    assert(heard.length > 2);
    // A line's last space is not lost on the wire: words are not glued together.
    assertEquals(heard.join(""), text);
  }, cheap);
});

test("ten classic clients post at once, and each gets every post of the others, once and in one order", async () => {
  await withServer(async (server) => {
    const names = Array.from({ length: 10 }, (_, index) => `student${index}`);
    const clients = await Promise.all(names.map((name) => server.register(name)));
    const posts = 10;
    await Promise.all(clients.map(async (client, index) => {
      for (let post = 0; post < posts; post++) await broadcast(client, `${names[index]} ${post}`);
      await client.type("BM", `${names[index]} is done`);
    }));
    const orders = await Promise.all(clients.map(async (client, index) => {
      const heard = () => client.lines.filter((line) => line.startsWith(heardPublic));
      while (heard().length < 9 * (posts + 1)) await client.line(heardPublic);
      return heard().map((line) => line.slice(heardPublic.length))
        .filter((text) => !text.startsWith(`${names[index]} `));
    }));
    const told = (await history(clients[0]!)).map((line) =>
      line.replace(/^.* message(?: from \S+)?: /, "")
    );
    assertEquals(new Set(told).size, 10 * (posts + 1));
    for (const [index, order] of orders.entries()) {
      assertEquals(order, told.filter((text) => !text.startsWith(`${names[index]} `)));
    }
  }, cheap);
});

/** Reads until the server closes; fails where it does not. */
async function untilClosed(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(4_096);
  const reading = async () => {
    try {
      while (await connection.read(buffer) !== null);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    }
  };
  await deadline(reading(), patienceMs).finally(() => connection.close());
}

test("hostile clients harm only themselves", async () => {
  await withServer(async (server) => {
    const jack = await server.register("jack");
    const jill = await server.register("jill");
    const silent = await Promise.all(Array.from({ length: 50 }, () => server.connect()));
    for (const length of [-1, -0x80000000, 0x7fffffff, 1_000_000]) {
      const hostile = await server.connect();
      await hostile.write(field("x", length));
      await untilClosed(hostile);
    }
    for (const name of ["../../etc/passwd", "\u001b[2J", "", "a\0b"]) {
      const hostile = await server.connect();
      await hostile.write(field(name));
      await untilClosed(hostile);
    }
    const noise = await server.connect();
    await noise.write(crypto.getRandomValues(new Uint8Array(2_000)).fill(0x7f, 0, 4));
    await untilClosed(noise);
    await broadcast(jack, "still here");
    await jill.line(heardPublic + "still here");
    await whisper(jill, "jack", "me too");
    await jack.line(heardPrivate + "me too");
    for (const connection of silent) connection.close();
    assert(!server.program.errors.some((line) => line.includes("[error]")));
  }, cheap);
});

test("a server that stops closes its classic clients and ends with status 0", async () => {
  await withServer(async (server) => {
    const jack = await server.register("jack");
    await jack.type("BM");
    await jack.line("Enter the public message:");
    server.program.signal("SIGTERM");
    assertEquals(await server.program.status(), 0);
    await jack.type("too late");
    await jack.line("The connection has ended.");
    assertEquals(await jack.status(), 3);
  }, cheap);
});

Deno.test("the key for classic clients lives through a restart; a damaged one is named, and nothing starts", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "server", "classic_key.pem");
    const keys: string[] = [];
    for (let count = 0; count < 2; count++) {
      await using server = await ClassicServer.start(folder);
      keys.push(await Deno.readTextFile(path));
      server.program.signal("SIGTERM");
      assertEquals(await server.program.status(), 0);
    }
    assertEquals(keys[0], keys[1]);
    await Deno.writeTextFile(path, "damaged");
    const args = ["server", "0", "--host", "127.0.0.1", "--data", join(folder, "server")];
    for (const more of [[], ["--check"]]) {
      await using program = new Program([...args, "--classic", "0", ...more]);
      assertEquals(await program.status(), 1);
      assertMatch(program.errors.join("\n"), /^chat: The key for classic clients .* is damaged/);
    }
  });
});

Deno.test("the classic port is on loopback where no address is given, and a port in use is named", async () => {
  await withFolder(async (folder) => {
    await using first = new Program(["server", "0", "--data", join(folder, "a"), "--classic", "0"]);
    const ready = await first.line(/^classic is ready on 127\.0\.0\.1:\d+$/);
    const port = /\d+$/.exec(ready)![0];
    const args = ["server", "0", "--host", "127.0.0.1", "--data", join(folder, "b")];
    await using second = new Program([...args, "--classic", port]);
    assertEquals(await second.status(), 1);
    assertMatch(second.errors.join("\n"), new RegExp(`^chat: Port 0 or ${port} is in use`));
    await using third = new Program([...args, "--classic", "70000"]);
    assertEquals(await third.status(), 2);
  });
});
