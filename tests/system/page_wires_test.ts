/**
 * Pages of both kinds against real programs: beside a terminal and an IRC client in the same room, and in private.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { identityFileName } from "../../server/certificate/certificate.ts";
import { withFolder } from "../fixtures/folders.ts";
import { IrcPeer } from "./irc_peer.ts";
import { comeByPage, Ears, fromServer, throughProgram } from "./page_ways.ts";
import { Program, startClientProgram, startServerProgram } from "./processes.ts";
import { folderText } from "./recording.ts";

/** The certificate of a server, in PEM. */
async function certificateOf(directory: string): Promise<string> {
  const text = await Deno.readTextFile(`${directory}/${identityFileName}`);
  return /-----BEGIN CERTIFICATE-----[^]*-----END CERTIFICATE-----/.exec(text)![0];
}

/** The program that serves a page to a person on this machine. */
function startPageProgram(directory: string, ...args: string[]): Program {
  return new Program(["client", "--web", "--no-open", "--data", directory, ...args]);
}

Deno.test("pages of both kinds, a terminal and an IRC client talk in one room, and in private no word stays with the server", async () => {
  await withFolder(async (folder) => {
    const directory = `${folder}/server`;
    const server = await startServerProgram(directory, {
      args: ["--web", "0", "--irc-plain", "0", "--unsafe-cheap-passwords"],
    });
    await using program = server.program;
    const irc = Number(/\d+$/.exec(await program.line(/^irc-plain is ready/))![0]);
    const web = Number(
      /\d+$/.exec(program.lines.find((line) => line.startsWith("web is ready on "))!)![0],
    );
    await using jill = startClientProgram(server.port, "jill", { directory: `${folder}/jill` });
    await jill.line(`With a browser: https://127.0.0.1:${web}/`);
    await jill.line("Please enter your operation");
    await using gateway = startPageProgram(`${folder}/ann`);
    const address = /http:\S+/.exec(await gateway.line("The page is at "))![0];
    const [annHears, bobHears] = [new Ears(), new Ears()];
    const annConnects = await throughProgram(address, `127.0.0.1:${server.port}`);
    const ann = await comeByPage("ann", annConnects, annHears.onEvent);
    const bobConnects = fromServer(web, await certificateOf(directory));
    const bob = await comeByPage("bob", bobConnects, bobHears.onEvent);
    using carl = new IrcPeer(await Deno.connect({ hostname: "127.0.0.1", port: irc }));
    await carl.send("NICK carl", "USER carl 0 * :x", "JOIN #lobby");
    await carl.until(" 366 ");

    await ann.post("#lobby", "hello from ann");
    await bob.post("#lobby", "hello from bob");
    await carl.send("PRIVMSG #lobby :hello from carl");
    await jill.type("BM hello from jill");
    for (const name of ["bob", "jill"]) await annHears.hear(`${name}: hello from ${name}`);
    for (const name of ["ann", "jill"]) await bobHears.hear(`${name}: hello from ${name}`);
    for (const ears of [annHears, bobHears]) await ears.hear("~carl: hello from carl");
    for (const name of ["ann", "bob", "carl"]) await jill.line(`hello from ${name}`);
    await carl.until("hello from jill");

    const words = Array.from({ length: 100 }, () => crypto.randomUUID());
    for (const [at, word] of words.entries()) {
      const [page, hears, name] = at % 2 === 0
        ? [ann, annHears, "ann"] as const
        : [bob, bobHears, "bob"] as const;
      await page.sendPrivate("jill", `the word is ${word}`);
      await jill.line(`the word is ${word}`);
      await jill.type(`PM ${name} answer ${word}`);
      await hears.hear(`jill: answer ${word} (sealed)`);
    }
    await ann.sendPrivate("bob", "from page to page");
    await bobHears.hear("ann: from page to page (sealed)");
    await annHears.hear("notice: on_page");
    await Promise.all([ann.close(5_000), bob.close(5_000)]);
    await jill.type("EX");
    assertEquals(await jill.status(), 0);
    program.signal("SIGTERM");
    assertEquals(await program.status(), 0);
    const kept = await folderText(directory) + program.errors.join("\n");
    assertStringIncludes(kept, "hello from bob");
    assertEquals(words.filter((word) => kept.includes(word) || kept.includes(btoa(word))), []);
  });
});

Deno.test("the program that serves a page says where it is, and what is wrong with its arguments", async () => {
  await withFolder(async (folder) => {
    await using page = startPageProgram(folder);
    const line = await page.line("The page is at ");
    assertMatch(line, /^The page is at http:\/\/127\.0\.0\.1:\d+\/enter\/[0-9a-f]{48}$/);
    const port = new URL(line.slice("The page is at ".length)).port;
    await using second = startPageProgram(folder, "--web-port", port);
    await second.errorLine(`Port ${port} is in use by another program. Choose another one`);
    assertEquals(await second.status(), 1);
    await using third = startPageProgram(folder, "127.0.0.1");
    await third.errorLine("--web needs HOST PORT NAME, or nothing");
    assertEquals(await third.status(), 2);
    page.signal("SIGTERM");
    assert(await page.status() !== 0);
  });
});

Deno.test("a browser that comes to the port of the chat client is told where the page is", async () => {
  await withFolder(async (folder) => {
    const directory = `${folder}/server`;
    const server = await startServerProgram(directory, { args: ["--web", "0"] });
    await using program = server.program;
    const web = await program.line(/^or with a browser: https:/);
    const caCerts = [await certificateOf(directory)];
    const tcp = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    const browser = await Deno.startTls(tcp, {
      hostname: "chat-server.invalid",
      caCerts,
      alpnProtocols: ["h2", "http/1.1"],
    });
    await browser.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    const answer = new TextDecoder().decode(new Uint8Array(await readAll(browser)));
    assertStringIncludes(answer, "HTTP/1.1 200 OK\r\n");
    assertStringIncludes(answer, `The page is at ${web.slice("or with a browser: ".length)}`);
  });
});

async function readAll(conn: Deno.TlsConn): Promise<number[]> {
  const all: number[] = [];
  const buffer = new Uint8Array(1_024);
  for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
    all.push(...buffer.subarray(0, count));
  }
  conn.close();
  return all;
}
