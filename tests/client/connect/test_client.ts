/**
 * A client for tests of how a server is connected to.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import {
  openConnection,
  type OpenConnectionOptions,
  type TrustedConnection,
} from "../../../client/connect/connection.ts";
import { knownServersFileName } from "../../../client/files/known_servers.ts";
import { type NewServer, ServerTrust } from "../../../client/connect/trust.ts";
import { withFolder } from "../../fixtures/folders.ts";
import type { TestServer } from "./tls_servers.ts";

/** The address of every server in these tests. */
export const host = "127.0.0.1";

/** A machine that trusts no authority. */
export const noAuthorities = (): string[] => [];

/** A client with a data folder, which notes what it asks its user. */
export class Client {
  readonly asked: NewServer[] = [];
  agrees = true;

  constructor(readonly folder: string) {}

  async open(
    server: Pick<TestServer, "port">,
    options: Partial<OpenConnectionOptions> & { fingerprint?: string } = {},
  ): Promise<TrustedConnection> {
    const trust = new ServerTrust({
      dataDirectory: this.folder,
      expectedFingerprint: options.fingerprint,
      confirmNewServer: (asked) => {
        this.asked.push(asked);
        return Promise.resolve(this.agrees);
      },
    });
    const { port } = server;
    return await openConnection({
      host,
      port,
      trust,
      timeoutMs: 10_000,
      authorities: noAuthorities,
      ...options,
    });
  }

  /** Opens a connection, sees that it carries data, and closes it. */
  async visit(...of: Parameters<Client["open"]>): Promise<Omit<TrustedConnection, "transport">> {
    const { transport, ...rest } = await this.open(...of);
    try {
      const buffer = new Uint8Array(100);
      const length = await transport.read(buffer) ?? 0;
      assertEquals(new TextDecoder().decode(buffer.subarray(0, length)), "welcome\n");
    } finally {
      transport.close();
    }
    return rest;
  }

  knownServersPath(): string {
    return join(this.folder, knownServersFileName);
  }
}

/** Gives a test a client with a folder of its own. */
export async function withClient(use: (client: Client) => Promise<void>): Promise<void> {
  await withFolder((folder) => use(new Client(folder)));
}

/** Stops a server when a test is done with it. */
export async function withServer(
  server: TestServer,
  use: (server: TestServer) => Promise<void>,
): Promise<void> {
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}
