/**
 * What the log of a server says of its cluster: all of it, whenever somebody has come or gone, or leads the log now.
 *
 * @module
 */
import type { Logger } from "../../common/log.ts";
import { logLine, serverLine } from "./cluster_lines.ts";
import type { FoundLog } from "./log_stream.ts";
import type { ToldPlace } from "./told_place.ts";

/** What a report is made with. */
export interface ClusterReportOptions {
  readonly logger: Logger;
  /** What the log is called on the NATS servers. */
  readonly name: string;
  /** The own server, and those that were heard of. */
  readonly servers: () => readonly ToldPlace[];
}

/** Reports. */
export class ClusterReport {
  readonly #options: ClusterReportOptions;
  #told = "";

  /** @param options See {@linkcode ClusterReportOptions}. */
  constructor(options: ClusterReportOptions) {
    this.#options = options;
  }

  /** The log was looked at, as happens now and then: says how the cluster is, if that is news. */
  found(log: FoundLog): void {
    const { logger, name } = this.#options;
    const servers = this.#options.servers();
    // A server that is not ready yet has more to say soon.
    if (servers[0]?.addresses.length === 0) return;
    const news = JSON.stringify([
      log.leader,
      ...servers.map(({ run, node, addresses }) => [run, node, addresses].join()).sort(),
    ]);
    if (news === this.#told) return;
    this.#told = news;
    const lines = servers.map((server) => serverLine(server, log.last)).sort();
    for (const line of [logLine(name, log), ...lines]) {
      logger.info("The cluster: {line}.", { line });
    }
  }
}
