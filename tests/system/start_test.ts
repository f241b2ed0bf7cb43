/** A server that cannot start says which thing is wrong and what to do, and ends with status 1. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { databaseFileName } from "../../server/storage/sqlite/file/data_folder.ts";
import { openStorage } from "../../server/storage/sqlite/sqlite_storage.ts";
import { programFromSource } from "../fixtures/chat_program.ts";
import { withFolder } from "../fixtures/folders.ts";
import { testWanting } from "../needs.ts";
import { makePost } from "../server/storage/sqlite/storage_fixture.ts";
import { Program, startServerProgram } from "./processes.ts";
import { append, createRoom } from "../fixtures/changes.ts";

/** Root may write everywhere, unless it gives up its privileges. */
const test = Deno.uid() === 0 ? testWanting("setpriv") : Deno.test;

/** Starts a server that must not start; gives what it says. */
async function failure(directory: string, ...args: string[]): Promise<string> {
  await using program = new Program([
    "server",
    "0",
    "--host",
    "127.0.0.1",
    "--data",
    directory,
    ...args,
  ]);
  assertEquals(await program.status(), 1, program.transcript());
  assertEquals(program.lines, []);
  const text = program.errors.join("\n");
  assert(!/^\s*at |Something is wrong in the program/m.test(text), text);
  return text;
}

async function fillFolder(directory: string, posts: number): Promise<void> {
  const storage = await openStorage(directory);
  const room = await createRoom(storage, { name: "#lobby", nameKey: "#lobby", skeleton: "#lobby" });
  const appended = Array.from(
    { length: posts },
    (_, index) => append(storage, makePost({ roomId: room }, `post ${index} `.repeat(20))),
  );
  await Promise.all(appended);
  await storage.close();
}

Deno.test("a port in use ends with status 1", async () => {
  await withFolder(async (folder) => {
    const first = await startServerProgram(`${folder}/first`);
    await using _program = first.program;
    await using second = new Program([
      "server",
      String(first.port),
      "--host",
      "127.0.0.1",
      "--data",
      `${folder}/second`,
    ]);
    assertEquals(await second.status(), 1);
    assertEquals(second.errors.length, 1, second.transcript());
    assertStringIncludes(second.errors[0]!, `Port ${first.port} is in use`);
  });
});

Deno.test("a data folder that another server holds ends with status 1, and the other goes on", async () => {
  await withFolder(async (folder) => {
    const first = await startServerProgram(folder);
    await using program = first.program;
    for (const args of [[], ["--check"]]) {
      const text = await failure(folder, ...args);
      assertStringIncludes(text, `Another server is using the data folder "${folder}"`);
    }
    program.signal("SIGTERM");
    assertEquals(await program.status(), 0);
  });
});

Deno.test("a file in place of the data folder ends with status 1", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    assertStringIncludes(await failure(`${folder}/file`), `${folder}/file`);
    assertStringIncludes(await failure(`${folder}/file/below`), `${folder}/file/below`);
  });
});

test("a data folder that cannot be written ends with status 1", async () => {
  await withFolder(async (folder) => {
    const directory = `${folder}/locked`;
    await Deno.mkdir(directory, { mode: 0o500 });
    const unprivileged = Deno.uid() === 0
      ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
      : [];
    const words = [...programFromSource, "server", "0", "--data", directory];
    const [command, ...args] = [...unprivileged, ...words];
    const output = await new Deno.Command(command!, { args, stdin: "null" }).output();
    const text = new TextDecoder().decode(output.stderr);
    assertEquals(output.code, 1, text);
    assertMatch(
      text,
      /^chat: The data folder \S+ cannot be used: permission denied\..*--data DIR\.\n$/,
    );
  });
});

Deno.test("a database that is none ends with status 1, and is left as it is", async () => {
  await withFolder(async (folder) => {
    const garbage = crypto.getRandomValues(new Uint8Array(20_000));
    await Deno.writeFile(`${folder}/${databaseFileName}`, garbage);
    for (const args of [[], ["--check"]]) {
      const text = await failure(folder, ...args);
      assertStringIncludes(text, databaseFileName);
      assertMatch(text, /damaged.*backup/s);
    }
    assertEquals(await Deno.readFile(`${folder}/${databaseFileName}`), garbage);
  });
});

Deno.test("a database that was cut off ends with status 1", async () => {
  await withFolder(async (folder) => {
    await fillFolder(folder, 500);
    const path = `${folder}/${databaseFileName}`;
    const { size } = await Deno.stat(path);
    await Deno.truncate(path, Math.floor(size / 2 / 4096) * 4096);
    for (const args of [[], ["--check"]]) {
      assertMatch(await failure(folder, ...args), /damaged.*backup/s);
    }
  });
});

