/**
 * Writers that each post and wait for the acknowledgement; runs as a process of its own. Nobody else is in the room.
 *
 * @module
 */
import { concatenate } from "../protocol/e2e/byte_fields.ts";
import { encodeMessage } from "../protocol/wire/frame.ts";
import { newPostId } from "../protocol/wire/post_id.ts";
import { openClients } from "./native_clients.ts";
import { percentile } from "./rows.ts";

/** What to do. */
export interface PostsLoad {
  readonly port: number;
  readonly directory: string;
  readonly writers: number;
  /** The number of the first one, so that several loads are different people in different rooms. */
  readonly first: number;
  /** Posts that each writer has under way. */
  readonly window: number;
  readonly seconds: number;
}

/** What came of it. */
export interface PostsLoadResult {
  readonly acknowledgedPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const load: PostsLoad = JSON.parse(Deno.args[0]!);
const text = "x".repeat(100);
const decoder = new TextDecoder();
const acknowledgement = encodeMessage({ type: "read", sequence: 0 });
const replyStart = new TextEncoder().encode('{"reply":');
const sent: Map<number, number>[] = Array.from({ length: load.writers }, () => new Map());
const next = new Uint32Array(load.writers).fill(10);
const latencies: number[] = [];
/** What each of them sends at the end of the turn, in one write. */
const toSend: Uint8Array[][] = Array.from({ length: load.writers }, () => []);
let acknowledged = 0;
let counting = false;

const clients = await openClients(
  load,
  load.writers,
  (payload, writer) => {
    if (payload[2] !== replyStart[2]) return;
    const { reply, error } = JSON.parse(decoder.decode(payload));
    if (error !== undefined) throw new Error(error.message);
    if (counting) {
      acknowledged++;
      latencies.push(performance.now() - sent[writer]!.get(reply)!);
    }
    sent[writer]!.delete(reply);
    post(writer);
  },
  (client, writer) => {
    const frames = toSend[writer]!.splice(0);
    client.send(frames.length === 0 ? acknowledgement : concatenate(...frames));
  },
  load.first,
);

function roomOf(writer: number): string {
  return `#room${load.first + writer}`;
}

/** Each writer has a room of its own, so that what is measured is the way to the disk and back, not the fan-out. */
function post(writer: number): void {
  const id = next[writer]!++;
  sent[writer]!.set(id, performance.now());
  const room = roomOf(writer);
  const postId = newPostId(Date.now());
  toSend[writer]!.push(encodeMessage({ type: "post", id, room, postId, text }));
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
clients.forEach((client, writer) => {
  client.send(encodeMessage({ type: "join", id: 2, room: roomOf(writer) }));
});
await sleep(2_000);
for (let writer = 0; writer < load.writers; writer++) {
  // The reply to the join started the first one.
  for (let at = 1; at < load.window; at++) post(writer);
  clients[writer]!.send(concatenate(...toSend[writer]!.splice(0)));
}
await sleep(500);
counting = true;
const beganMs = performance.now();
await sleep(load.seconds * 1000);
counting = false;
const sorted = Float64Array.from(latencies).sort();
const result: PostsLoadResult = {
  acknowledgedPerSecond: acknowledged / ((performance.now() - beganMs) / 1000),
  p50Ms: percentile(sorted, 0.5),
  p99Ms: percentile(sorted, 0.99),
};
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(result)));
Deno.exit(0);
