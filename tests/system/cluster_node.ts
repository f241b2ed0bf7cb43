/**
 * A server of a cluster, as a real program, and the way to it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { registrationOf } from "../fixtures/accounts.ts";
import { type ServerProgram, startServerProgram } from "./processes.ts";
import { Wire } from "./wire.ts";

/** A server of the cluster. */
export interface ClusterNode extends AsyncDisposable {
  readonly folder: string;
  readonly server: ServerProgram;
  readonly wire: Wire;
  /** Where clients reach it. */
  readonly address: string;
  /** Ends it as asked, so that everything is in its database. */
  stop(): Promise<void>;
  /** Ends it without a word. */
  kill(): Promise<void>;
}

/**
 * Starts one.
 *
 * @param folder Its data folder.
 * @param urls Where NATS is.
 * @param options The port to take again; further words of the command line.
 */
export async function startClusterNode(
  folder: string,
  urls: string,
  options: { readonly port?: number; readonly args?: readonly string[] } = {},
): Promise<ClusterNode> {
  const { port, args = [] } = options;
  const server = await startServerProgram(folder, {
    args: ["--cluster", urls, "--posts-per-second", "0", ...args],
    ...(port === undefined ? {} : { port }),
  });
  const { program } = server;
  return {
    folder,
    server,
    wire: await Wire.to(folder, server.port),
    address: `127.0.0.1:${server.port}`,
    stop: async () => {
      program.signal("SIGTERM");
      assertEquals(await program.status(), 0, program.transcript());
    },
    kill: async () => {
      program.signal("SIGKILL");
      await program.status();
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

/** Makes accounts with the password of everyone. */
export async function registerAt({ wire }: ClusterNode, ...names: string[]): Promise<void> {
  using peer = await wire.peer();
  for (const name of names) {
    const reply = await peer.ask("register", await registrationOf(name));
    assertEquals(reply["error"], undefined, name);
  }
}
