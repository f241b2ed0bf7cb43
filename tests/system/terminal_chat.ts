/**
 * A server, a person at a terminal, and other people: what most tests of the terminal interface begin with.
 *
 * @module
 */
import { join } from "node:path";
import { withFolder } from "../fixtures/folders.ts";
import { password, People } from "./people.ts";
import { type ServerHere, startServerHere } from "./server_here.ts";
import type { ServerOptions } from "../../server/main/server_options.ts";
import { chatCommand, type TerminalOptions, TerminalProgram } from "./terminal_program.ts";

/** What a test has. */
export interface TerminalChat {
  readonly server: ServerHere;
  readonly people: People;
  /** The test's own folder. */
  readonly folder: string;
  /** Starts the interface for somebody and waits until it is ready. */
  sit(name: string, options?: SitOptions): Promise<TerminalProgram>;
  /** The words that start the interface for somebody. */
  command(name: string, options?: SitOptions): [string, ...string[]];
  /** The variables that it wants. */
  readonly env: Readonly<Record<string, string>>;
}

/** How somebody sits down. */
export interface SitOptions extends TerminalOptions {
  /** Further words of the command line. */
  readonly args?: readonly string[];
  /** Another port, for example of a link that can be cut. */
  readonly port?: number;
}

/**
 * Starts a server, and gives a test what it needs.
 *
 * @param use The test.
 * @param more What differs of the server.
 */
export async function withTerminalChat(
  use: (chat: TerminalChat) => Promise<void>,
  more: Partial<ServerOptions> = {},
): Promise<void> {
  await withFolder(async (folder) => {
    await using server = await startServerHere(join(folder, "server"), more);
    await using people = new People(server, folder);
    await using sitting = new AsyncDisposableStack();
    const env = { CHAT_PASSWORD: password, XDG_CONFIG_HOME: join(folder, "config") };
    const command = (name: string, { port = server.port, args = [] }: SitOptions = {}) =>
      chatCommand(
        ...["client", "127.0.0.1", String(port), name],
        ...["--fingerprint", server.fingerprint, "--data", join(folder, name), ...args],
      );
    const sit = async (name: string, options: SitOptions = {}) => {
      const all = { ...options, env: { ...env, ...options.env } };
      const program = sitting.use(new TerminalProgram(command(name, options), all));
      await program.until(/1 #lobby.*\| (?:up|connected)/);
      return program;
    };
    await use({ server, people, folder, sit, command, env });
  });
}
