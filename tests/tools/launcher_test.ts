import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { makeSelfExtracting } from "../../tools/self_extracting.ts";
import { findTarget } from "../../tools/targets.ts";
import { valueFlags } from "../../tools/value_flags.ts";
import { clientCommandLine as client } from "../../client/cli.ts";
import { serverCommandLine as server } from "../../server/main/cli.ts";
import { knownServersFileName } from "../../client/files/known_servers.ts";
import { namesIn, withFolder } from "../fixtures/folders.ts";
import { testWanting } from "../needs.ts";

const test = testWanting("tar");

/** A program that tries what its input says, each line an expression, and prints what became of it. */
const probe = `
for (const line of (await new Response(Deno.stdin.readable).text()).split("\\n").filter(Boolean)) {
  try {
    console.log(String(await new (async () => {}).constructor("return " + line)()));
  } catch (error) {
    console.log(error.name);
  }
}
`;

/** The one file with the probe in place of the program, and with this Deno in place of a copy of it. */
class ProbeFile {
  readonly home: string;
  /** Where it unpacks to. */
  readonly base: string;

  constructor(readonly folder: string, private readonly path: string) {
    this.home = join(folder, "home");
    this.base = join(this.home, ".cache", "chat-runtime");
  }

  /** Starts it with these words; gives the outcome of each expression. */
  async try(words: string[], expressions: string[], env: Record<string, string> = {}) {
    const child = new Deno.Command(this.path, {
      args: words,
      cwd: this.folder,
      clearEnv: true,
      env: { PATH: "/usr/bin:/bin", HOME: this.home, ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(expressions.join("\n"))).catch(() => {});
    await writer.close().catch(() => {});
    const { code, stdout, stderr } = await child.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, outcomes: text(stdout).trimEnd().split("\n"), errors: text(stderr) };
  }
}

async function withProbe(use: (file: ProbeFile) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const [bundleFolder, runtime, output] = ["bundle", "runtime", "chat"]
      .map((name) => join(folder, name)) as [string, string, string];
    for (const name of [bundleFolder, join(folder, "home")]) await Deno.mkdir(name);
    await Deno.writeTextFile(join(bundleFolder, "main.js"), probe);
    await Deno.writeTextFile(runtime, `#!/bin/sh\nexec '${Deno.execPath()}' "$@"\n`);
    await makeSelfExtracting({ bundleFolder, runtime, target: findTarget() }, output);
    await use(new ProbeFile(folder, output));
  });
}

const write = (path: string) => `Deno.writeTextFile("${path}", "x").then(() => "done")`;
const read = (path: string) => `Deno.readTextFile("${path}")`;
const listen = (hostname: string, port = 0) =>
  `Deno.listen(${JSON.stringify({ hostname, port })}).close() ?? "done"`;
const connect = (hostname: string, port: number) =>
  `Deno.connect(${JSON.stringify({ hostname, port })}).then((c) => c.close() ?? "done")`;
const denied = "NotCapable";

test("a server may write to its data folder, read the files that it is given, listen where it is told, and nothing else", async () => {
  await withProbe(async (file) => {
    const data = join(file.folder, "the data");
    await Deno.mkdir(data);
    for (const name of ["motd", "cert", "key", "secret"]) {
      await Deno.writeTextFile(join(file.folder, name), name);
    }
    const words = ["server", "0", "--name", "lab", "--data", "the data", "--motd=motd"];
    const more = ["--tls-cert", "cert", "--tls-key", join(file.folder, "key"), "--irc-plain", "0"];
    const at = (name: string) => join(file.folder, name);
    const { outcomes, errors } = await file.try([...words, ...more], [
      ...[write(join(data, "a")), read(join(data, "a"))],
      ...[read(at("motd")), read(at("cert")), read(at("key"))],
      ...[listen("0.0.0.0"), listen("127.0.0.1")],
      ...[write(at("motd")), write(at("b")), read(at("secret")), read("/etc/passwd")],
      ...[write(join(file.home, ".bashrc")), `Deno.rename("${file.home}", "${at("c")}")`],
      ...[listen("127.0.0.2"), listen("127.0.0.1", 41_000), connect("127.0.0.1", 9)],
    ]);
    const allowed = ["done", "x", "motd", "cert", "key", "done", "done"];
    assertEquals(outcomes, [...allowed, ...Array(9).fill(denied)], errors);
  });
});

