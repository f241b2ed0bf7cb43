/**
 * Private messages between real programs: what the server gets to see, several machines of one person, and the
 * dialogues about keys.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { databaseFileName } from "../../server/storage/sqlite/file/data_folder.ts";
import { openStorage } from "../../server/storage/sqlite/sqlite_storage.ts";
import { withFolder } from "../fixtures/folders.ts";
import { makeAccountRecord } from "../fixtures/accounts.ts";
import { type Program, startClientProgram, startServerProgram } from "./processes.ts";
import { startServerHere } from "./server_here.ts";
import { folderText, Recording } from "./recording.ts";
import { createAccount } from "../fixtures/changes.ts";

const prompt = "Please enter your operation";

/** Starts someone's program and waits until it is signed in. */
async function start(
  port: number,
  name: string,
  directory: string,
  password?: string,
): Promise<Program> {
  const program = startClientProgram(port, name, {
    directory,
    ...(password === undefined ? {} : { password }),
  });
  await program.line(prompt);
  return program;
}

Deno.test("100 private messages leave no word in the server's folder, its logs or its decrypted traffic", async () => {
  await withFolder(async (folder) => {
    const directory = `${folder}/server`;
    const server = await startServerProgram(directory, { args: ["--log-level", "debug"] });
    await using program = server.program;
    await using recording = await Recording.before(directory, server.port);
    await using jack = await start(recording.port, "jack", `${folder}/jack`);
    await using jill = await start(recording.port, "jill", `${folder}/jill`);
    const words = Array.from({ length: 100 }, () => crypto.randomUUID());
    const open = "everyone may read this";
    await jack.type(`BM ${open}`);
    await jack.line("Public message sent.");
    for (const [at, word] of words.entries()) {
      const [from, to, name] = at % 2 === 0
        ? [jack, jill, "jill"] as const
        : [jill, jack, "jack"] as const;
      await from.type(`PM ${name} the word is ${word}`);
      await from.line("Private message sent.");
      await to.line(`the word is ${word}`);
    }
    for (const client of [jack, jill]) {
      await client.type("CH 200", "EX");
      await client.line("End of history (101 messages).");
      assertEquals(await client.status(), 0);
    }
    const running = await folderText(directory);
    program.signal("SIGTERM");
    assertEquals(await program.status(), 0);
    const places = {
      "the data folder while it runs": running,
      "the data folder afterwards": await folderText(directory),
      "the log": program.errors.join("\n"),
      "the traffic": recording.text(),
    };
    // The search would find something: what is public is there, and so are the names of both.
    assertStringIncludes(places["the data folder afterwards"], open);
    assertStringIncludes(places["the traffic"], open);
    assertStringIncludes(places["the log"], "jack");
    for (const [place, text] of Object.entries(places)) {
      const found = words.filter((word) => text.includes(word) || text.includes(btoa(word)));
      assertEquals(found, [], place);
      assert(!text.includes("the word is"), place);
    }
  });
});

Deno.test("what was taken back is nowhere in the folder of a server that runs: no text of a room, nothing that was sealed", async () => {
  await withFolder(async (folder) => {
    const directory = `${folder}/server`;
    const server = await startServerProgram(directory);
    await using _program = server.program;
    await using jill = await start(server.port, "jill", `${folder}/jill`);
    await using jack = await start(server.port, "jack", `${folder}/jack`);
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
    await jack.type("NUMBERS", `BM ${first}`);
    await jill.line(first);
    await jack.type(`EDIT ${second}`);
    await jill.line(`jack edited a message ****: ${second}`);
    await jack.type("PM jill roses");
    await jill.line("roses");
    await jack.type("CH jill", "EDIT 3 tulips");
    await jill.line("jack edited a message ****: tulips");
    const sealed = sealedBodies(directory);
    assertEquals(sealed.length, 2);
    const before = await folderText(directory);
    for (const text of [first, second, ...sealed]) assertStringIncludes(before, text);
    await jack.type("CH jill", "DELETE 3", "DELETE 1");
    // The private message, its edit, and the message of the room.
    for (let count = 1; count <= 3; count++) await jill.line("jack took a");
    const after = await folderText(directory);
    for (const text of [first, second, ...sealed]) assert(!after.includes(text));
  });
});

