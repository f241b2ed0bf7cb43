/**
 * Real servers of NATS for tests: three that keep one log together, on the loopback address.
 *
 * @module
 */
import { deadline } from "@std/async/deadline";
import { delay } from "@std/async/delay";
import { natsServerPath } from "../nats_server_path.ts";
import { patienceMs, Program } from "./processes.ts";

/** By then one must have become ready, in milliseconds. */
const startMs = 30_000;
/** Who is behind by no more than this while everyone writes follows: some messages are always on their way. */
const lagMax = 50;
/** Who was not heard of for so long does not follow, in nanoseconds. From those that are there a leader hears every second. */
const silentNs = 3 * 1e9;

/** Servers that let only one user in, with TLS. */
export interface ClosedNats {
  readonly user: string;
  readonly password: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

function closedConfig({ user, password, certificateFile, keyFile }: ClosedNats): string {
  return [
    `authorization { user: "${user}", password: "${password}" }`,
    `tls { cert_file: "${certificateFile}", key_file: "${keyFile}" }`,
  ].join("\n");
}

/** How servers are started. */
export interface NatsOptions {
  /** Whom they let in, and their certificate; everyone without encryption where left out. */
  readonly closed?: ClosedNats;
  /** Gives the port by which one of them reaches another one's; that one's own where left out. */
  readonly routeTo?: (from: number, to: number, port: number) => number;
  /** What they take as one message, in bytes; as much as they usually do where left out. */
  readonly payloadBytes?: number;
}

/** One of them. */
interface NatsServer {
  readonly name: string;
  readonly port: number;
  readonly routePort: number;
  readonly monitorPort: number;
  program: Program | null;
}

/** Servers of NATS that keep one log together. */
export class NatsServers implements AsyncDisposable {
  readonly #folder: string;
  readonly #servers: readonly NatsServer[];
  readonly #closed: ClosedNats | null;
  readonly #routeTo: (from: number, to: number, port: number) => number;
  readonly #payloadBytes: number | undefined;

  private constructor(folder: string, servers: readonly NatsServer[], options: NatsOptions) {
    this.#folder = folder;
    this.#closed = options.closed ?? null;
    this.#routeTo = options.routeTo ?? ((_from, _to, port) => port);
    this.#payloadBytes = options.payloadBytes;
    this.#servers = servers;
  }

  /**
   * Starts them.
   *
   * @param folder An empty folder.
   * @param count How many.
   * @param options See {@linkcode NatsOptions}.
   */
  static async start(folder: string, count = 3, options: NatsOptions = {}): Promise<NatsServers> {
    const ports = freePorts(count * 3);
    const servers = Array.from({ length: count }, (_, at) => ({
      name: `n${at + 1}`,
      port: ports[at * 3]!,
      routePort: ports[at * 3 + 1]!,
      monitorPort: ports[at * 3 + 2]!,
      program: null,
    }));
    const started = new NatsServers(folder, servers, options);
    for (let at = 0; at < count; at++) await started.revive(at);
    return started;
  }

  /** What a server is given as `--cluster`. */
  get urls(): string {
    const begin = this.#closed === null ? "nats://127.0.0.1" : "tls://localhost";
    return this.#servers.map(({ port }) => `${begin}:${port}`).join(",");
  }

  /** What a server is given as `--cluster-monitor`. */
  get monitors(): string {
    return this.#servers.map(({ monitorPort }) => `http://127.0.0.1:${monitorPort}`).join(",");
  }

  /** Where one of them keeps what it stores. */
  storeOf(at: number): string {
    return `${this.#folder}/${this.#servers[at]!.name}`;
  }

  /** The ports that they serve their clients at. */
  get ports(): readonly number[] {
    return this.#servers.map(({ port }) => port);
  }

  /** The processes of those that run. */
  get pids(): readonly number[] {
    return this.#servers.flatMap(({ program }) => program === null ? [] : [program.pid]);
  }