test("a client may write to its data folder and to that for downloads, read any file, reach its server, and nothing else", async () => {
  await withProbe(async (file) => {
    const settings = join(file.home, ".config", "chat", "client.jsonc");
    await Deno.mkdir(join(settings, ".."), { recursive: true });
    await Deno.writeTextFile(settings, "settings");
    await Deno.writeTextFile(join(file.folder, "password"), "password", { mode: 0o600 });
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const words = ["client", "--password-file", "password", "localhost", String(port), "jack"];
    const data = join(file.home, ".local", "share", "chat", "client");
    const downloads = join(file.home, "Downloads");
    const { outcomes, errors } = await file.try([...words, "--plain"], [
      ...[`Deno.mkdir("${data}", { recursive: true }).then(() => "made")`, write(join(data, "a"))],
      `Deno.mkdir("${downloads}", { recursive: true }).then(() => "made")`,
      ...[write(join(downloads, "a")), read(join(downloads, "a"))],
      ...[read(settings), read(join(file.folder, "password")), connect("localhost", port)],
      ...[write(settings), write(join(file.folder, "password")), write(join(file.home, "b"))],
      ...[connect("localhost", 9), connect("127.0.0.2", port)],
      ...[listen("127.0.0.1")],
    ]);
    const allowed = ["made", "done", "made", "done", "x", "settings", "password", "done"];
    assertEquals(outcomes, [...allowed, ...Array(6).fill(denied)], errors);
  });
});

test("a client may reach the other servers that its own has told of before, and nothing else that stands with them", async () => {
  await withProbe(async (file) => {
    using given = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    using told = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    using another = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const portOf = ({ addr }: Deno.Listener) => (addr as Deno.NetAddr).port;
    const addresses = [
      ...["*:1", "a b:1", "x,127.0.0.1:1", "127.0.0.1", "$(exit):1", ":::1"],
      ...[`127.0.0.1:${portOf(told)}`, "[::1]:9"],
    ];
    const entry = { kind: "authority", firstSeenAt: "2026-11-23T14:05:07.000Z" };
    const other = `127.0.0.1:${portOf(another)}`;
    const servers = {
      "a.example:1": { ...entry, addresses },
      [other]: { ...entry, addresses: [] },
    };
    await Deno.mkdir(join(file.folder, "data"), { mode: 0o700 });
    await Deno.writeTextFile(
      join(file.folder, "data", knownServersFileName),
      JSON.stringify({ version: 1, servers }, undefined, 2) + "\n",
    );
    const words = ["client", "127.0.0.1", String(portOf(given)), "jack", "--data", "data"];
    const { outcomes, errors } = await file.try(words, [
      ...[connect("127.0.0.1", portOf(given)), connect("127.0.0.1", portOf(told))],
      ...[connect("127.0.0.1", portOf(another)), connect("localhost", portOf(told))],
      ...[connect("127.0.0.1", 1)],
    ]);
    assertEquals(outcomes, ["done", "done", ...Array(3).fill(denied)], errors);
  });
});

test("a server of a cluster may reach the NATS servers that it is given, read its files for them, and nothing else", async () => {
  await withProbe(async (file) => {
    for (const name of ["user", "authority", "secret"]) {
      await Deno.writeTextFile(join(file.folder, name), name);
    }
    using first = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    using second = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    using monitor = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const portOf = ({ addr }: Deno.Listener) => (addr as Deno.NetAddr).port;
    const urls = `nats://127.0.0.1:${portOf(first)},tls://localhost:${portOf(second)}/`;
    const words = ["server", "0", "--host", "127.0.0.1", "--data", "data", "--cluster", urls];
    const monitors = `http://127.0.0.1:${portOf(monitor)}/path,https://localhost/`;
    const files = ["--cluster-credentials", "user", "--cluster-ca=authority"];
    files.push("--cluster-monitor", monitors);
    const at = (name: string) => join(file.folder, name);
    const { outcomes, errors } = await file.try([...words, ...files], [
      ...[connect("127.0.0.1", portOf(first)), connect("localhost", portOf(second))],
      connect("127.0.0.1", portOf(monitor)),
      ...[read(at("user")), read(at("authority"))],
      ...[read(at("secret")), connect("127.0.0.1", portOf(second)), connect("127.0.0.1", 9)],
    ]);
    const allowed = ["done", "done", "done", "user", "authority"];
    assertEquals(outcomes, [...allowed, ...Array(3).fill(denied)], errors);
  });
});

