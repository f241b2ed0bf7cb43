/**
 * The simulated server: the real heart, the real native wire and the real sign-in over simulated sockets and disk. It can
 * crash, stop and start again.
 *
 * @module
 */
import { Accounts } from "../../../server/accounts/accounts.ts";
import { Chat } from "../../../server/heart/chat.ts";
import { Identities } from "../../../server/accounts/key_directory.ts";
import { type NativeListener, startNative } from "../../../server/wires/native/native.ts";
import type { Logger } from "../../../server/common/log.ts";
import { Traffic } from "../../../server/wires/connection/traffic.ts";
import { Allowances } from "../../../server/common/allowances.ts";
import { SignIn } from "../../../server/accounts/sign_in.ts";
import { SignInGuard } from "../../../server/accounts/sign_in_guard.ts";
import type { Disk, SimulatedStorage } from "./disk.ts";
import { type Connected, connectedPair, type End, Port } from "./network.ts";
import type { World } from "./world.ts";

/** The channel binding of every simulated connection. */
export const channelBinding = new Uint8Array(32).fill(9);

const unbounded = { perSecond: 0, burst: 0 };
const policies = {
  posts: { perSecond: 20, burst: 60 },
  rooms: unbounded,
  registrations: unbounded,
};

/** One run of the server, from its start to its stop or crash. */
class Run {
  readonly ends = new Set<End>();

  constructor(
    readonly storage: SimulatedStorage,
    readonly chat: Chat,
    readonly listener: NativeListener,
    readonly port: Port,
  ) {}
}

/** The server and what outlives its runs. */
export class House {
  readonly #world: World;
  readonly #disk: Disk;
  readonly #errors: string[] = [];
  #run: Run | null = null;
  #starting = false;
  /** The end of the run before, which holds the data folder until then. */
  #stopped: Promise<void> = Promise.resolve();
  #generation = 0;

  /** @param disk Its disk. */
  constructor(disk: Disk) {
    this.#disk = disk;
    this.#world = disk.world;
  }

  /** What was logged as an error: it must stay empty. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  /** The heart, while the server runs. */
  get chat(): Chat | null {
    return this.#run?.chat ?? null;
  }

  /** Whether it runs or is about to. */
  get isStarted(): boolean {
    return this.#starting || this.#run !== null;
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#run?.listener.size ?? 0;
  }

  /** Starts; may be overtaken by a crash. */
  async start(): Promise<void> {
    const generation = ++this.#generation;
    this.#starting = true;
    await this.#stopped;
    const storage = this.#disk.open();
    const allowances = new Allowances({ postsPerSecond: 0, bytesPerDay: 0, policies });
    try {
      const chat = await Chat.open(storage, { allowances });
      const guard = await SignInGuard.open(storage);
      const accounts = await Accounts.open(storage, { registration: "open" });
      if (generation !== this.#generation) return storage.crash();
      this.#run = this.#listen(storage, chat, guard, accounts);
    } finally {
      if (generation === this.#generation) this.#starting = false;
    }
  }

  /** The process is gone in the middle of whatever it did. */
  crash(): void {
    const run = this.#take();
    if (run === null) return;
    run.storage.crash();
    for (const end of run.ends) end.abandon();
    // Only its timers are left of it: they end.
    run.listener.stop("crashed");
    run.chat.stop();
  }

  /** Stops as for SIGTERM. */
  stop(): Promise<void> {
    const run = this.#take();
    return run === null ? this.#stopped : this.#stopped = this.#stop(run);
  }

  async #stop(run: Run): Promise<void> {
    await run.listener.stop("The server is stopping.");
    await run.chat.stop().catch(() => {});
    await run.storage.close();
  }

  /**
   * Connects a client.
   *
   * @param address The client's address.
   * @throws {Deno.errors.ConnectionRefused} where no server runs.
   */
  async connect(address: string): Promise<Connected> {
    await this.#world.sleep(this.#world.random.between(0.1, 20));
    const run = this.#run;
    if (run === null) throw new Deno.errors.ConnectionRefused("refused");
    const connected = connectedPair(this.#world);
    const { server } = connected;
    run.ends.add(server);
    const remoteAddr: Deno.NetAddr = { transport: "tcp", hostname: address, port: 1 };
    run.port.offer({
      remoteAddr,
      read: (buffer) => server.read(buffer),
      write: (bytes) => server.write(bytes),
      close: () => server.close(),
      handshake: () => this.#world.sleep(1).then(() => ({ alpnProtocol: null })),
    });
    return connected;
  }

  #take(): Run | null {
    this.#generation++;
    this.#starting = false;
    const run = this.#run;
    this.#run = null;
    return run;
  }

  #listen(storage: SimulatedStorage, chat: Chat, guard: SignInGuard, accounts: Accounts): Run {
    const port = new Port();
    const { allowances } = chat;
    const logger = this.#logger();
    const signIn = new SignIn({
      accounts,
      guard,
      allowances,
      logger,
      channelBinding,
      onRegistered: (nameKey) => chat.markReadUpToNow(nameKey),
    });
    const listener = startNative(port, {
      chat,
      signIn,
      identities: new Identities(storage, allowances),
      logger,
      traffic: new Traffic(),
      registration: "open",
      serverName: "simulated",
    });
    return new Run(storage, chat, listener, port);
  }

  #logger(): Logger {
    const nothing = (): void => {};
    const error = (text: string, properties?: unknown): void => {
      this.#errors.push(`${text} ${Deno.inspect(properties)}`);
    };
    return { debug: nothing, info: nothing, warn: nothing, error };
  }
}
