/**
 * The load of the native benchmarks; runs as a process of its own.
 *
 * @module
 */
import { encodeMessage } from "../protocol/wire/frame.ts";
import { newPostId } from "../protocol/wire/post_id.ts";
import { isPostEvent, type LoadTarget, openClients, type RawClient } from "./native_clients.ts";
import { percentile } from "./rows.ts";

/** What to do. */
export interface NativeLoad extends LoadTarget {
  readonly clients: number;
  /** How many of the clients post. */
  readonly senders: number;
  /** Messages of each sender. */
  readonly messages: number;
  /** How many messages each sender has under way; a message is done when everyone has it. */
  readonly window: number;
  /** Messages a second of each sender; 0 for as fast as the window allows. */
  readonly perSecond: number;
}

/** What came of it. */
export interface NativeLoadResult {
  readonly seconds: number;
  readonly deliveries: number;
  readonly lost: number;
  /** From sending to the arrival at a client, in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** From the first connection to the last sign-in. */
  readonly signInSeconds: number;
}

const text = "x".repeat(100);
const decoder = new TextDecoder();
const acknowledgement = encodeMessage({ type: "read", sequence: 0 });

/** A post, as it comes to the clients. */
interface Arrival {
  /** How many clients have it. */
  arrivals: number;
  readonly sender: number;
  /** Not known where this load has not sent it. */
  readonly sentMs: number | undefined;
}

/** One run. */
class Run {
  readonly #load: NativeLoad;
  readonly #sentMs = new Map<string, number>();
  /** How many posts each client has; the order is the same for all, so this tells which one comes next. */
  readonly #received: Uint32Array;
  /** For each post, in that order: how many clients have it, and who sent it when. */
  readonly #posts: Arrival[] = [];
  readonly #latencies: number[] = [];
  readonly #senders: { sent: number; underWay: number }[];
  #clients: RawClient[] = [];
  #deliveries = 0;
  #done = 0;
  readonly #finished = Promise.withResolvers<void>();

  constructor(load: NativeLoad) {
    this.#load = load;
    this.#received = new Uint32Array(load.clients);
    this.#senders = Array.from({ length: load.senders }, () => ({ sent: 0, underWay: 0 }));
  }

  async run(): Promise<NativeLoadResult> {
    const { clients, senders, messages } = this.#load;
    const beganMs = performance.now();
    this.#clients = await openClients(
      this.#load,
      clients,
      (payload, client) => this.#take(payload, client),
      // Senders answer each read, as a real client does (see `ChatClient`).
      (client, index) => index < senders && client.send(acknowledgement),
    );
    const signInSeconds = (performance.now() - beganMs) / 1000;
    // The comings of all these clients are told within half a second.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const startMs = performance.now();
    this.#senders.forEach((_, sender) => this.#start(sender));
    const total = senders * messages;
    const timer = setTimeout(() => this.#finished.resolve(), 120_000);
    await this.#finished.promise;
    clearTimeout(timer);
    const seconds = (performance.now() - startMs) / 1000;
    const sorted = Float64Array.from(this.#latencies).sort();
    return {
      seconds,
      deliveries: this.#deliveries,
      lost: total * clients - this.#deliveries,
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
      signInSeconds,
    };
  }

  #start(sender: number): void {
    const { perSecond, window } = this.#load;
    if (perSecond === 0) {
      for (let at = 0; at < window; at++) this.#send(sender);
      return;
    }
    const state = this.#senders[sender]!;
    const intervalMs = 1000 / perSecond;
    const startMs = performance.now() + Math.random() * intervalMs;
    const next = () => {
      this.#send(sender);
      if (state.sent >= this.#load.messages) return;
      setTimeout(next, Math.max(0, startMs + state.sent * intervalMs - performance.now()));
    };
    setTimeout(next, startMs - performance.now());
  }

  #send(sender: number): void {
    const state = this.#senders[sender]!;
    if (state.sent >= this.#load.messages) return;
    state.sent++;
    const postId = newPostId(Date.now());
    this.#sentMs.set(postId, performance.now());
    const frame = encodeMessage({
      type: "post",
      id: state.sent,
      room: "#lobby",
      postId,
      text: `${sender}:${text}`,
    });
    this.#clients[sender]!.send(frame);
  }

  #take(payload: Uint8Array, client: number): void {
    if (!isPostEvent(payload)) return;
    const index = this.#received[client]!++;
    const post = this.#posts[index] ?? this.#firstArrival(payload, index);
    // Somebody else's, such as a file that is sent meanwhile.
    if (post.sentMs === undefined) return;
    this.#deliveries++;
    if (client % 10 === 0) this.#latencies.push(performance.now() - post.sentMs);
    if (++post.arrivals === this.#load.clients) this.#messageDone(post.sender);
  }

  /** Only the first copy of a post is read. */
  #firstArrival(payload: Uint8Array, index: number): Arrival {
    const { post } = JSON.parse(decoder.decode(payload));
    const sentMs = this.#sentMs.get(post.id);
    return this.#posts[index] = { arrivals: 0, sender: parseInt(post.body), sentMs };
  }

  #messageDone(sender: number): void {
    this.#done++;
    if (this.#done === this.#load.senders * this.#load.messages) return this.#finished.resolve();
    if (this.#load.perSecond === 0) this.#send(sender);
  }
}

const load: NativeLoad = JSON.parse(Deno.args[0]!);
const result = await new Run(load).run();
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(result)));
Deno.exit(0);
