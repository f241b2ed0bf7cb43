/**
 * The servers of one chat: the one that a person has given, and those of its cluster that it has told of. They have one identity, and
 * any of them will do: where one is gone, a client goes on with the next.
 *
 * @module
 */
import { ChatError } from "../../../protocol/wire/errors.ts";
import { serverAddressesMax } from "../../../protocol/wire/limits.ts";
import { parseServerAddress, serverAddressText } from "../../../protocol/wire/server_address.ts";
import type { Connect } from "./open_link.ts";
import { isLost } from "./server_link.ts";
import type { ServerConnection } from "./transport.ts";
import { within } from "./within.ts";

/** What the servers of a chat are made with. */
export interface ServersOptions {
  /** The server that the person has given, as `host:port`. */
  readonly given: string;
  /** Others that were told in an earlier run. */
  readonly others?: readonly string[];
  /** Keeps the others for the next run. Must not reject. */
  readonly keep?: (others: readonly string[]) => Promise<void>;
  /** A number from 0 up to 1: clients that have lost one server do not all go to the same. */
  readonly random?: () => number;
}

/**
 * How long a connection to one server may take at first where there is another one to go to, in milliseconds. Twice as long each time
 * all of them have failed: some networks are slow.
 */
const connectMs = 1_000;

/** How long signing in to one of several servers may take at first, beside the connection: longer than it waits for what was seen elsewhere. */
const signInMs = 4_000;

/** How long a connection to one of several servers may take. @param round How often all of them have failed. */
export function connectLimitMs(round: number): number {
  return connectMs * 2 ** Math.min(round, 5);
}

/**
 * How long signing in there may take, beside the connection. Where everyone comes at once it takes longer, and whoever gave up each
 * time would make it so for ever.
 *
 * @param round How often all servers have failed.
 */
export function signInLimitMs(round: number): number {
  return signInMs * 2 ** Math.min(round, 3);
}

/** The servers of one chat. */
export class Servers {
  readonly #given: string;
  readonly #keep: (others: readonly string[]) => Promise<void>;
  readonly #random: () => number;
  /** Those that the last server has told of: it hears them. */
  #live: readonly string[] = [];
  /** All that were told, those that live first. */
  #others: readonly string[];
  #current: string;

  /** @param options See {@linkcode ServersOptions}. */
  constructor(
    { given, others = [], keep = () => Promise.resolve(), random = Math.random }: ServersOptions,
  ) {
    this.#given = given;
    this.#current = given;
    this.#keep = keep;
    this.#random = random;
    this.#others = this.#usable(others);
  }

  /** The one that a client is connected to, or was last. */
  get current(): string {
    return this.#current;
  }

  /** Whether there is another one to go to. */
  get hasOthers(): boolean {
    return this.#elsewhere().length > 0;
  }

  /** Where a client is, for people; null where there is one server only. */
  get shown(): string | null {
    return this.hasOthers ? this.#current : null;
  }

  /** The order in which they are tried when the present one is gone: those that were heard of last, and the present one at the end. */
  toTry(): string[] {
    return [...this.#elsewhere(), this.#current];
  }

  /** A client is signed in to one of them. */
  arrived(server: string): void {
    this.#current = server;
  }

  /**
   * The server has told where the others are.
   *
   * @param told What it has told, over a connection on which it has proved who it is; undefined where it is alone.
   */
  take(told: readonly string[] | undefined): void {
    const live = this.#usable(told ?? []);
    // One that has just started has not heard of all others: those of before are kept behind.
    const before = told === undefined ? [] : this.#others;
    const all = [...new Set([...live, ...before])].slice(0, serverAddressesMax);
    const isSame = all.length === this.#others.length &&
      all.every((server) => this.#others.includes(server));
    this.#live = live;
    this.#others = all;
    if (!isSame) void this.#keep(all);
  }

  /**
   * Connects to the first one that answers, the present one before all others.
   *
   * @param connect Connects to one of them.
   * @param signal Gives up.
   * @throws {ChatError} Where none answers, what the one that was given has said; else all that connecting throws.
   */
  async connect(connect: Connect, signal: AbortSignal): Promise<ServerConnection> {
    if (!this.hasOthers) return await connect(signal, this.#current);
    for (const server of [this.#current, ...this.#elsewhere()]) {
      try {
        const connection = await within(
          connectLimitMs(0),
          signal,
          (limited) => connect(limited, server),
        );
        this.#current = server;
        return connection;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ChatError) || !isLost(error)) throw error;
      }
    }
    // Now with as much time as a server gets that is alone.
    const connection = await connect(signal, this.#given);
    this.#current = this.#given;
    return connection;
  }

  #elsewhere(): string[] {
    const all = [this.#given, ...this.#others].filter((server) => server !== this.#current);
    const isLive = (server: string) => this.#live.includes(server);
    const live = all.filter(isLive).map((server) => ({ server, turn: this.#random() }));
    live.sort((one, other) => one.turn - other.turn);
    return [...live.map(({ server }) => server), ...all.filter((server) => !isLive(server))];
  }

  #usable(servers: readonly string[]): string[] {
    const found = servers.slice(0, serverAddressesMax).flatMap((text) => {
      const address = parseServerAddress(text);
      return address === null ? [] : [serverAddressText(address.host, address.port)];
    });
    return [...new Set(found)].filter((server) => server !== this.#given);
  }
}
