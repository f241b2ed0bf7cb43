import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { withFolder } from "../fixtures/folders.ts";
import { startClientProgram, startServerProgram } from "./processes.ts";
import { startServerHere } from "./server_here.ts";

const prompt =
  "Please enter your operation (BM: Broadcast Messaging, PM: Private Messaging, CH: Chat History, EX: Exit):";

Deno.test("two people register, broadcast, whisper, read the history and leave", async () => {
  await withFolder(async (folder) => {
    const server = await startServerProgram(`${folder}/server`);
    await using program = server.program;
    await using jack = startClientProgram(server.port, "jack", { directory: `${folder}/jack` });
    await jack.line("Your account has been successfully created!");
    await jack.line(prompt);
    await using jill = startClientProgram(server.port, "jill", { directory: `${folder}/jill` });
    await jill.line(prompt);

    await jack.type("BM");
    await jack.line("Enter the public message:");
    await jack.type("hello, everyone");
    await jack.line("Public message sent.");
    await jill.line("**** Incoming public message from jack ****: hello, everyone");

    await jill.type("pm");
    await jill.line("Peers online:");
    await jill.line("jack");
    await jill.line("Peer to message:");
    await jill.type("nobody");
    await jill.line('No user named "nobody".');
    await jill.line("(The next line was meant as the private message: it was skipped.)");
    await jill.type("BM only for nobody");
    await jill.line(prompt);
    await jill.type("pm", "jack");
    await jill.line("Peer to message:");
    await jill.line("Enter the private message:");
    await jill.type("only for you");
    await jill.line("Private message sent.");
    await jack.line("**** Incoming private message from jill ****: only for you");

    for (const [client, status] of [[jack, 0], [jill, 1]] as const) {
      await client.type("CH");
      assertMatch(
        await client.line("hello, everyone"),
        /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d #lobby <jack> hello, everyone$/,
      );
      assertMatch(await client.line("only for you"), /^\S+ \S+ PM jill -> jack only for you$/);
      await client.line("End of history (2 messages).");
      await client.type("EX");
      await client.line("The session has ended.");
      assertEquals(await client.status(), status);
    }
    assertEquals(jill.errors, ["chat: Some operations failed: see above."]);
    program.signal("SIGTERM");
    assertEquals(await program.status(), 0);
  });
});

Deno.test("a broadcast reaches everyone else, once, and not its sender", async () => {
  await withFolder(async (folder) => {
    await using server = await startServerHere(`${folder}/server`);
    await using jack = startClientProgram(server.port, "jack", { directory: `${folder}/jack` });
    await jack.line(prompt);
    await using jill = startClientProgram(server.port, "jill", { directory: `${folder}/jill` });
    await jill.line(prompt);
    await using joe = startClientProgram(server.port, "joe", { directory: `${folder}/joe` });
    await joe.line(prompt);
    await jack.type("BM", "to all", "EX");
    await jack.line("The session has ended.");
    for (const client of [jill, joe]) {
      await client.line("**** Incoming public message from jack ****: to all");
      await client.type("EX");
      await client.line("The session has ended.");
      assertEquals(client.lines.filter((line) => line.includes("to all")).length, 1);
    }
    assert(!jack.lines.some((line) => line.includes("Incoming")));
  });
});

Deno.test("operations are taken in any letter case, and nonsense is answered", async () => {
  await withFolder(async (folder) => {
    await using server = await startServerHere(`${folder}/server`);
    await using jack = startClientProgram(server.port, "jack", { directory: `${folder}/jack` });
    await jack.line(prompt);
    await jack.type("xyzzy", "", "\u001b[2J", "help", "ch", "who", "rooms", "search nothing", "ex");
    await jack.line('Unknown operation "xyzzy". HELP lists all operations.');
    const escape = await jack.line("Unknown operation");
    assert(!escape.includes("\u001b"), "an escape character must not come back");
    for (
      const operation of ["BM", "PM", "CH", "EX", "WHO", "ROOMS", "JOIN", "LEAVE", "SEARCH", "HELP"]
    ) {
      await jack.line(new RegExp(`^${operation} `));
    }
    await jack.line("End of history (0 messages).");
    await jack.line("1 online:");
    await jack.line("#lobby (1 online, joined)");
    await jack.line("End of search (0 messages).");
    await jack.line("The session has ended.");
    assertEquals(await jack.status(), 1);
  });
});

Deno.test("a piped script ends only after its message is acknowledged, also without EX", async () => {
  await withFolder(async (folder) => {
    await using server = await startServerHere(`${folder}/server`);
    await using jack = startClientProgram(server.port, "jack", { directory: `${folder}/jack` });
    await jack.type("BM", "by a script");
    await jack.endInput();
    assertEquals(await jack.status(), 0);
    assertStringIncludes(jack.lines.join("\n"), "Public message sent.\n");
    assertEquals(jack.lines.at(-1), "The session has ended.");
    await using jill = startClientProgram(server.port, "jill", { directory: `${folder}/jill` });
    await jill.type("CH");
    await jill.line("<jack> by a script");
    await jill.line("End of history (1 message).");
  });
});

