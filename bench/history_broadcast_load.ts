/**
 * Clients that listen to the lobby while some of them post there at a steady pace; runs as a process of its own.
 *
 * @module
 */
import { encodeMessage } from "../protocol/wire/frame.ts";
import { newPostId } from "../protocol/wire/post_id.ts";
import { isPostEvent, openClients, type RawClient } from "./native_clients.ts";
import { percentile } from "./rows.ts";
import { vocabulary } from "./storage_data.ts";

/** What to do. */
export interface HistoryBroadcastLoad {
  readonly port: number;
  readonly directory: string;
  /** Accounts from this one on are used. */
  readonly first: number;
  readonly listeners: number;
  /** How many of the listeners post. */
  readonly senders: number;
  /** Posts of all senders together. */
  readonly perSecond: number;
  readonly seconds: number;
}

/** What came of it. */
export interface HistoryBroadcastResult {
  /** Arrivals of posts at clients. */
  readonly deliveries: number;
  readonly lost: number;
  /** From sending to the arrival at a client. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const load: HistoryBroadcastLoad = JSON.parse(Deno.args[0]!);
const words = 12;
const decoder = new TextDecoder();
const acknowledgement = encodeMessage({ type: "read", sequence: 0 });
const sentMs = new Map<string, number>();
/** When the posts were sent, in the order in which every client gets them. */
const order: number[] = [];
const received = new Uint32Array(load.listeners);
const latencies: number[] = [];

function take(payload: Uint8Array, client: number): void {
  if (!isPostEvent(payload)) return;
  const nowMs = performance.now();
  const index = received[client]!++;
  // Only the first copy of a post is read.
  order[index] ??= sentMs.get(JSON.parse(decoder.decode(payload)).post.id)!;
  latencies.push(nowMs - order[index]);
}

function post(client: RawClient, id: number): void {
  const text = Array.from(
    { length: words },
    () => vocabulary[Math.floor(vocabulary.length ** Math.random()) - 1],
  ).join(" ");
  const postId = newPostId(Date.now());
  sentMs.set(postId, performance.now());
  void client.send(encodeMessage({ type: "post", id, room: "#lobby", postId, text }));
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const clients = await openClients(
  load,
  load.listeners,
  take,
  // Senders answer each read, as a real client does (see `ChatClient`).
  (client, index) => index < load.senders && client.send(acknowledgement),
  load.first,
);
// The comings of all these clients are told within half a second.
await sleep(1_500);
const total = load.perSecond * load.seconds;
const startMs = performance.now();
for (let sent = 0; sent < total; sent++) {
  const dueMs = startMs + sent * 1_000 / load.perSecond;
  if (dueMs > performance.now()) await sleep(dueMs - performance.now());
  post(clients[sent % load.senders]!, sent + 10);
}
const deadlineMs = performance.now() + 10_000;
const missing = () => total * load.listeners - latencies.length;
while (missing() > 0 && performance.now() < deadlineMs) await sleep(20);
const sorted = Float64Array.from(latencies).sort();
const result: HistoryBroadcastResult = {
  deliveries: sorted.length,
  lost: missing(),
  p50Ms: percentile(sorted, 0.5),
  p99Ms: percentile(sorted, 0.99),
};
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(result)));
Deno.exit(0);
