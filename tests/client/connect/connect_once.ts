/**
 * Connects to a server without agreeing to a new one, and prints its fingerprint, or why it is not trusted.
 * Arguments: host, port, data folder, and the expected fingerprint or nothing.
 *
 * @module
 */
import { openConnection } from "../../../client/connect/connection.ts";
import { ServerTrust } from "../../../client/connect/trust.ts";
import { UntrustedServerError } from "../../../client/core/link/untrusted_server_error.ts";

const [host = "", port = "", dataDirectory = "", expectedFingerprint] = Deno.args;
const trust = new ServerTrust({
  dataDirectory,
  expectedFingerprint,
  confirmNewServer: () => Promise.resolve(false),
});

async function outcome(): Promise<string> {
  try {
    const { transport, fingerprint } = await openConnection({
      host,
      port: Number(port),
      trust,
      timeoutMs: 10_000,
    });
    transport.close();
    return fingerprint;
  } catch (error) {
    if (error instanceof UntrustedServerError) return `not trusted: ${error.message}`;
    throw error;
  }
}

await Deno.stdout.write(new TextEncoder().encode(`${await outcome()}\n`));
