import { assert, assertEquals } from "@std/assert";
import { ConnectError } from "../../../../client/connect/connect_error.ts";
import type { ChatClientOptions } from "../../../../client/core/chat/chat_client.ts";
import { Servers } from "../../../../client/core/link/servers.ts";
import { UntrustedServerError } from "../../../../client/core/link/untrusted_server_error.ts";
import { ChatError } from "../../../../protocol/wire/errors.ts";
import { TestCluster } from "../../../fixtures/cluster_view.ts";
import { settled } from "../../../fixtures/fake_time.ts";
import { binding, NativeFixture } from "../../../server/wires/native/native_fixture.ts";
import { ClientFixture, type TestClient } from "../client_fixture.ts";

const a = "a.example:41000";
const b = "b.example:41000";
const c = "c.example:41000";

/** Three servers of one chat: the same rooms and history, each with a wire of its own. */
class Cluster implements AsyncDisposable {
  readonly views = new Map<string, TestCluster>();
  readonly wires = new Map<string, NativeFixture>();
  /** What connecting to a server fails with. */
  readonly failures = new Map<string, Error>();
  /** The servers that were tried, in order. */
  readonly tried: string[] = [];

  private constructor(readonly clients: ClientFixture) {}

  static async start(names: readonly string[]): Promise<Cluster> {
    const [first, ...others] = [a, b, c].map((own) => {
      const view = new TestCluster();
      view.addresses = [a, b, c].filter((server) => server !== own);
      return { own, view };
    });
    const clients = await ClientFixture.start(names, { cluster: first!.view });
    const cluster = new Cluster(clients);
    const { chat, storage } = clients.native;
    cluster.#add(first!.own, first!.view, clients.native);
    for (const { own, view } of others) {
      cluster.#add(own, view, await NativeFixture.start({ chat, storage, cluster: view }));
    }
    return cluster;
  }

  #add(own: string, view: TestCluster, wire: NativeFixture): void {
    this.views.set(own, view);
    this.wires.set(own, wire);
  }

  /** Signs in to the first server. */
  async open(name: string, options: Partial<ChatClientOptions> = {}): Promise<TestClient> {
    const pipes: TestClient["pipes"] = [];
    const servers = new Servers({ given: a, random: () => 0 });
    const test = await this.clients.open(name, {
      servers,
      connect: (_, server = a) => {
        this.tried.push(server);
        const failure = this.failures.get(server);
        if (failure !== undefined) return Promise.reject(failure);
        const [, pipe] = this.wires.get(server)!.pipe();
        pipes.push(pipe);
        return Promise.resolve({ transport: pipe, channelBinding: binding });
      },
      ...options,
    });
    test.pipes.push(...pipes.splice(0));
    Object.assign(pipes, { push: (pipe: TestClient["pipe"]) => test.pipes.push(pipe) });
    return test;
  }

  /** A server is gone, and everyone's connection to it. */
  kill(server: string): void {
    this.failures.set(server, new ConnectError("disconnected", "Nobody listens."));
    for (const end of this.wires.get(server)!.servers) if (!end.closed) end.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.clients.clients.map(({ client }) => client.close(0)));
    for (const [own, wire] of this.wires) if (own !== a) await wire.native.stop("Over.");
    await this.clients[Symbol.asyncDispose]();
  }
}

Deno.test("a client whose server is gone goes on with another one at once, and misses, loses and doubles nothing", async () => {
  await using cluster = await Cluster.start(["jack", "jill"]);
  const [jack, jill] = [await cluster.open("jack"), await cluster.open("jill")];
  assertEquals(jack.client.server, a);
  await jack.client.post("#lobby", "one");
  await jill.untilText("one");
  // What jack posts now is stored, and neither the answer nor anything else reaches him.
  jack.pipe.stallReads();
  const posting = jack.client.post("#lobby", "two");
  await jill.untilText("two");
  cluster.kill(a);
  assertEquals((await posting).sequence, 2);
  await jill.until(`moved to ${b}`);
  await jill.client.post("#lobby", "three");
  await jack.untilText("three");
  assertEquals(jack.texts, ["one", "two", "three"]);
  assertEquals(jill.texts, ["one", "two", "three"]);
  assertEquals([jack.client.server, jill.client.server], [b, b]);
  for (const { told } of [jack, jill]) {
    const connection = told.filter((line) => /^(moving|moved|offline|online)/.test(line));
    assertEquals(connection, ["moving", `moved to ${b}`]);
  }
});

