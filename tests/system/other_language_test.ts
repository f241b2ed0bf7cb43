import { assertEquals, assertStringIncludes } from "@std/assert";
import { withFolder } from "../fixtures/folders.ts";
import { pythonPath } from "../fixtures/python.ts";
import { testWanting } from "../needs.ts";
import {
  Program,
  type ServerProgram,
  startClientProgram,
  startServerProgram,
} from "./processes.ts";

const test = testWanting("python3");

/** Written from docs/protocol.md alone, with Python's standard library only. */
const pythonClient = new URL("./python_client.py", import.meta.url).pathname;

interface Start {
  readonly name: string;
  readonly password?: string;
  readonly fingerprint?: string;
}

function startPython(server: ServerProgram, start: Start): Program {
  const { name, password = `password of ${name}`, fingerprint = server.fingerprint } = start;
  const args = ["127.0.0.1", String(server.port), name, fingerprint];
  const env = { CHAT_PASSWORD: password, PYTHONIOENCODING: "utf-8" };
  return new Program(args, env, [pythonPath(), pythonClient]);
}

/** A server on which jack has an account and has said hello. */
async function withJack(
  use: (server: ServerProgram, folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const server = await startServerProgram(`${folder}/server`);
    await using _program = server.program;
    await using jack = startClientProgram(server.port, "jack", { directory: `${folder}/jack` });
    await jack.type("BM hello, Python", "EX");
    assertEquals(await jack.status(), 0);
    await use(server, folder);
  });
}

test("a client written from the document alone signs in, posts, hears others and reads the history", async () => {
  await withJack(async (server, folder) => {
    await using jill = startClientProgram(server.port, "jill", { directory: `${folder}/jill` });
    await jill.line("Welcome, jill.");
    await using python = startPython(server, { name: "JACK", password: "password of jack" });
    await python.line("signed in as jack");
    await python.type("BM grüße aus Python, 你好");
    assertEquals(await python.line("stored"), "stored 2");
    await jill.line("**** Incoming public message from jack ****: grüße aus Python, 你好");
    await python.type("ME waves", "BM \u001b", "WHO");
    await python.line("stored 3");
    await jill.line("**** Incoming public message from jack ****: * jack waves");
    await python.line("refused bad_text: ");
    await python.line("online: jack jill");
    await jill.type("BM and to you", "PM jack only for you");
    await python.line("arrived 4 jill -> #lobby: and to you");
    await python.line("arrived 5 jill -> jack: (sealed)");
    await python.type("CH", "EX");
    await python.line("history 1 jack -> #lobby: hello, Python");
    await python.line("history 2 jack -> #lobby: grüße aus Python, 你好");
    await python.line("history 3 jack -> #lobby: * jack waves");
    await python.line("history 4 jill -> #lobby: and to you");
    await python.line("history 5 jill -> jack: (sealed)");
    await python.line("end of history");
    await python.line("left");
    assertEquals(await python.status(), 0);
    assertEquals(python.errors, []);
  });
});

test("a client written from the document alone notices a wrong server and a wrong password", async () => {
  await withJack(async (server) => {
    const fingerprint = "SHA256:" + "A".repeat(43);
    await using elsewhere = startPython(server, { name: "jack", fingerprint });
    assertEquals(await elsewhere.status(), 3);
    assertStringIncludes(elsewhere.errors.join("\n"), server.fingerprint);
    await using thief = startPython(server, { name: "jack", password: "not the password" });
    assertEquals(await thief.status(), 4);
    assertEquals(thief.errors, ["sign_in_refused: Wrong name or password."]);
    await using nobody = startPython(server, { name: "nobody" });
    assertEquals(await nobody.status(), 4);
    assertStringIncludes(nobody.errors.join("\n"), "no_such_user: ");
  });
});