/** What is sealed in a server's database. */
function sealedBodies(directory: string): string[] {
  using database = new DatabaseSync(`${directory}/${databaseFileName}`, { readOnly: true });
  const rows = database.prepare("SELECT body FROM posts WHERE kind = 'sealed'").all();
  return rows.map((row) => String(row["body"]));
}

Deno.test("three machines of one person read everything; a new password holds on a fresh one and lets the others go on", async () => {
  await withFolder(async (folder) => {
    await using server = await startServerHere(`${folder}/server`);
    const { port } = server;
    await using jill = await start(port, "jill", `${folder}/jill`);
    await using one = await start(port, "jack", `${folder}/one`);
    await using two = await start(port, "jack", `${folder}/two`);
    await using three = await start(port, "jack", `${folder}/three`);
    const machines = [one, two, three];
    for (const [at, machine] of machines.entries()) {
      await jill.type(`PM jack to machine ${at}`);
      await jill.line("Private message sent.");
      for (const reader of machines) await reader.line(`from jill ****: to machine ${at}`);
      await machine.type(`PM jill from machine ${at}`);
      await machine.line("Private message sent.");
      await jill.line(`from jack ****: from machine ${at}`);
    }
    for (const machine of machines) {
      await machine.type("CH");
      for (const at of [0, 1, 2]) {
        await machine.line(new RegExp(` PM jill -> jack to machine ${at}$`));
        await machine.line(new RegExp(` PM jack -> jill from machine ${at}$`));
      }
      await machine.line("End of history (6 messages).");
    }
    await one.type("PASSWD", "password of jack", "a new password", "another one");
    await one.line("The two passwords do not match.");
    await one.type("passwd", "not the password", "a new password", "a new password");
    await one.line("The old password is wrong.");
    await one.type("PASSWD keep");
    await one.line("Your old password:");
    await one.type("password of jack");
    await one.line("Your new password:");
    await one.type("a new password");
    await one.line("Your new password again:");
    await one.type("a new password");
    await one.line("Your password was changed.");
    await jill.type("PM jack after the change");
    for (const machine of machines) {
      await machine.line("after the change");
      await machine.type("PM jill still here");
      await machine.line("Private message sent.");
    }
    await using stranger = startClientProgram(port, "jack", {
      directory: `${folder}/fresh`,
      password: "password of jack",
    });
    assertEquals(await stranger.status(), 4);
    await using fresh = await start(port, "jack", `${folder}/fresh`, "a new password");
    await fresh.type("CH");
    await fresh.line(/ PM jill -> jack to machine 0$/);
    await fresh.line(/ PM jill -> jack after the change$/);
    await fresh.line("End of history (10 messages).");
  });
});

Deno.test("VERIFY shows the same number at both ends, and PM says that the peer is verified, on the next machine too", async () => {
  await withFolder(async (folder) => {
    await using server = await startServerHere(`${folder}/server`);
    await using jill = await start(server.port, "jill", `${folder}/jill`);
    await using jack = await start(server.port, "jack", `${folder}/jack`);
    await jack.type("PM jill", "hello");
    await jack.line(
      "(With jill: end-to-end encrypted, not verified yet; VERIFY jill compares keys.)",
    );
    await jack.line("Private message sent.");
    const numberOf = async (program: Program, peer: string) => {
      await program.type(`VERIFY ${peer}`);
      await program.line(`The safety number that you and ${peer} share:`);
      const lines: string[] = [];
      while (lines.length < 3) lines.push(await program.line(/^\d{5}( \d{5}){3}$/));
      return lines.join(" ");
    };
    const number = await numberOf(jack, "jill");
    assertEquals(await numberOf(jill, "jack"), number);
    await jill.type("no");
    await jill.line("jack is not verified.");
    await jack.line(/^Does jill see the same number\?/);
    await jack.type("perhaps", "yes");
    await jack.line("You have verified jill.");
    await jack.type("PM jill", "hello again");
    await jack.line("(With jill: end-to-end encrypted, verified.)");
    await using elsewhere = await start(server.port, "jack", `${folder}/elsewhere`);
    await elsewhere.type("VERIFY", "jill");
    await elsewhere.line("You have verified jill.");
    await elsewhere.type("VERIFY nobody", "VERIFY jack", "TRUST jill");
    await elsewhere.line("There is no user with that name.");
    await elsewhere.line("These are your own keys");
    await elsewhere.line("The key of jill has not changed: there is nothing to accept.");
  });
});

