/**
 * Started by crash_test.ts: appends to the folder that is its first argument, from ten writers, and prints the id of
 * each post when it is acknowledged, until it is killed. The second argument begins its ids.
 */

import { openStorage } from "../../../../server/storage/sqlite/sqlite_storage.ts";
import { append, createRoom } from "../../../fixtures/changes.ts";

const [folder = "", prefix = ""] = Deno.args;
const storage = await openStorage(folder);
const roomId = storage.opened.rooms[0]?.id ??
  await createRoom(storage, { name: "#lobby", nameKey: "#lobby", skeleton: "#lobby" });

const encoder = new TextEncoder();
let next = 0;
async function write(writer: number): Promise<void> {
  while (true) {
    const id = `${prefix}-${next++}`;
    const destination = next % 4 === 0 ? { between: ["ann", "bob"] as const } : { roomId };
    const { sequence } = await append(storage, {
      destination,
      from: `writer${writer}`,
      to: "#lobby",
      id,
      timeMs: Date.now(),
      kind: "text",
      body: `words of ${id}`,
    });
    Deno.stdout.writeSync(encoder.encode(`${sequence} ${id}\n`));
  }
}
await Promise.all(Array.from({ length: 10 }, (_, writer) => write(writer)));