Deno.test("a server that says goodbye is left before it closes", async () => {
  await using cluster = await Cluster.start(["jack"]);
  const jack = await cluster.open("jack");
  const stopping = cluster.wires.get(a)!.native.stop("The server is stopping.");
  await jack.until(`moved to ${b}`);
  await stopping;
  assertEquals(cluster.tried, [a, b]);
  assertEquals((await jack.client.post("#lobby", "here")).sequence, 1);
});

Deno.test("servers that do not answer, or are not the same, are passed over; the one that was lost is tried last", async () => {
  await using cluster = await Cluster.start(["jack"]);
  const jack = await cluster.open("jack");
  cluster.failures.set(b, new ConnectError("timeout", "Nobody answers."));
  cluster.failures.set(c, new ConnectError("disconnected", "It has another certificate."));
  jack.pipe.close();
  await jack.until("online again");
  assertEquals(cluster.tried, [a, b, c, a]);
  assertEquals(jack.told, ["moving", "online again"]);
  assertEquals(jack.client.server, a);
});

Deno.test("where all are away a client waits, and then tries all of them again", async () => {
  await using cluster = await Cluster.start(["jack"]);
  const jack = await cluster.open("jack");
  cluster.failures.set(b, new ConnectError("timeout", "Nobody answers."));
  cluster.failures.set(c, new ConnectError("timeout", "Nobody answers."));
  cluster.kill(a);
  await jack.until("offline");
  cluster.failures.delete(c);
  await jack.until(`moved to ${c}`);
  assertEquals(jack.told[0], "moving");
});

Deno.test("a given server whose certificate has changed ends the session only where no other one is as it should be", async () => {
  await using cluster = await Cluster.start(["jack", "jill"]);
  const jack = await cluster.open("jack");
  cluster.failures.set(a, new UntrustedServerError("changed"));
  cluster.failures.set(b, new ConnectError("timeout", "Nobody answers."));
  jack.pipe.close();
  await jack.until(`moved to ${c}`);
  cluster.failures.set(c, new ConnectError("timeout", "Nobody answers."));
  jack.pipe.close();
  await jack.until("ended changed");
  assertEquals(jack.client.ended, true);
});

Deno.test("a server that does not know the account ends the session only where no other one does", async () => {
  await using cluster = await Cluster.start(["jack"]);
  const jack = await cluster.open("jack");
  const unknown = new ChatError("no_such_user", "There is no user with that name.");
  cluster.failures.set(b, unknown);
  cluster.kill(a);
  await jack.until(`moved to ${c}`);
  cluster.kill(c);
  await jack.until("ended There is no user with that name.");
});

Deno.test("who moves says what was seen, on whichever server, and is answered when the next one has it, too", async () => {
  await using cluster = await Cluster.start(["jack"]);
  const jack = await cluster.open("jack");
  cluster.views.get(a)!.advance(41);
  await jack.client.post("#lobby", "mine");
  const view = cluster.views.get(b)!;
  view.advance(40);
  cluster.kill(a);
  while (!view.wanted.includes(41)) await settled();
  for (let times = 0; times < 20; times++) await settled();
  assertEquals(jack.client.online, false);
  view.advance(41);
  await jack.until(`moved to ${b}`);
  // The third one is to have it as well, although the second has said nothing since.
  cluster.kill(b);
  const last = cluster.views.get(c)!;
  while (!last.wanted.includes(41)) await settled();
  last.advance(41);
  await jack.until(`moved to ${c}`);
});

Deno.test("addresses that are told later count, too; a server that is alone is come back to as ever", async () => {
  await using cluster = await Cluster.start(["jack"]);
  cluster.views.get(a)!.addresses = [];
  const jack = await cluster.open("jack");
  assertEquals(jack.client.server, null);
  cluster.views.get(a)!.move([c]);
  while (jack.client.server === null) await settled();
  cluster.kill(a);
  await jack.until(`moved to ${c}`);
  assert(!cluster.tried.includes(b));
});
