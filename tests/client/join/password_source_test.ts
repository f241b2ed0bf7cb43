import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  givenPassword,
  type PasswordSource,
  readPassword,
} from "../../../client/join/password_source.ts";
import { ExitError, exitStatus } from "../../../platform/command_line.ts";
import { withFolder } from "../../fixtures/folders.ts";

/** A source whose answers are given beforehand; what is asked and written is noted. */
function makeSource(
  answers: (string | null)[],
  more: Partial<PasswordSource> = {},
): { source: PasswordSource; asked: string[]; written: string[] } {
  const asked: string[] = [];
  const written: string[] = [];
  const answer = (question: string) => {
    asked.push(question);
    return Promise.resolve(answers.shift() ?? null);
  };
  const source: PasswordSource = {
    file: undefined,
    folder: Deno.cwd(),
    terminal: true,
    readLine: answer,
    readSecret: answer,
    write: (line) => written.push(line),
    ...more,
  };
  return { source, asked, written };
}

async function refusal(action: () => Promise<unknown>): Promise<ExitError> {
  return await assertRejects(action, ExitError);
}

const good = "correct horse battery";

Deno.test("a new password is asked for twice on a terminal, a known one once", async () => {
  const { source, asked } = makeSource([good, good, good]);
  assertEquals(await readPassword(source, "new"), good);
  assertEquals(asked, ["Now please create your password!", "Once more, please:"]);
  assertEquals(await readPassword(source, "known"), good);
  assertEquals(asked.at(-1), "Now please type in your password!");
});

Deno.test("a new password that breaks the rules, or differs the second time, is asked for again", async () => {
  const { source, written } = makeSource(["short", good, "different", good, good]);
  assertEquals(await readPassword(source, "new"), good);
  assertEquals(written.length, 4);
  assertEquals(written[0], "(8 characters or more; nothing is shown while you type.)");
  assertStringIncludes(written[1]!, "nobody can recover it");
  assertStringIncludes(written[2]!, "8");
  assertEquals(written[3], "The two passwords do not match.");
  for (const line of written) assert(!line.includes("short") && !line.includes("different"));
});

Deno.test("Enter alone at a password's prompt asks again instead of ending the program", async () => {
  const { source, asked, written } = makeSource(["", good]);
  assertEquals(await readPassword(source, "known"), good);
  assertEquals(asked.length, 2);
  assertEquals(written, ["(Nothing was typed. Press Ctrl-C to leave.)"]);
});

Deno.test("asking for a new password comes to an end", async () => {
  const { source, asked } = makeSource(Array(50).fill("short"));
  const error = await refusal(() => readPassword(source, "new"));
  assertEquals([error.status, error.message], [exitStatus.signInRefused, "No password was set."]);
  assertEquals(asked.length, 5);
});

Deno.test("a script gives a password in one line, and is not asked again", async () => {
  const { source, asked } = makeSource([good], { terminal: false, readSecret: undefined });
  assertEquals(await readPassword(source, "new"), good);
  assertEquals(asked.length, 1);
  const bad = makeSource(["short", good], { terminal: false, readSecret: undefined });
  assertEquals((await refusal(() => readPassword(bad.source, "new"))).status, 4);
  assertEquals(bad.asked.length, 1);
});

for (const [what, answer] of [["the end of input", null], ["an empty line", ""]] as const) {
  Deno.test(`${what} instead of a password ends with status 4`, async () => {
    for (const terminal of [true, false]) {
      const { source } = makeSource([answer], { terminal });
      const error = await refusal(() => readPassword(source, "known"));
      assertEquals([error.status, error.message], [4, "No password was given."]);
    }
  });
}

Deno.test("a known password may be anything: rules were others once", async () => {
  const { source } = makeSource(["short"]);
  assertEquals(await readPassword(source, "known"), "short");
});

Deno.test("the password file is read without its last line break, and goes before asking", async () => {
  await withFolder(async (folder) => {
    for (
      const [text, password] of [["a b\n", "a b"], ["x\r\n", "x"], ["y\n\n", "y\n"], ["z", "z"]]
    ) {
      const file = `${folder}/password`;
      await Deno.writeTextFile(file, text!, { mode: 0o600 });
      const { source, asked } = makeSource([], { file });
      assertEquals([await readPassword(source, "known"), asked], [password!, []]);
      assertEquals(await givenPassword(source), password);
    }
  });
});

Deno.test("a password file that is not there, too long or a folder ends with status 1, and no part of it is told", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/long`, "secret".repeat(1_000), { mode: 0o600 });
    for (const [name, reason] of [["none", "no such file"], ["long", "longer than"], ["", ""]]) {
      const { source } = makeSource([], { file: `${folder}/${name}` });
      const error = await refusal(() => givenPassword(source));
      assertEquals(error.status, exitStatus.failed);
      assertStringIncludes(error.message, reason!);
      assert(!error.message.includes("secret"));
    }
  });
});