Deno.test("a database of a newer version ends with status 1, and names both versions", async () => {
  await withFolder(async (folder) => {
    await fillFolder(folder, 1);
    const database = new DatabaseSync(`${folder}/${databaseFileName}`);
    database.exec("PRAGMA user_version = 99");
    database.close();
    assertMatch(await failure(folder), /newer version.*99.*Install the newer program/s);
  });
});

Deno.test("--check finds a byte that has changed, which a start would not", async () => {
  await withFolder(async (folder) => {
    await fillFolder(folder, 500);
    const path = `${folder}/${databaseFileName}`;
    const bytes = await Deno.readFile(path);
    const at = new TextDecoder("latin1").decode(bytes).indexOf("post 321 post 321");
    bytes[at + 5]! ^= 1;
    await Deno.writeFile(path, bytes);
    const text = await failure(folder, "--check");
    assertStringIncludes(text, "The stored data is damaged");
  });
});

Deno.test("--check of a good folder says so and starts nothing", async () => {
  await withFolder(async (folder) => {
    await fillFolder(folder, 50);
    await using program = new Program(["server", "0", "--data", folder, "--check"]);
    assertEquals(await program.status(), 0, program.transcript());
    assertEquals(program.lines[0], "All is well.");
    assertEquals(program.lines[1], "There is no certificate yet: the first start makes one.");
    assertEquals([program.lines.length, program.errors], [2, []]);
    const { program: server } = await startServerProgram(folder);
    server.signal("SIGTERM");
    assertEquals(await server.status(), 0);
    await using again = new Program(["server", "0", "--data", folder, "--check"]);
    assertEquals(await again.status(), 0, again.transcript());
    assertMatch(again.lines[1]!, /^fingerprint SHA256:[A-Za-z0-9+/]{43}$/);
  });
});

Deno.test("--check makes no data folder, and says of an empty one that nothing is stored", async () => {
  await withFolder(async (folder) => {
    assertStringIncludes(await failure(`${folder}/none`, "--check"), "it does not exist");
    await using program = new Program(["server", "0", "--data", folder, "--check"]);
    assertEquals(await program.status(), 0, program.transcript());
    assertEquals(program.lines[0], "Nothing is stored yet.");
    assertEquals([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("a server does not start with a data folder that somebody else has prepared", async () => {
  await withFolder(async (folder) => {
    await Deno.symlink(`${folder}/../elsewhere`, `${folder}/${databaseFileName}`);
    for (const args of [[], ["--check"]]) {
      assertStringIncludes(await failure(folder, ...args), "it is a link");
    }
  });
});

Deno.test("a damaged certificate ends with status 1, and is not replaced", async () => {
  await withFolder(async (folder) => {
    const first = await startServerProgram(folder);
    first.program.signal("SIGTERM");
    assertEquals(await first.program.status(), 0);
    const path = `${folder}/tls_identity.pem`;
    const text = (await Deno.readTextFile(path)).replace("-----BEGIN CERTIFICATE-----\n", "$&AAAA");
    await Deno.writeTextFile(path, text);
    assertStringIncludes(await failure(folder), "tls_identity.pem");
    assertEquals(await Deno.readTextFile(path), text);
  });
});

Deno.test("an address that this machine does not have ends with status 1", async () => {
  await withFolder(async (folder) => {
    for (const host of ["192.0.2.1", "no.such.host.invalid"]) {
      await using program = new Program(["server", "0", "--host", host, "--data", folder]);
      assertEquals(await program.status(), 1, program.transcript());
      assertEquals(program.errors.length, 1, program.transcript());
      assertStringIncludes(program.errors[0]!, `"${host}"`);
    }
  });
});

Deno.test("the ready lines are just those that programs wait for, and the log is JSON where asked", async () => {
  await withFolder(async (folder) => {
    const args = ["--name", "A name", "--log-format", "json", "--log-level", "debug"];
    const server = await startServerProgram(folder, { args });
    await using program = server.program;
    program.signal("SIGINT");
    assertEquals(await program.status(), 0);
    assertEquals(program.lines, [
      `chat server "A name" is ready on 127.0.0.1:${server.port}`,
      `fingerprint ${server.fingerprint}`,
      "Only people on this machine can join.",
      `join with: chat client 127.0.0.1 ${server.port} NAME --fingerprint ${server.fingerprint}`,
    ]);
    for (const line of program.errors) JSON.parse(line);
  });
});

Deno.test("an operator of IRC who has no account ends with status 1, and is told what to do", async () => {
  await withFolder(async (folder) => {
    const text = await failure(folder, "--irc-plain", "0", "--irc-operator", "Jack");
    assertStringIncludes(text, 'there is no account "Jack"');
    assertStringIncludes(text, "Start without --irc-operator");
    const odd = await failure(folder, "--irc-plain", "0", "--irc-operator", "not a name");
    assertStringIncludes(odd, "--irc-operator");
  });
});
