/**
 * A real cluster: three servers of NATS and three of the chat, in processes of their own, over links that can be cut.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { DatabaseSync } from "node:sqlite";
import { databaseFileName } from "../../../server/storage/sqlite/file/data_folder.ts";
import { digestOf } from "../../fixtures/digest.ts";
import { CuttableLink } from "../../system/cuttable_link.ts";
import { NatsServers } from "../../system/nats_servers.ts";
import { Door } from "./native.ts";
import { ServerProcess } from "./server.ts";

const count = 3;
/** By then all of them must have what one of them has. */
const caughtUpMs = 120_000;

/** Servers of NATS, which reach one another over links where these are to be cut. */
export class LinkedNats implements AsyncDisposable {
  readonly servers: NatsServers;
  /** By who connects and whom it reaches. */
  readonly #links: ReadonlyMap<string, CuttableLink>;

  private constructor(servers: NatsServers, links: ReadonlyMap<string, CuttableLink>) {
    this.servers = servers;
    this.#links = links;
  }

  /**
   * Starts them.
   *
   * @param folder Where.
   * @param isCuttable Whether they reach one another over links. These are carried by the test's own process: what it does beside makes
   * everything slower.
   */
  static async start(folder: string, isCuttable: boolean): Promise<LinkedNats> {
    const links = new Map<string, CuttableLink>();
    const routeTo = (from: number, to: number, port: number) => {
      if (!isCuttable) return port;
      const name = `${from} ${to}`;
      const link = links.get(name) ?? new CuttableLink(port);
      links.set(name, link);
      return link.port;
    };
    return new LinkedNats(await NatsServers.start(folder, count, { routeTo }), links);
  }

  /** The links between one of them and the others. */
  linksOf(nats: number): CuttableLink[] {
    return [...this.#links].filter(([name]) => name.split(" ").includes(String(nats)))
      .map(([, link]) => link);
  }

  /** Every link is whole. */
  mend(): void {
    for (const link of this.#links.values()) link.mend();
  }

  /** Ends them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.servers[Symbol.asyncDispose]();
    for (const link of this.#links.values()) await link[Symbol.asyncDispose]();
  }
}

/** One server of the chat, whether it runs or not. */
export class RealNode {
  readonly directory: string;
  /** Its ways to the servers of NATS, where they are to be cut. */
  readonly links: readonly CuttableLink[];
  readonly #natsPorts: readonly number[];
  readonly #cluster: string;
  readonly #number: number;
  #process: ServerProcess | null = null;
  #port = 0;

  /**
   * @param directory Its data folder.
   * @param nats The servers of NATS.
   * @param which The cluster's name, which of its servers this is, and whether its ways to NATS are to be cut.
   */
  constructor(
    directory: string,
    nats: NatsServers,
    which: { readonly cluster: string; readonly number: number; readonly isCuttable: boolean },
  ) {
    this.directory = directory;
    this.links = which.isCuttable ? nats.ports.map((port) => new CuttableLink(port)) : [];
    this.#natsPorts = which.isCuttable ? this.links.map(({ port }) => port) : nats.ports;
    this.#cluster = which.cluster;
    this.#number = which.number;
  }

  /** Where clients reach it. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** The process. */
  get process(): ServerProcess {
    if (this.#process === null) throw new Error(`Server ${this.#number} does not run.`);
    return this.#process;
  }

  /** Starts it, at the port that it had before, and waits until it is ready. */
  async start(...further: string[]): Promise<void> {
    const ports = this.#natsPorts;
    // Each prefers another one.
    const urls = ports.map((_, at) =>
      `nats://127.0.0.1:${ports[(at + this.#number) % ports.length]!}`
    );
    const args = ["--cluster", urls.join(","), "--cluster-name", this.#cluster, ...further];
    const { directory } = this;
    this.#process = await ServerProcess.start({ directory, port: this.#port, args });
    this.#port = this.#process.port;
  }

  /** Ends it without mercy. */
  async kill(): Promise<void> {
    this.process.signal("SIGKILL");
    await this.process.ended();
    this.#process = null;
  }

  /** Stops it as an operator would. Gives the lines that speak of a mistake of its own. */
  async stop(): Promise<string[]> {
    const stopped = this.process;
    const code = await stopped.stop();
    this.#process = null;
    return [...(code === 0 ? [] : [`It ended with ${code}.`]), ...stopped.mistakes()];
  }

  /** How to reach it; it must have been started. */
  async door(): Promise<Door> {
    return await Door.of({ port: this.#port, directory: this.directory });
  }

  /** Reads its database. */
  read<Found>(read: (database: DatabaseSync) => Found): Found {
    const path = `${this.directory}/${databaseFileName}`;
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return read(database);
    } finally {
      database.close();
    }
  }

  /** How far it has followed the log. */
  get applied(): number {
    return this.read((database) =>
      Number(database.prepare("SELECT applied FROM log_place").get()?.["applied"] ?? 0)
    );
  }

  /** Ends what runs. */
  async end(): Promise<void> {
    if (this.#process !== null) await this.kill();
    for (const link of this.links) await link[Symbol.asyncDispose]();
  }
}

/** The servers of the chat. */
export class RealCluster implements AsyncDisposable {
  readonly nodes: readonly RealNode[];

  /**
   * @param folder Where their data folders are made.
   * @param nats The servers of NATS.
   * @param options The cluster's name, and whether the ways to NATS are to be cut.
   */
  constructor(
    folder: string,
    nats: NatsServers,
    { name, isCuttable }: { readonly name: string; readonly isCuttable: boolean },
  ) {
    this.nodes = Array.from(
      { length: count },
      (_, number) =>
        new RealNode(`${folder}/${name}-${number}`, nats, { cluster: name, number, isCuttable }),
    );
  }

  /** Starts all of them; the first one makes the log. */
  async start(): Promise<void> {
    const [first, ...others] = this.nodes;
    await first!.start();
    await Promise.all(others.map((node) => node.start()));
  }

  /**
   * Stops all of them, when each has what the others have stored.
   *
   * @returns Mistakes that they have logged, and what is not the same in their databases; nothing, if all is well.
   */
  async stop(): Promise<string[]> {
    await this.#caughtUp();
    const mistakes: string[] = [];
    for (const node of this.nodes) mistakes.push(...await node.stop());
    const [first, ...others] = this.nodes.map((node) => node.read(digestOf));
    for (const [at, digest] of others.entries()) {
      const different = Object.keys(digest).filter((table) => digest[table] !== first![table]);
      if (different.length > 0) mistakes.push(`Server ${at + 1} has other ${different}.`);
    }
    return mistakes;
  }

  /** How far everyone has read is stored some seconds later. */
  async #caughtUp(): Promise<void> {
    let last = "";
    const endMs = performance.now() + caughtUpMs;
    for (let stillSince = performance.now(); performance.now() - stillSince < 6_000;) {
      const applied = this.nodes.map((node) => node.applied);
      const isSame = applied.every((place) => place === applied[0]);
      if (applied.join() !== last || !isSame) stillSince = performance.now();
      last = applied.join();
      if (performance.now() > endMs) throw new Error(`The servers do not become alike: ${last}.`);
      await delay(300);
    }
  }

  /** Ends what runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) await node.end();
  }
}