test("a client with a page may reach any server and start the one program that opens a browser; nobody else may start any", async () => {
  await withProbe(async (file) => {
    const bin = join(file.folder, "bin");
    await Deno.mkdir(bin);
    for (const name of ["xdg-open", "open", "other"]) {
      await Deno.writeTextFile(join(bin, name), "#!/bin/sh\n", { mode: 0o755 });
    }
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const start = (name: string) => `new Deno.Command("${name}").output().then(() => "done")`;
    const opener = Deno.build.os === "darwin" ? "open" : "xdg-open";
    const tried = [start(opener), start("other"), listen("127.0.0.1"), connect("127.0.0.1", port)];
    const env = { PATH: `${bin}:/usr/bin:/bin` };
    const outcomesOf = async (...words: string[]) => (await file.try(words, tried, env)).outcomes;
    const page = ["client", "--web", "--data", "data"];
    assertEquals(await outcomesOf(...page), ["done", denied, "done", "done"]);
    const named = [...page, "localhost", "9", "jack", "--web-port", "0"];
    assertEquals(await outcomesOf(...named), ["done", denied, "done", "done"]);
    assertEquals(await outcomesOf(...page, "--no-open"), [denied, denied, "done", "done"]);
    const terminal = ["client", "localhost", "9", "jack", "--data", "data"];
    assertEquals(await outcomesOf(...terminal), Array(4).fill(denied));
    const server = ["server", "0", "--host", "127.0.0.1", "--web", "0", "--data", "data"];
    assertEquals(await outcomesOf(...server), [denied, denied, "done", denied]);
  });
});

test("help may touch no file and no address", async () => {
  await withProbe(async (file) => {
    const tried = [write(join(file.folder, "a")), read("/etc/passwd"), listen("127.0.0.1")];
    for (const words of [[], ["help"], ["version", "server"]]) {
      assertEquals((await file.try(words, tried)).outcomes, [denied, denied, denied]);
    }
  });
});

test("the program cannot change what is started next time, and no data folder may hold it", async () => {
  await withProbe(async (file) => {
    const inside = join(file.base, "data");
    const changes = [write(join(file.base, "a")), `Deno.rename("${file.base}", "${file.base}2")`];
    assertEquals((await file.try(["server"], changes)).outcomes, [denied, denied]);
    await Deno.symlink(file.base, join(file.folder, "link"));
    const around = [file.home, "home/.cache", "home/.cache/..", "/"];
    for (const data of [...around, file.base, inside, join(inside, "below"), "link", "link/x"]) {
      const { code, errors } = await file.try(["client", "h", "1", "j", "--data", data], changes);
      assertEquals(code, 1, data);
      assertMatch(errors, /^chat: The folder [^\n]* overlap: [^\n]*--data DIR\.\n$/);
    }
  });
});

test("the program cannot change the file that it was started from, also where that lies in its data folder", async () => {
  await withFolder(async (cache) => {
    await withProbe(async (file) => {
      const env = { XDG_CACHE_HOME: cache };
      const [chat, other] = [join(file.folder, "chat"), join(file.folder, "a")];
      const changes = [
        ...[write(other), `Deno.mkdir("${file.folder}", { recursive: true })`],
        ...[write(chat), `Deno.rename("${other}", "${chat}")`, `Deno.remove("${chat}")`],
      ];
      for (const data of [".", file.folder, join(file.folder, "home", "..")]) {
        const { outcomes } = await file.try(["server", "--data", data], changes, env);
        assertEquals(outcomes, ["done", "undefined", ...Array(3).fill(denied)], data);
      }
      const below = join(file.folder, "below");
      await Deno.mkdir(below);
      await Deno.copyFile(chat, join(below, "chat"));
      const { code, errors } = await new ProbeFile(file.folder, join(below, "chat"))
        .try(["server", "--data", "."], changes, env);
      assertEquals(code, 1);
      assertMatch(errors, /^chat: The folder [^\n]* started next time, too: [^\n]*--data DIR\.\n$/);
    });
  });
});

test("an IPv6 address in brackets opens the way to itself alone", async () => {
  await withProbe(async (file) => {
    const { outcomes } = await file.try(["server", "0", "--host", "[::1]"], [
      ...[listen("::1"), listen("127.0.0.1"), listen("0.0.0.0")],
    ]);
    assertEquals(outcomes, ["done", denied, denied]);
  });
});