Deno.test("a changed key stops PM with a warning that names the peer, until TRUST", async () => {
  await withFolder(async (folder) => {
    const directory = `${folder}/server`;
    const before = await startServerProgram(directory);
    await using first = before.program;
    {
      await using jill = await start(before.port, "jill", `${folder}/jill`);
      await using jack = await start(before.port, "jack", `${folder}/jack`);
      await jack.type("PM jill one", "EX");
      await jill.line("from jack ****: one");
      await jill.type("EX");
      assertEquals([await jack.status(), await jill.status()], [0, 0]);
    }
    first.signal("SIGTERM");
    await first.status();
    // The account gets other keys, as if it had been made anew.
    const database = new DatabaseSync(`${directory}/${databaseFileName}`);
    database.exec(
      "DELETE FROM identities WHERE account = (SELECT id FROM accounts WHERE key = 'jill')",
    );
    database.close();
    const after = await startServerProgram(directory, { port: before.port });
    await using _second = after.program;
    await using jill = await start(after.port, "jill", `${folder}/new jill`);
    await using jack = await start(after.port, "jack", `${folder}/jack`);
    await jack.type("PM jill", "secret");
    await jack.line(/^\*\*\*\* The key of jill has changed: .*TRUST jill/);
    await jack.line("(With jill: the key has changed, nothing is sent.)");
    await jack.line("Enter the private message:");
    await jack.line(/^The key of jill has changed/);
    await jill.type("PM jack hello");
    await jack.line(
      /^\*\*\*\* Incoming private message from jill \*\*\*\*: \(This message cannot be opened\..*TRUST jill/,
    );
    await jack.type("TRUST jill");
    await jack.line("You trust the new key of jill. VERIFY jill compares it.");
    await jack.type("PM jill two");
    await jack.line("Private message sent.");
    await jill.line("from jack ****: two");
    await jack.type("CH");
    await jack.line(/ PM jack -> jill one$/);
    await jack.line(/ PM jill -> jack hello$/);
    await jack.line(/ PM jack -> jill two$/);
    assert(!jill.lines.some((line) => line.includes("secret")));
  });
});

Deno.test("to someone without end-to-end encryption PM asks once, and marks what is readable", async () => {
  await withFolder(async (folder) => {
    const directory = `${folder}/server`;
    const storage = await openStorage(directory);
    await createAccount(storage, await makeAccountRecord("irc"));
    await storage.close();
    const server = await startServerProgram(directory);
    await using _program = server.program;
    await using jack = await start(server.port, "jack", `${folder}/jack`);
    await jack.type("PM irc secret");
    await jack.line("(With irc: not end-to-end encrypted, the server can read it.)");
    await jack.line("irc uses a program without end-to-end encryption");
    await jack.line("Send it anyway, and do not ask again for this person? (yes/no)");
    await jack.type("no");
    await jack.line("Nothing was sent.");
    await jack.type("PM irc not secret", "yes");
    await jack.line("Private message stored; irc will get it at the next sign-in.");
    await jack.type("PM irc again");
    await jack.line("Private message stored; irc will get it at the next sign-in.");
    await jack.type("CH");
    assertMatch(
      await jack.line("not secret"),
      /^\S+ \S+ PM jack -> irc not secret \(not end-to-end encrypted\)$/,
    );
    await jack.line("End of history (2 messages).");
    assertEquals(jack.lines.filter((line) => line.includes("(yes/no)")).length, 2);
  });
});
