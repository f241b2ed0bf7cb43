import { assertEquals } from "@std/assert";
import { encodeClassicMessage } from "../../../../server/wires/classic/fields.ts";
import { MessageSink } from "../../../../server/wires/classic/message_sink.ts";
import { Outbox } from "../../../../server/wires/connection/outbox.ts";
import { Outboxes } from "../../../../server/wires/connection/outboxes.ts";

/** Takes at most so many bytes of each write. */
class Socket {
  readonly writes: Uint8Array[] = [];
  constructor(readonly most = Infinity) {}
  write(bytes: Uint8Array): Promise<number> {
    const taken = bytes.slice(0, this.most);
    this.writes.push(taken);
    return Promise.resolve(taken.length);
  }
}

const messages = [
  encodeClassicMessage("Confirmation", "Public message sent!"),
  encodeClassicMessage("BM", "hello"),
  encodeClassicMessage("CH", ""),
  encodeClassicMessage("PM", "x".repeat(2_000)),
];

async function send(socket: Socket): Promise<void> {
  const onFailure = (reason: string) => {
    throw new Error(reason);
  };
  const outbox = new Outbox(new Outboxes(), new MessageSink(socket), { onFailure });
  for (const message of messages) outbox.push(message);
  await outbox.drained();
}

Deno.test("messages that leave together are written one by one", async () => {
  const socket = new Socket();
  await send(socket);
  assertEquals(socket.writes, messages);
});

Deno.test("a message that the socket took in part is finished before the next one begins", async () => {
  for (const most of [1, 7, 30, 1_000]) {
    const socket = new Socket(most);
    await send(socket);
    const all = messages.flatMap((message) => [...message]);
    assertEquals(socket.writes.flatMap((bytes) => [...bytes]), all, `${most} bytes at once`);
  }
});
