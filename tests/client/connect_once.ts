/**
 * Connects to a server without agreeing to a new one, and prints its fingerprint.
 * Arguments: host, port, data folder.
 *
 * @module
 */
import { openConnection } from "../../client/connection.ts";
import { ServerTrust } from "../../client/trust.ts";

const [host = "", port = "", dataDirectory = ""] = Deno.args;
const trust = new ServerTrust({ dataDirectory, confirmNewServer: () => Promise.resolve(false) });
const { conn, fingerprint } = await openConnection({
  host,
  port: Number(port),
  trust,
  timeoutMs: 10_000,
});
conn.close();
await Deno.stdout.write(new TextEncoder().encode(`${fingerprint}\n`));
