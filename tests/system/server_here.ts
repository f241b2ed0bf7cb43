/**
 * A server in the test's own process that keeps everything in memory: for tests of a program that talks to it. It speaks TLS and decides like
 * the real one, and costs a hundredth of the processor time of a process with its threads.
 *
 * @module
 */
import { silentLogger } from "../../server/common/log.ts";
import { type RunningServer, startServer } from "../../server/main/compose.ts";
import type { ServerOptions } from "../../server/main/server_options.ts";
import { MemoryStorage } from "../fixtures/memory_storage.ts";

/** A server that runs until it is disposed of. */
export interface ServerHere extends AsyncDisposable {
  readonly port: number;
  readonly fingerprint: string;
  readonly listeners: RunningServer["listeners"];
}

/**
 * Starts one on a free port of the loopback address, with the limits that a server has where no flag is given.
 *
 * @param directory A folder that does not exist, for its certificate and the files that people send.
 * @param more What differs.
 */
export async function startServerHere(
  directory: string,
  more: Partial<ServerOptions> = {},
): Promise<ServerHere> {
  await Deno.mkdir(directory, { mode: 0o700 });
  const server = await startServer({
    host: "127.0.0.1",
    port: 0,
    dataDirectory: directory,
    name: "test",
    registration: "open",
    postsPerSecond: 100,
    bytesPerDay: 2_000_000_000,
    logger: silentLogger,
    openStorage: () => Promise.resolve(new MemoryStorage()),
    ...more,
  });
  return {
    port: server.address.port,
    fingerprint: server.fingerprint,
    listeners: server.listeners,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