Deno.test("a message to someone offline is stored and there at the next sign-in", async () => {
  await withFolder(async (folder) => {
    await using server = await startServerHere(`${folder}/server`);
    await using early = startClientProgram(server.port, "jill", { directory: `${folder}/jill` });
    await early.type("EX");
    assertEquals(await early.status(), 0);
    await using jack = startClientProgram(server.port, "jack", { directory: `${folder}/jack` });
    await jack.type("PM", "jill", "for later", "EX");
    await jack.line("Private message stored; jill will get it at the next sign-in.");
    assertEquals(await jack.status(), 0);
    await using jill = startClientProgram(server.port, "jill", { directory: `${folder}/jill` });
    await jill.line("You have missed 1 message: CH shows it.");
    await jill.type("CH");
    await jill.line("PM jack -> jill for later");
  });
});

Deno.test("a wrong password is refused with status 4, on whichever machine", async () => {
  await withFolder(async (folder) => {
    await using server = await startServerHere(`${folder}/server`);
    await using jack = startClientProgram(server.port, "jack", { directory: `${folder}/jack` });
    await jack.type("EX");
    assertEquals(await jack.status(), 0);
    await using thief = startClientProgram(server.port, "Jack", {
      directory: `${folder}/thief`,
      password: "not the password",
    });
    assertEquals(await thief.status(), 4);
    assertEquals(thief.errors, [
      'chat: Wrong name or password. If somebody else has the name "Jack", choose another.',
    ]);
  });
});

Deno.test("a second machine signs in to the same account and reads its history", async () => {
  await withFolder(async (folder) => {
    await using server = await startServerHere(`${folder}/server`);
    await using first = startClientProgram(server.port, "jack", { directory: `${folder}/one` });
    await first.type("BM", "from the first machine");
    await first.line("Public message sent.");
    await using second = startClientProgram(server.port, "jack", { directory: `${folder}/two` });
    await second.type("CH");
    await second.line("<jack> from the first machine");
    await second.type("WHO");
    await second.line("1 online:");
  });
});

Deno.test("clients live through a restart of the server and miss nothing", async () => {
  await withFolder(async (folder) => {
    const before = await startServerProgram(`${folder}/server`);
    await using first = before.program;
    await using jack = startClientProgram(before.port, "jack", { directory: `${folder}/jack` });
    await jack.line(prompt);
    await using jill = startClientProgram(before.port, "jill", { directory: `${folder}/jill` });
    await jill.line(prompt);
    first.signal("SIGTERM");
    assertEquals(await first.status(), 0);
    await jack.line("**** The connection was lost; trying again. ****");
    await jack.type("BM", "while it was away");
    const after = await startServerProgram(`${folder}/server`, { port: before.port });
    await using _second = after.program;
    await jack.line("Public message sent.");
    await jill.line("**** Incoming public message from jack ****: while it was away");
    assertEquals(after.fingerprint, before.fingerprint);
    await jill.type("CH");
    await jill.line("End of history (1 message).");
  });
});

Deno.test("a server with another key is refused with status 3, and nothing is sent to it", async () => {
  await withFolder(async (folder) => {
    const before = await startServerProgram(`${folder}/server`);
    await using first = before.program;
    await using jack = startClientProgram(before.port, "jack", { directory: `${folder}/jack` });
    await jack.type("EX");
    assertEquals(await jack.status(), 0);
    first.signal("SIGTERM");
    await first.status();
    const after = await startServerProgram(`${folder}/other`, { port: before.port });
    await using _second = after.program;
    await using again = startClientProgram(before.port, "jack", { directory: `${folder}/jack` });
    assertEquals(await again.status(), 3);
    const message = again.errors.join("\n");
    assertStringIncludes(message, before.fingerprint);
    assertStringIncludes(message, after.fingerprint);
  });
});

Deno.test("a script must say which server it trusts: a new one is refused with status 3", async () => {
  await withFolder(async (folder) => {
    await using server = await startServerHere(`${folder}/server`);
    const start = (args: string[]) =>
      startClientProgram(server.port, "jack", { directory: `${folder}/jack`, args });
    await using careless = start([]);
    assertEquals(await careless.status(), 3);
    const wayOn = `jack --data ${folder}/jack --plain --fingerprint ${server.fingerprint}`;
    assertStringIncludes(careless.errors.join("\n"), wayOn);
    const other = "SHA256:" + "A".repeat(43);
    await using wrong = start(["--fingerprint", other]);
    assertEquals(await wrong.status(), 3);
    await using right = start(["--fingerprint", server.fingerprint]);
    await right.type("EX");
    assertEquals(await right.status(), 0);
  });
});

Deno.test("rooms are made, joined, talked in, and left", async () => {
  await withFolder(async (folder) => {
    await using server = await startServerHere(`${folder}/server`);
    await using jack = startClientProgram(server.port, "jack", { directory: `${folder}/jack` });
    await jack.type("JOIN", "#garden");
    await jack.line("You have created #garden. BM goes there now.");
    await using jill = startClientProgram(server.port, "jill", { directory: `${folder}/jill` });
    await jill.type("JOIN garden");
    await jill.line("You have joined #garden. BM goes there now.");
    await jack.type("BM roses");
    await jill.line("**** Incoming public message from jack in #garden ****: roses");
    await jill.type("LEAVE", "SEARCH roses");
    await jill.line("You have left #garden: BM goes to #lobby.");
    await jill.line("End of search (0 messages).");
  });
});
