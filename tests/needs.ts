/**
 * What some tests want of the machine beside Deno. A test that wants what is not there is ignored: `tools/run_tests.ts` looks
 * first, installs what it may, and says in the end what was ignored and how to get it.
 *
 * @module
 */
import { join } from "node:path";
import { natsServerPath } from "./nats_server_path.ts";

/** Something that a test wants. */
export interface Need {
  /** Looks whether it is there. */
  isThere(): boolean;
  /** The Debian package that brings it; null where none does. */
  readonly debianPackage: string | null;
}

/** Everything that tests want, by the name that people read. */
export const needs = {
  "bash": command("bash"),
  "chromium": command("chromium"),
  "irssi": command("irssi"),
  "nats-server 2.15": { isThere: () => natsServerPath() !== null, debianPackage: null },
  "nohup": command("nohup", "coreutils"),
  "openssl": command("openssl"),
  "python3": command("python3"),
  "python3-cryptography": {
    isThere: () => succeeds("python3", "-c", "import cryptography"),
    debianPackage: "python3-cryptography",
  },
  "root": { isThere: () => Deno.uid() === 0 && mountsDisk(), debianPackage: null },
  "setpriv": command("setpriv", "util-linux"),
  "strace": command("strace"),
  "stty": command("stty", "coreutils"),
  "tar": command("tar"),
  "tmux": command("tmux"),
} as const satisfies Record<string, Need>;

/** The name of something that a test wants. */
export type NeedName = keyof typeof needs;

const found = new Map<NeedName, boolean>();

/** Looks for one thing; once, since a test file is not to wait for it again and again. */
function has(name: NeedName): boolean {
  if (!found.has(name)) found.set(name, needs[name].isThere());
  return found.get(name)!;
}

/**
 * Looks for everything anew.
 *
 * @returns The names of what is missing, in order.
 */
export function missingNeeds(): NeedName[] {
  return (Object.keys(needs) as NeedName[]).filter((name) => !needs[name].isThere());
}

/**
 * Registers tests that want something: `const test = testWanting("irssi")`, then `test("irssi joins", async () => …)`.
 *
 * @param names What they want.
 * @returns A function like `Deno.test`, by which a test is ignored where something is missing.
 */
export function testWanting(...names: NeedName[]) {
  return (name: string, run: (context: Deno.TestContext) => Promise<void>): void =>
    Deno.test(name, { ignore: !names.every(has) }, run);
}

function command(name: string, debianPackage: string = name): Need {
  return { isThere: () => isOnPath(name), debianPackage };
}

/** Whether a command can be found without starting it. */
export function isOnPath(name: string): boolean {
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  return folders.some((folder) => {
    try {
      const { isFile, mode } = Deno.statSync(join(folder, name));
      return isFile && ((mode ?? 0) & 0o111) !== 0;
    } catch {
      return false;
    }
  });
}

function succeeds(program: string, ...args: string[]): boolean {
  if (!isOnPath(program)) return false;
  const options = { args, stdin: "null", stdout: "null", stderr: "null" } as const;
  return new Deno.Command(program, options).outputSync().success;
}

/** Root of a container may be forbidden to mount anything. */
function mountsDisk(): boolean {
  const folder = Deno.makeTempDirSync({ prefix: "chat-test-" });
  try {
    return succeeds("mount", "-t", "tmpfs", "tmpfs", folder) && succeeds("umount", folder);
  } finally {
    Deno.removeSync(folder);
  }
}
