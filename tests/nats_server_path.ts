/**
 * Where the program of NATS is that tests of a cluster start. Older ones than these tests want cannot sync before they acknowledge.
 *
 * @module
 */
import { join } from "node:path";

/** The oldest version that will do. */
const oldest = [2, 15] as const;

/** The folder into which tools/get_nats_server.ts puts it; null where there is no home. */
export function natsServerFolder(): string | null {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? "";
  const home = Deno.env.get("HOME") ?? "";
  if (cache.startsWith("/")) return join(cache, "chat-tests", "nats-server");
  return home === "" ? null : join(home, ".cache", "chat-tests", "nats-server");
}

/** Looks for the program: on the path, then in the folder of its own. */
export function natsServerPath(): string | null {
  const folder = natsServerFolder();
  const own = folder === null ? [] : [join(folder, "usr", "sbin", "nats-server")];
  return ["nats-server", ...own].find(isNewEnough) ?? null;
}

function isNewEnough(program: string): boolean {
  try {
    const { stdout } = new Deno.Command(program, {
      args: ["--version"],
      stdin: "null",
      stderr: "null",
    }).outputSync();
    const [, major, minor] = /v(\d+)\.(\d+)/.exec(new TextDecoder().decode(stdout)) ?? [];
    const [oldestMajor, oldestMinor] = oldest;
    return Number(major) > oldestMajor ||
      (Number(major) === oldestMajor && Number(minor) >= oldestMinor);
  } catch {
    return false;
  }
}
