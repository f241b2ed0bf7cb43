import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { testWanting } from "../needs.ts";
import { type Ended, type OneFile, withOneFile } from "./one_file.ts";

const test = testWanting("tar");

const text = (ended: Ended) => ended.stdout + ended.stderr;

test("the self-extracting file", async (t) => {
  await withOneFile(async (file) => {
    await t.step("says what it made, and how large it is", () => {
      assertMatch(file.buildOutput, /chat \(\d+\.\d MB\)\n$/);
    });
    await t.step("prints its help, alone in a folder and without Deno", () => printsHelp(file));
    await t.step("unpacks into a folder that only its owner can enter", () => isClosed(file));
    await t.step("ends with the program's status and one line", () => passesStatus(file));
    await t.step("lets server and client talk, and stops on SIGTERM", () => talks(file));
    await t.step("names a limit of open files that is too low", () => namesLowLimit(file));
    await t.step("reads no configuration of the current folder", () => readsNoConfiguration(file));
    await t.step("works from two first starts at once", () => startsTwice(file));
    await t.step("refuses a folder that is open to others", () => refusesOpenFolder(file));
    await t.step("refuses a link in place of its folder", () => refusesLink(file));
    await t.step("refuses to start without a place to unpack", () => needsHome(file));
    await t.step("refuses to unpack when it is damaged itself", () => refusesDamagedFile(file));
  });
});

async function printsHelp(file: OneFile): Promise<void> {
  const ended = await file.run([]);
  assertEquals(ended.code, 0, text(ended));
  assertStringIncludes(ended.stdout, "chat server");
  assertEquals(ended.stderr, "");
}

async function isClosed(file: OneFile): Promise<void> {
  const base = join(file.cache, "chat-runtime");
  const [unpacked] = await namesIn(base);
  assertEquals((await namesIn(base)).length, 1);
  for (const folder of [base, join(base, String(unpacked))]) {
    assertEquals(((await Deno.stat(folder)).mode ?? 0) & 0o777, 0o700);
  }
  assertEquals(await namesIn(file.home), [".cache"]);
}

async function passesStatus(file: OneFile): Promise<void> {
  const ended = await file.run(["server", "410002"]);
  assertEquals(ended.code, 2);
  assertMatch(ended.stderr, /^[^\n]*410002[^\n]*\n$/);
}

async function talks(file: OneFile): Promise<void> {
  await using server = await file.startServer();
  const ended = await file.run(
    ["client", "127.0.0.1", String(server.port), "jack", "--accept-new", "--plain"],
    { input: "BM\nfrom the one file\nCH\nEX\n", env: { CHAT_PASSWORD: "correct horse battery" } },
  );
  assertEquals(ended.code, 0, text(ended));
  assertMatch(ended.stdout, /#lobby <jack> from the one file\n/);
  assertEquals(await server.stop(), { code: 0, signal: null });
}

async function namesLowLimit(file: OneFile): Promise<void> {
  const shell = 'ulimit -n 200 && exec "$0" server 0 --check --data "$1"';
  const { code, stderr } = await new Deno.Command("/bin/sh", {
    args: ["-c", shell, file.path, await file.newFolder()],
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin", HOME: file.home },
  }).output();
  const said = new TextDecoder().decode(stderr);
  assertEquals(code, 0, said);
  assertStringIncludes(said, "At most 200 files may be open at once");
}

async function readsNoConfiguration(file: OneFile): Promise<void> {
  const cwd = await file.newFolder();
  for (const name of ["deno.json", "package.json", "deno.lock", ".npmrc", "tsconfig.json"]) {
    await Deno.writeTextFile(join(cwd, name), "this is no configuration {");
  }
  const ended = await file.run([], { cwd });
  assertEquals([ended.code, ended.stderr], [0, ""]);
}

async function startsTwice(file: OneFile): Promise<void> {
  const env = { XDG_CACHE_HOME: await file.newFolder() };
  const both = await Promise.all([file.run([], { env }), file.run([], { env })]);
  for (const ended of both) assertEquals([ended.code, ended.stderr], [0, ""]);
  const base = join(env.XDG_CACHE_HOME, "chat-runtime");
  const [unpacked, ...more] = await namesIn(base);
  assertEquals(more, []);
  const inside = await namesIn(join(base, String(unpacked)));
  assertEquals(inside.filter((name) => name.startsWith("unpacking")), []);
}

async function refusesOpenFolder(file: OneFile): Promise<void> {
  const env = { XDG_CACHE_HOME: await file.newFolder() };
  const base = join(env.XDG_CACHE_HOME, "chat-runtime");
  await Deno.mkdir(base);
  await Deno.chmod(base, 0o777);
  await assertRefused(file, env, "not yours alone");
  assertEquals(await namesIn(base), []);
}

async function refusesLink(file: OneFile): Promise<void> {
  const env = { XDG_CACHE_HOME: await file.newFolder() };
  const elsewhere = await file.newFolder();
  await Deno.symlink(elsewhere, join(env.XDG_CACHE_HOME, "chat-runtime"));
  await assertRefused(file, env, "not yours alone");
  assertEquals(await namesIn(elsewhere), []);
}

async function needsHome(file: OneFile): Promise<void> {
  await assertRefused(file, { HOME: "" }, "set XDG_CACHE_HOME");
  await assertRefused(file, { HOME: "/proc/nothing" }, "set XDG_CACHE_HOME");
}

async function refusesDamagedFile(file: OneFile): Promise<void> {
  const bytes = await Deno.readFile(file.path);
  const at = Math.trunc(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await Deno.writeFile(file.path, bytes);
  const env = { XDG_CACHE_HOME: await file.newFolder() };
  await assertRefused(file, env, "damaged");
  assertEquals(await namesIn(join(env.XDG_CACHE_HOME, "chat-runtime")), []);
}

async function assertRefused(
  file: OneFile,
  env: Record<string, string>,
  why: string,
): Promise<void> {
  const ended = await file.run([], { env });
  assertEquals([ended.code, ended.stdout], [1, ""]);
  assertMatch(ended.stderr, /^chat: [^\n]+\n$/);
  assertStringIncludes(ended.stderr, why);
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}
