/**
 * Clients of a server in memory: the whole native wire and the heart, without TLS and disk, over connections that a test
 * can refuse, stall and cut.
 *
 * @module
 */
import {
  ChatClient,
  type ChatClientOptions,
  type ClientEvent,
} from "../../../client/core/chat/chat_client.ts";
import type { Credentials } from "../../../client/core/link/credentials.ts";
import { errorText, inCapitals } from "../../../client/talk/remark_text.ts";
import { credentialsOfEveryone } from "../../fixtures/accounts.ts";
import {
  binding,
  type FixtureOptions,
  NativeFixture,
} from "../../server/wires/native/native_fixture.ts";
import type { PipeEnd } from "../../fixtures/pipe.ts";

const credentials = new Map<string, Credentials>();

/** What an account signs in with. Kept over all tests of a file. */
async function credentialsOf(name: string): Promise<Credentials> {
  const kept = credentials.get(name) ?? await credentialsOfEveryone(name);
  credentials.set(name, kept);
  return kept;
}

/** A client and what it told. */
export class TestClient {
  client!: ChatClient;
  /** What was told, in words: `live jack: hello`, `missed jill: hi`, `offline`, `online again`, `ended`, … */
  readonly told: string[] = [];
  readonly events: ClientEvent[] = [];
  /** The client's ends of its connections. */
  readonly pipes: PipeEnd[] = [];
  /** What the next attempts to connect fail with; the first of them first. */
  refusals: Error[] = [];
  /** How often a connection was wanted. */
  attempts = 0;
  #network: Promise<void> = Promise.resolve();
  #wake = Promise.withResolvers<void>();

  /** The connection that is there, or was there last. */
  get pipe(): PipeEnd {
    return this.pipes.at(-1)!;
  }

  /** Posts that were shown, with how they came. */
  get posts(): string[] {
    return this.told.filter((line) => /^(live|missed) /.test(line));
  }

  /** Makes connecting wait until the returned function is called. */
  holdNetwork(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#network = promise;
    return resolve;
  }

  /** Resolves when there is a network. */
  get network(): Promise<void> {
    return this.#network;
  }

  note(event: ClientEvent): void {
    this.events.push(event);
    this.told.push(textOf(event));
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  /** The texts of the posts that were shown. */
  get texts(): string[] {
    return this.posts.map((line) => line.slice(line.indexOf(": ") + 2));
  }

  /** Waits until something was told. */
  async until(wanted: string): Promise<void> {
    while (!this.told.includes(wanted)) await this.#wake.promise;
  }

  /** Waits until a post with this text was shown, missed or live. */
  async untilText(text: string): Promise<void> {
    while (!this.texts.includes(text)) await this.#wake.promise;
  }
}

function textOf(event: ClientEvent): string {
  switch (event.type) {
    case "post": {
      const { from, message } = event.post;
      return `${event.missed ? "missed" : "live"} ${from}: ${message.text}`;
    }
    case "online":
      return event.movedTo === null ? "online again" : `moved to ${event.movedTo}`;
    case "ended":
      return `ended ${errorText(event.error, inCapitals)}`;
    default:
      return event.type;
  }
}

/** A server with clients. */
export class ClientFixture implements AsyncDisposable {
  readonly clients: TestClient[] = [];

  private constructor(public native: NativeFixture) {}

  /** Starts the server, with these accounts. */
  static async start(
    names: readonly string[],
    options: FixtureOptions = {},
  ): Promise<ClientFixture> {
    return new ClientFixture(await NativeFixture.start({ accountNames: names, ...options }));
  }

  /** What a client connects with. */
  connector(test: TestClient): ChatClientOptions["connect"] {
    return async () => {
      test.attempts++;
      const refusal = test.refusals.shift();
      if (refusal !== undefined) throw refusal;
      await test.network;
      const [, pipe] = this.native.pipe();
      test.pipes.push(pipe);
      return { transport: pipe, channelBinding: binding };
    };
  }

  /** Signs in. Reconnects without waiting, unless a test says otherwise. */
  async open(name: string, options: Partial<ChatClientOptions> = {}): Promise<TestClient> {
    const test = new TestClient();
    test.client = await ChatClient.open({
      credentials: await credentialsOf(name),
      connect: this.connector(test),
      onEvent: (event) => test.note(event),
      random: () => 0,
      ...options,
    });
    this.clients.push(test);
    return test;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.clients.map(({ client }) => client.close(0)));
    await this.native[Symbol.asyncDispose]();
  }
}
