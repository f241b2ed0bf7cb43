/** A real IRC client, irssi, in a real terminal, beside native clients. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { ClientEvent } from "../../client/core/chat/chat_client.ts";
import { withFolder } from "../fixtures/folders.ts";
import { testWanting } from "../needs.ts";
import { password, People } from "./people.ts";
import { startServerProgram } from "./processes.ts";
import { type ServerHere, startServerHere } from "./server_here.ts";
import { TerminalProgram } from "./terminal_program.ts";

const test = testWanting("irssi");

/** A server that IRC clients can come to. */
interface IrcServer extends Pick<ServerHere, "port" | "fingerprint"> {
  readonly folder: string;
  readonly ircPort: number;
  readonly plainPort: number;
  readonly people: People;
}

async function withServer(use: (server: IrcServer) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const listeners = { ircPort: 0, ircPlainPort: 0 };
    await using server = await startServerHere(join(folder, "server"), listeners);
    await using people = new People(server, folder);
    const portOf = (name: string) =>
      server.listeners.find((listener) => listener.name === name)!.address.port;
    const [ircPort, plainPort] = [portOf("irc"), portOf("irc-plain")];
    const { port, fingerprint } = server;
    await use({ port, fingerprint, folder, ircPort, plainPort, people });
  });
}

/** How irssi connects. */
interface IrssiOptions {
  readonly nick: string;
  /** Signs in by SASL, over TLS; a guest comes without. */
  readonly account?: boolean;
}

/** Starts irssi and waits until it is connected. */
async function startIrssi(
  server: Pick<IrcServer, "folder" | "plainPort"> & { readonly ircPort?: number },
  options: IrssiOptions,
): Promise<TerminalProgram> {
  const { nick, account = false } = options;
  const home = await Deno.makeTempDir({ dir: server.folder, prefix: "irssi-" });
  const port = account ? server.ircPort : server.plainPort;
  const tls = account ? 'use_tls = "yes"; tls_verify = "no";' : 'use_tls = "no";';
  const sasl = account
    ? `sasl_mechanism = "PLAIN"; sasl_username = "${nick}"; sasl_password = "${password}";`
    : "";
  await Deno.writeTextFile(
    join(home, "config"),
    `servers = ({ address = "127.0.0.1"; port = "${port}"; chatnet = "test"; autoconnect = "yes"; ${tls} });
chatnets = { test = { type = "IRC"; nick = "${nick}"; ${sasl} }; };
settings = { core = { real_name = "A person"; user_name = "person"; };
  "irc/core" = { cmd_queue_speed = "10msec"; cmds_max_at_once = "100"; }; "fe-text" = { term_force_colors = "no"; };
  "fe-common/core" = { autocreate_own_query = "no"; autocreate_query_level = ""; }; };
`,
  );
  const program = new TerminalProgram(["irssi", `--home=${home}`], {
    columns: 120,
    rows: 40,
    env: { LANG: "C.UTF-8", LC_ALL: "C.UTF-8" },
  });
  await program.until(/Your host is|Welcome to/);
  return program;
}

/** Somebody with a native client, and the texts that they got. */
async function native(server: IrcServer, name: string) {
  const texts: string[] = [];
  let wake = Promise.withResolvers<void>();
  const client = await server.people.come(name, (event: ClientEvent) => {
    if (event.type === "post") {
      texts.push(`${event.post.from}: ${JSON.stringify(event.post.message)}`);
    }
    wake.resolve();
    wake = Promise.withResolvers();
  });
  const until = async (pattern: RegExp) => {
    while (!texts.some((text) => pattern.test(text))) await wake.promise;
  };
  return { client, texts, until };
}