  /** Starts one of them, again. */
  async revive(at: number): Promise<void> {
    const server = this.#servers[at]!;
    const path = `${this.#folder}/${server.name}.conf`;
    await Deno.writeTextFile(path, this.#config(server));
    const program = server.program = new Program(["-c", path], {}, [natsServerPath()!]);
    if (await isReady(program)) return;
    // It then says what each of its threads is at.
    program.signal("SIGQUIT");
    await program.status();
    throw new Error(program.transcript());
  }

  /** Ends one of them. */
  async end(at: number, signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const server = this.#servers[at]!;
    server.program?.signal(signal);
    await server.program?.status();
    server.program = null;
  }

  /** Which of them leads the stream; waits until one does. */
  async leader(stream: string): Promise<number> {
    return await this.#patiently(() => `Nobody leads ${stream}.`, this.#findLeader(stream));
  }

  /**
   * Waits until all of them follow: until whoever leads the stream, and whoever leads all of them, say so of every other one. Before that one more
   * must not end: those that are left would be no majority.
   */
  async whole(stream: string): Promise<void> {
    let missing: readonly string[] = [];
    const follow = async () => {
      do {
        missing = await this.#findMissing(stream);
        if (missing.length > 0) await delay(50);
      } while (missing.length > 0);
    };
    await this.#patiently(() => `Not all follow: ${missing.join(", ")}.`, follow());
  }

  /** Where nothing comes of it, the error says how each server is. */
  async #patiently<T>(what: () => string, waiting: Promise<T>): Promise<T> {
    try {
      return await deadline(waiting, patienceMs);
    } catch (cause) {
      const states = await Promise.all(this.#servers.map(async ({ name, monitorPort, program }) => {
        const seen = await seenBy(monitorPort).catch(String);
        const log = program?.errors.slice(-20).join("\n") ?? "It does not run.";
        return `${name}: ${JSON.stringify(seen)}\n${log}`;
      }));
      throw new Error(`${what()} ${states.join("\n")}`, { cause });
    }
  }

  /** What is not as it should be, in words; nothing where all of them follow. */
  async #findMissing(stream: string): Promise<string[]> {
    const running = this.#servers.filter(({ program }) => program !== null);
    const seen = await Promise.all(running.map(async ({ name, monitorPort }) => {
      const { streams, all } = await seenBy(monitorPort).catch(() => nothingSeen);
      return { name, groups: { [stream]: streams[stream] ?? null, "all servers": all } };
    }));
    return [stream, "all servers"].flatMap((group) => {
      const led = seen.find(({ name, groups }) => groups[group]?.leader === name);
      if (led === undefined) return [`nobody leads ${group}`];
      const { replicas = [] } = led.groups[group]!;
      const others = this.#servers.filter(({ name }) => name !== led.name);
      return others.filter(({ name }) => !follows(replicas.find((one) => one.name === name)))
        .map(({ name }) => `${name} (${group}, led by ${led.name})`);
    });
  }

  async #findLeader(stream: string): Promise<number> {
    for (;;) {
      for (const [at, { name, monitorPort, program }] of this.#servers.entries()) {
        if (program === null) continue;
        const { streams } = await seenBy(monitorPort).catch(() => nothingSeen);
        if (streams[stream]?.leader === name) return at;
      }
      await delay(50);
    }
  }

  #config({ name, port, routePort, monitorPort }: NatsServer): string {
    const own = this.#servers.findIndex((one) => one.name === name);
    const routes = this.#servers.map((one, at) =>
      `nats://127.0.0.1:${at === own ? one.routePort : this.#routeTo(own, at, one.routePort)}`
    ).join(", ");
    const isAlone = this.#servers.length === 1;
    const closed = this.#closed;
    return [
      closed === null ? "" : closedConfig(closed),
      this.#payloadBytes === undefined ? "" : `max_payload: ${this.#payloadBytes}`,
      `server_name: ${name}`,
      `listen: 127.0.0.1:${port}`,
      `http: 127.0.0.1:${monitorPort}`,
      `jetstream { store_dir: "${this.#folder}/${name}", max_file: 1G, sync_interval: always }`,
      isAlone
        ? ""
        : `cluster { name: test, listen: 127.0.0.1:${routePort}, routes: [${routes}], no_advertise: true }`,
    ].join("\n");
  }

  /** Ends them all. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map(({ program }) => program?.[Symbol.asyncDispose]()));
  }
}

/** Another one, as the leader of a group knows it. */
interface Replica {
  readonly name: string;
  readonly current: boolean;
  readonly offline?: boolean;
  /** For how long nothing was heard of it, in nanoseconds. */
  readonly active: number;
  /** How many messages it is behind. */
  readonly lag?: number;
}

/** What one of them knows of a group of them: of those that keep a stream, or of all. */
interface Group {
  readonly leader?: string;
  readonly replicas?: readonly Replica[];
}

/** What one of them knows. */
interface Seen {
  readonly streams: Readonly<Record<string, Group>>;
  readonly all: Group | null;
}

const nothingSeen: Seen = { streams: {}, all: null };

function follows(replica: Replica | undefined): boolean {
  if (replica === undefined || replica.offline === true) return false;
  const { current, active, lag = Infinity } = replica;
  // Of one from which it has never heard it says 0.
  return current || (active > 0 && active < silentNs && lag <= lagMax);
}

/** What one of them knows. @throws Where it does not answer. */
async function seenBy(monitorPort: number): Promise<Seen> {
  const response = await fetch(`http://127.0.0.1:${monitorPort}/jsz?streams=true&config=false`);
  const { account_details = [], meta_cluster } = await response.json() as {
    account_details?: { stream_detail?: { name: string; cluster?: Group }[] }[];
    meta_cluster?: Group;
  };
  const details = account_details.flatMap(({ stream_detail = [] }) => stream_detail);
  const streams = Object.fromEntries(details.map(({ name, cluster }) => [name, cluster ?? {}]));
  return { streams, all: meta_cluster ?? null };
}

/** Whether a server becomes ready. */
async function isReady(program: Program): Promise<boolean> {
  const waiting = new AbortController();
  const ready = program.errorLine("Server is ready").then(() => true, () => false);
  const late = delay(startMs, waiting).then(() => false, () => false);
  const isThere = await Promise.race([ready, late]);
  waiting.abort();
  return isThere;
}

/** Ports that nobody uses now. */
function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}