test("folders with blanks and commas, hosts of any form and mistakes of any kind start the program", async () => {
  await withProbe(async (file) => {
    const odd = join(file.folder, "a b", "c, d", "e");
    await Deno.mkdir(odd, { recursive: true });
    const { outcomes } = await file.try(["server", "--data", odd], [
      ...[write(join(odd, "a")), write(join(file.folder, "b"))],
    ]);
    assertEquals(outcomes, ["done", denied]);
    const commandLines = [
      ...[["client", "::1", "1", "jack"], ["client", "fe80::1%eth0", "1", "jack"]],
      ...[["client", "no such host", "1", "jack"], ["client", "münchen", "1", "jack"]],
      ...[["client", "a_b", "1", "jack"], ["client", "", "", ""], ["client"], ["client", "--"]],
      ...["12:34", "a..b", "-a", "a.", "x".repeat(70), "127.0.0.1", "host:41000", ":::"].map(
        (host) => ["client", host, "1", "jack"],
      ),
      ...[["server", "x"], ["server", "410002"], ["server", "99999"], ["server", "-1"]],
      ...[["server", "--host", "::"], ["server", "--host"], ["server", "--data="]],
      ...[["server", "--host", "*"], ["server", "--irc", "*"], ["client", "..", "1", "jack"]],
    ];
    for (const words of commandLines) {
      const { code, outcomes, errors } = await file.try(words, ['"started"']);
      assertEquals([code, outcomes, errors], [0, ["started"], ""], JSON.stringify(words));
    }
  });
});

test("the one file works in a cache folder with blanks and commas", async () => {
  await withProbe(async (file) => {
    const env = { XDG_CACHE_HOME: join(file.folder, "a, b") };
    const { code, outcomes, errors } = await file.try([], ['"started"'], env);
    assertEquals([code, outcomes, errors], [0, ["started"], ""]);
  });
});

test("the one file unpacks again what was damaged", async () => {
  await withProbe(async (file) => {
    await file.try([], []);
    const unpacked = namesIn(file.base);
    await Deno.remove(join(file.base, unpacked[0]!, "deno"));
    const { code, outcomes, errors } = await file.try([], ['"started"']);
    assertEquals([code, outcomes, errors], [0, ["started"], ""]);
    assertEquals(namesIn(file.base), unpacked);
    assertEquals(unpacked.length, 1);
  });
});

test("a first start removes no folder that another one may have unpacked meanwhile", async () => {
  await withProbe(async (file) => {
    const [programs, log] = [join(file.folder, "programs"), join(file.folder, "removed")];
    await Deno.mkdir(programs);
    const remove = `#!/bin/sh\necho "$@" >> '${log}'\nexec /bin/rm "$@"\n`;
    await Deno.writeTextFile(join(programs, "rm"), remove, { mode: 0o755 });
    const { outcomes } = await file.try(["help"], ["1"], { PATH: `${programs}:/usr/bin:/bin` });
    assertEquals(outcomes, ["1"]);
    const [unpacked] = await namesIn(file.base);
    const removed = (await Deno.readTextFile(log)).trimEnd().split("\n");
    assertEquals(removed.filter((words) => words.endsWith(`/${unpacked}`)), []);
  });
});

test("the launcher keeps variables that add authorities to Deno's from the program", async () => {
  await withFolder(async (folder) => {
    const bundleFolder = `${folder}/bundle`;
    await Deno.mkdir(bundleFolder);
    await Deno.writeTextFile(`${bundleFolder}/main.js`, "");
    // A runtime that prints what it is started with.
    const runtime = `${folder}/runtime`;
    await Deno.writeTextFile(runtime, "#!/bin/sh\nenv\n");
    const target = findTarget();
    const path = await makeSelfExtracting({ bundleFolder, runtime, target }, `${folder}/chat`);
    const { stdout } = await new Deno.Command(path, {
      env: {
        HOME: folder,
        XDG_CACHE_HOME: "",
        DENO_CERT: "/authority.pem",
        DENO_TLS_CA_STORE: "system",
        SSL_CERT_FILE: "/store.pem",
      },
    }).output();
    const names = new TextDecoder().decode(stdout).split("\n").map((line) => line.split("=")[0]);
    const kept = ["DENO_DIR", "DENO_CERT", "DENO_TLS_CA_STORE", "SSL_CERT_FILE"];
    assertEquals(kept.filter((name) => names.includes(name)), ["DENO_DIR", "SSL_CERT_FILE"]);
  });
});

Deno.test("the launcher knows every flag that names a file, a folder, a port or an address", async () => {
  const launcher = await Deno.readTextFile(new URL("../../tools/launcher.sh", import.meta.url));
  const taken = launcher.slice(launcher.indexOf("take_flag() {"), launcher.indexOf("read_words()"));
  const known = new Set(taken.match(/--[a-z-]+/g));
  for (const { flags } of [client, server]) {
    for (const [name, { value }] of Object.entries(flags)) {
      // The server's has a port; the client's has no value, and is looked for by itself.
      if (name === "web") continue;
      const names = /^(FILE|DIR|PORT|ADDR|HOST|URLS)$/.test(value ?? "");
      assertEquals(known.has(`--${name}`), names, name);
      if (names) assertEquals(valueFlags.includes(`--${name}`), true);
    }
  }
});