test("irssi and a native client talk in the lobby, both ways, in any script", async () => {
  await withServer(async (server) => {
    const paul = await native(server, "paul");
    await using irssi = await startIrssi(server, { nick: "zoe" });
    irssi.enter("/join #lobby");
    await irssi.until(/\[.*#lobby/);
    await paul.client.post("#lobby", "hello irssi, grüß dich, 你好");
    await irssi.until(/paul.*hello irssi, grüß dich, 你好/);
    irssi.enter("hello from a terminal ä");
    await paul.until(/^~zoe: .*hello from a terminal ä/);
    irssi.enter("/me waves");
    await paul.until(/^~zoe: .*waves/);
    irssi.enter("/quit");
    await irssi.exit;
  });
});

test("a guest in irssi and a native client write to each other in private", async () => {
  await withServer(async (server) => {
    const paul = await native(server, "paul");
    await using irssi = await startIrssi(server, { nick: "zoe" });
    irssi.enter("/msg paul are you there?");
    await paul.until(/^~zoe: .*are you there\?/);
    await paul.client.allowReadable("~zoe");
    await paul.client.sendPrivate("~zoe", "yes, here");
    await irssi.until(/paul.*yes, here/);
  });
});

test("irssi signs in by SASL over TLS; sealed messages are announced to it, and its own are readable ones", async () => {
  await withServer(async (server) => {
    const paul = await native(server, "paul");
    const ann = await native(server, "ann");
    await using irssi = await startIrssi(server, { nick: "ann", account: true });
    await irssi.until("You are signed in as ann.");
    await paul.client.sendPrivate("ann", "the sealed words");
    await irssi.until(/paul has sent you a private message that is end-to-end\s+encrypted/);
    await ann.until(/the sealed words/);
    assert(!irssi.text().includes("the sealed words"));
    irssi.enter("/msg paul readable words");
    await paul.until(/^ann: .*readable words/);
  });
});

test("irssi that comes back is shown what was said in the channel while ann was away, and nothing twice", async () => {
  await withServer(async (server) => {
    const paul = await native(server, "paul");
    // The account; what another client of it reads would be read here, too.
    const ann = await native(server, "ann");
    await ann.client.close(5_000);
    await paul.client.rooms.join("#garden");
    {
      await using irssi = await startIrssi(server, { nick: "ann", account: true });
      irssi.enter("/join #garden");
      await irssi.until(/\[.*#garden/);
      irssi.enter("see you later");
      await paul.until(/see you later/);
      irssi.enter("/quit");
      await irssi.exit;
    }
    await paul.client.post("#garden", "while you were away");
    await using irssi = await startIrssi(server, { nick: "ann", account: true });
    irssi.enter("/join #garden");
    await irssi.until(/paul> while you were away/);
    assert(!irssi.text().includes("see you later"), irssi.text());
  });
});

test("a nick that nobody can have is refused with a reason, one in another script is shown", async () => {
  await withServer(async (server) => {
    await using irssi = await startIrssi(server, { nick: "zoe" });
    irssi.enter("/join #lobby");
    await irssi.until(/\[.*#lobby/);
    irssi.enter("/nick Zoë");
    await irssi.until("You're now known as Zoë");
    irssi.enter("/nick nickserv");
    irssi.enter("/window 1");
    await irssi.until(/The name "nickserv" is reserved/);
  });
});

test("stopping the server tells irssi, and IRC clients do not keep it from ending", async () => {
  await withFolder(async (folder) => {
    const { program } = await startServerProgram(join(folder, "server"), {
      args: ["--irc-plain", "0"],
    });
    await using _program = program;
    const ready = await program.line(/^irc-plain is ready on /);
    const plainPort = Number(/\d+$/.exec(ready)![0]);
    await using irssi = await startIrssi({ folder, plainPort }, { nick: "zoe" });
    program.signal("SIGTERM");
    assertEquals(await program.status(), 0);
    await irssi.until(/The server is stopping|Connection lost/);
  });
});

Deno.test("each IRC listener says where it is, and --irc-plain stays on loopback unless --host says otherwise", async () => {
  await withFolder(async (folder) => {
    const server = await startServerProgram(folder, { args: ["--irc", "0", "--irc-plain", "0"] });
    await using program = server.program;
    const lines = [await program.line(/^irc is /), await program.line(/^irc-plain is /)];
    assertMatch(lines[0]!, /^irc is ready on 127\.0\.0\.1:\d+$/);
    assertMatch(lines[1]!, /^irc-plain is ready on 127\.0\.0\.1:\d+$/);
  });
});

Deno.test("--irc-sasl plain offers PLAIN only, and knows no other word", async () => {
  await withFolder(async (folder) => {
    const args = ["--irc-plain", "0", "--irc-sasl", "plain"];
    const server = await startServerProgram(folder, { args });
    await using program = server.program;
    const [port] = /\d+$/.exec(await program.line(/^irc-plain is ready on /))!;
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    await connection.write(new TextEncoder().encode("CAP LS 302\r\n"));
    const buffer = new Uint8Array(1024);
    const count = await connection.read(buffer);
    assertStringIncludes(new TextDecoder().decode(buffer.subarray(0, count!)), ":sasl=PLAIN ");
  });
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "main.ts", "server", "0", "--irc-sasl", "scram"],
    cwd: new URL("../..", import.meta.url).pathname,
  });
  const { code, stderr } = await command.output();
  assertEquals(code, 2);
  assertStringIncludes(new TextDecoder().decode(stderr), "--irc-sasl must be one of all, plain");
});

Deno.test("cheap passwords are refused where anyone else could reach the server", async () => {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "main.ts", "server", "0", "--unsafe-cheap-passwords"],
    cwd: new URL("../..", import.meta.url).pathname,
  });
  const { code, stderr } = await command.output();
  assertEquals(code, 2);
  assertStringIncludes(new TextDecoder().decode(stderr), "needs --host 127.0.0.1");
});
