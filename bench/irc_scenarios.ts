/**
 * What IRC servers are measured by: the same for ours and for those that it is compared with.
 *
 * @module
 */
import type { IrcLoad, IrcLoadResult } from "./irc_load.ts";
import type { IrcPairsLoad } from "./irc_pairs_load.ts";
import type { PingPongResult } from "./ping_pong.ts";
import type { Row } from "./rows.ts";
import { runLoad } from "./server_process.ts";

/** One benchmark of a server that listens on a port. */
export interface Scenario {
  readonly name: string;
  /**
   * Puts the load on a server.
   *
   * @param port Where it listens, without TLS.
   * @return Its figures; their names begin with `name`.
   */
  run(port: number): Promise<Row[]>;
}

/** A broadcast in one channel: one sender, 1,000 messages and window 64, where nothing else is said. */
export function broadcast(name: string, load: Partial<IrcLoad> & { clients: number }): Scenario {
  const full = { senders: 1, messages: 1_000, window: 64, perSecond: 0, ...load };
  return {
    name,
    run: async (port) => {
      const result = await runLoad<IrcLoadResult>("irc_load.ts", { ...full, port });
      return [
        { name: "deliveries", value: result.deliveries / result.seconds, unit: "1/s" },
        { name: "p50", value: result.p50Ms, unit: "ms" },
        { name: "p99", value: result.p99Ms, unit: "ms" },
        { name: "lost", value: result.lost, unit: "" },
      ];
    },
  };
}

/** Pairs that answer each other's private messages. */
export function pairs(name: string, load: Omit<IrcPairsLoad, "port">): Scenario {
  return {
    name,
    run: async (port) => {
      const result = await runLoad<PingPongResult>("irc_pairs_load.ts", { ...load, port });
      return [
        { name: "round trips", value: result.count / result.seconds, unit: "1/s" },
        { name: "p50", value: result.p50Ms, unit: "ms" },
        { name: "p99", value: result.p99Ms, unit: "ms" },
      ];
    },
  };
}

/** Every IRC benchmark. */
export const scenarios: readonly Scenario[] = [
  broadcast("10 clients, window 64", { clients: 10, messages: 20_000 }),
  broadcast("100 clients, window 64", { clients: 100, messages: 10_000 }),
  broadcast("1,000 clients, window 64", { clients: 1_000, messages: 3_000 }),
  broadcast("1,000 clients, window 1", { clients: 1_000, messages: 200, window: 1 }),
  broadcast("1,000 clients, 20/s", { clients: 1_000, messages: 300, perSecond: 20 }),
  broadcast("10 clients, all send, window 64", { clients: 10, senders: 10, messages: 5_000 }),
  // Here servers without TCP_NODELAY wait for delayed acknowledgements.
  broadcast("10 clients, all send, window 1", {
    clients: 10,
    senders: 10,
    messages: 200,
    window: 1,
  }),
  broadcast("10 clients, all send 20/s", {
    clients: 10,
    senders: 10,
    messages: 200,
    perSecond: 20,
  }),
  pairs("100 pairs, private ping-pong", { pairs: 100, seconds: 5 }),
];
