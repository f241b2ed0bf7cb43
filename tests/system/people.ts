/**
 * Other people for tests of an interface: headless clients in this process, with one password for all of them, so that
 * a crowd costs one derivation of keys.
 *
 * @module
 */
import { ChatClient, type ClientEvent } from "../../client/core/chat/chat_client.ts";
import { openConnection } from "../../client/connect/connection.ts";
import type { ServerConnection } from "../../client/core/link/transport.ts";
import { Credentials, type PasswordContent } from "../../client/core/link/credentials.ts";
import { Link } from "../../client/core/link/link.ts";
import { ServerTrust } from "../../client/connect/trust.ts";

/** The password of everyone. */
export const password = "the same for everyone";

/** Keys that were derived for somebody else. */
class SharedCredentials extends Credentials {
  readonly #shared: Credentials;
  readonly #content: PasswordContent;

  constructor(name: string, shared: Credentials, content: PasswordContent) {
    super(name, password);
    this.#shared = shared;
    this.#content = content;
  }

  override keysFor(salt: Uint8Array<ArrayBuffer>, iterations: number) {
    return this.#shared.keysFor(salt, iterations);
  }

  override wrapKey() {
    return this.#shared.wrapKey();
  }

  override passwordContent() {
    return Promise.resolve(this.#content);
  }
}

/** People on one server. */
export class People implements AsyncDisposable {
  readonly #port: number;
  readonly #fingerprint: string;
  readonly #folder: string;
  readonly #clients: ChatClient[] = [];
  #shared: { credentials: Credentials; content: PasswordContent } | null = null;

  /**
   * @param server Where they meet.
   * @param folder An empty folder.
   */
  constructor(server: { port: number; fingerprint: string }, folder: string) {
    this.#port = server.port;
    this.#fingerprint = server.fingerprint;
    this.#folder = folder;
  }

  /** Somebody new comes. */
  async come(name: string, onEvent: (event: ClientEvent) => void = () => {}): Promise<ChatClient> {
    const { credentials: shared, content } = await this.#sharedKeys();
    const credentials = new SharedCredentials(name, shared, content);
    await this.#register(credentials);
    const client = await ChatClient.open({ credentials, connect: () => this.connect(), onEvent });
    this.#clients.push(client);
    return client;
  }

  /** Makes a connection. */
  async connect(): Promise<ServerConnection> {
    const trust = new ServerTrust({
      dataDirectory: this.#folder,
      expectedFingerprint: this.#fingerprint,
      confirmNewServer: () => Promise.resolve(false),
    });
    return await openConnection({
      host: "127.0.0.1",
      port: this.#port,
      trust,
      timeoutMs: 10_000,
    });
  }

  /** Waits until the server has answered somebody: what it sent before that has arrived. */
  async settle(): Promise<void> {
    await this.#clients[0]!.ping();
  }

  /** Everyone goes. */
  async go(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.close(5_000)));
  }

  /** Everyone goes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.go();
  }

  async #sharedKeys(): Promise<{ credentials: Credentials; content: PasswordContent }> {
    if (this.#shared === null) {
      const credentials = new Credentials("everyone.else", password);
      this.#shared = { credentials, content: await credentials.passwordContent() };
    }
    return this.#shared;
  }

  async #register(credentials: Credentials): Promise<void> {
    const { transport } = await this.connect();
    const link = new Link(transport, { onEvent: () => {}, onClosed: () => {} });
    try {
      await link.request("register", await credentials.registration());
    } finally {
      link.close();
    }
  }
}
