import { getLogger } from "@logtape/logtape";
import { assertEquals } from "@std/assert";
import { Listener } from "../../../../server/wires/connection/listener.ts";
import type { AcceptedSocket } from "../../../../server/wires/connection/socket.ts";
import { FakeTime } from "../../../fixtures/fake_time.ts";
import { PipeAcceptor } from "../../../fixtures/pipe_acceptor.ts";

/** A connection that ends when it is told, or closed. */
class Connection {
  isTold = false;
  readonly #ended = Promise.withResolvers<void>();

  async run(onEnd: (connection: Connection) => void): Promise<void> {
    await this.#ended.promise;
    onEnd(this);
  }

  checkDeadlines(): void {}

  close(): void {
    this.#ended.resolve();
  }
}

function listenFor(count: number, peersMove: boolean) {
  const acceptor = new PipeAcceptor();
  const connections: Connection[] = [];
  const listener = new Listener<Connection>(acceptor, {
    logger: getLogger("test"),
    nowMs: () => performance.now(),
    open: () => {
      const connection = new Connection();
      connections.push(connection);
      return connection;
    },
    sayGoodbye: (connection) => {
      connection.isTold = true;
      return Promise.resolve();
    },
    onEnd: () => {},
    peersMove,
  });
  const remoteAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 } as const;
  for (let at = 0; at < count; at++) acceptor.add({ remoteAddr } as AcceptedSocket);
  return { listener, told: () => connections.filter(({ isTold }) => isTold).length };
}

Deno.test("where people go on with another server they are told in groups, and the others are served until it is their turn", async () => {
  using time = new FakeTime();
  const { listener, told } = listenFor(20, true);
  await time.advance(10);
  const stopping = listener.stop();
  const counts: number[] = [];
  for (let step = 0; step < 4; step++) {
    await time.advance(step === 0 ? 10 : 150);
    counts.push(told());
  }
  await stopping;
  assertEquals([counts, listener.size], [[8, 16, 20, 20], 0]);
});

Deno.test("however many they are, all are told within a second and a half", async () => {
  using time = new FakeTime();
  const { listener, told } = listenFor(1_000, true);
  await time.advance(10);
  const stopping = listener.stop();
  await time.advance(10);
  assertEquals(told(), 100);
  await time.advance(1_490);
  await stopping;
  assertEquals([told(), listener.size], [1_000, 0]);
});

Deno.test("a server that is alone tells everyone at once", async () => {
  using time = new FakeTime();
  const { listener, told } = listenFor(20, false);
  await time.advance(10);
  const stopping = listener.stop();
  await time.advance(10);
  assertEquals(told(), 20);
  await stopping;
});
