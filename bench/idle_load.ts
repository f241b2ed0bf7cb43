/**
 * Connections that sign in and then only listen; runs as a process of its own. Says "ready" when all are there, and ends
 * with its input.
 *
 * @module
 */
import { encodeMessage } from "../protocol/wire/frame.ts";
import { openClients } from "./native_clients.ts";

const { port, directory, clients: count } = JSON.parse(Deno.args[0]!);
const alive = encodeMessage({ type: "read", sequence: 0 });
const beganMs = performance.now();
// A probe is answered, as a real client does.
await openClients({ port, directory }, count, () => {}, (client) => client.send(alive));
const seconds = (performance.now() - beganMs) / 1000;
Deno.stdout.writeSync(
  new TextEncoder().encode(JSON.stringify({ signInsPerSecond: count / seconds }) + "\n"),
);
for await (const _ of Deno.stdin.readable);
Deno.exit(0);
