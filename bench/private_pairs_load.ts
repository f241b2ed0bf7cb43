/**
 * Pairs of native clients that answer each other's private messages, sealed and opened as in use; runs as a process of its
 * own. All clients share its one core.
 *
 * @module
 */
import { ChatClient } from "../client/core/chat/chat_client.ts";
import { accountName, SharedCredentials } from "./accounts.ts";
import { doorOf } from "./native_clients.ts";
import { PingPong } from "./ping_pong.ts";

/** What to do. */
export interface PrivatePairsLoad {
  readonly port: number;
  readonly directory: string;
  readonly pairs: number;
  readonly seconds: number;
}

const load: PrivatePairsLoad = JSON.parse(Deno.args[0]!);
const { binding, connect } = await doorOf(load);
const shared = new SharedCredentials();
const pingPong = new PingPong();

/** Signs in; `onMessage` is called for each private message of someone else. */
async function open(index: number, onMessage: () => void): Promise<ChatClient> {
  const credentials = shared.of(index);
  return await ChatClient.open({
    credentials,
    connect: async () => ({ transport: await connect(), channelBinding: binding }),
    onEvent: (event) => {
      if (event.type !== "post" || event.post.from === credentials.name) return;
      const { encrypted, text } = event.post.message;
      if (!encrypted || text === null) throw new Error("A message was not sealed, or not opened.");
      onMessage();
    },
  });
}

async function openPair(index: number): Promise<() => void> {
  const ends: ChatClient[] = [];
  let sentMs = 0;
  const send = (end: 0 | 1) => {
    sentMs = performance.now();
    void ends[end]!.sendPrivate(accountName(2 * index + 1 - end), "x".repeat(100));
  };
  const answer = (end: 0 | 1) => {
    if (!pingPong.running) return;
    pingPong.note(performance.now() - sentMs);
    send(end);
  };
  ends[0] = await open(2 * index, () => answer(0));
  ends[1] = await open(2 * index + 1, () => answer(1));
  // Both fetch each other's keys now: that happens once.
  await ends[0].sendPrivate(ends[1].name, "hello");
  await ends[1].sendPrivate(ends[0].name, "hello");
  return () => send(0);
}

const starts: (() => void)[] = [];
for (let index = 0; index < load.pairs; index++) starts.push(await openPair(index));
const result = await pingPong.run(starts, load.seconds);
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(result)));
Deno.exit(0);
