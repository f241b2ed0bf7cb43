/**
 * `chat client --web`: serves the page until the person ends it, and prints where it is.
 *
 * @module
 */
import { ExitError, exitStatus } from "../../platform/command_line.ts";
import type { Lines } from "../plain/lines.ts";
import { Gateway, type GatewayOptions } from "./gateway.ts";
import { openBrowser } from "./open_browser.ts";

/** How the page is served. */
export interface ServePageOptions extends Omit<GatewayOptions, "onStolen"> {
  /** Whether the person's browser is opened. */
  readonly opens: boolean;
}

/**
 * Serves the page. On a terminal, Enter prints a further address, and the end of input ends it.
 *
 * @param options See {@linkcode ServePageOptions}.
 * @param lines Where it is said, and what the person types.
 * @throws {ExitError} Status 1, where the port cannot be had.
 */
export async function servePage(options: ServePageOptions, lines: Lines): Promise<void> {
  const gateway = open(options, () => {
    lines.write("*** WARNING: THE ADDRESS OF THE PAGE WAS USED TWICE ***");
    lines.write(
      "Another browser, or someone else on this machine, has opened it, too. Nobody is in any more. Continue with:",
    );
    lines.write(`  ${gateway.newAddress()}`);
  });
  const address = gateway.newAddress();
  lines.write(`The page is at ${address}`);
  lines.write("This address lets one browser in, once. Press Ctrl-C to end the program.");
  if (options.opens && !openBrowser(address)) {
    lines.write("No browser could be opened: copy the address into one.");
  }
  await untilEnded(gateway, lines);
  await gateway.stop();
}

function open(options: ServePageOptions, onStolen: () => void): Gateway {
  try {
    return new Gateway({ ...options, onStolen });
  } catch (error) {
    const reason = error instanceof Deno.errors.AddrInUse
      ? `is in use by another program`
      : error instanceof Deno.errors.PermissionDenied
      ? `may not be opened by you`
      : null;
    if (reason === null) throw error;
    const message = `Port ${options.port} ${reason}. Choose another one with --web-port.`;
    throw new ExitError(exitStatus.failed, message);
  }
}

async function untilEnded(gateway: Gateway, lines: Lines): Promise<void> {
  // A program in the background has no input, and goes on.
  if (!lines.isTerminal) return await new Promise<never>(() => {});
  lines.write("Press Enter for an address for another browser.");
  while (await lines.read() !== null) lines.write(`The page is also at ${gateway.newAddress()}`);
}
