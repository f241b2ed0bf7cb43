/**
 * What a server needs to know to be one of several.
 *
 * @module
 */
import type { Logger } from "../../common/log.ts";

/** Where the log of a cluster is, and who writes it. */
export interface ClusterOptions {
  /** The NATS servers, as `host:port`: one, or three and more. */
  readonly servers: readonly string[];
  /** What the cluster is called there; matches {@linkcode clusterNamePattern}. */
  readonly name: string;
  /** What people call this server. */
  readonly node: string;
  /** How many days the log keeps what was said. */
  readonly logDays: number;
  /** The text of a file with a user and a password, or with NATS credentials; none where left out. */
  readonly credentials?: string | undefined;
  /** The certificates, in PEM, of the authority that has signed those of the NATS servers. */
  readonly authorities?: string | undefined;
  /** The monitoring addresses of the NATS servers, as `http://host:port`: see nats_monitor.ts. */
  readonly monitors: readonly string[];
  /** Whether the connections are encrypted. */
  readonly encrypted: boolean;
  readonly logger: Logger;
}

/** What a cluster may be called: a part of the name of a stream and of subjects. */
export const clusterNamePattern = /^[a-z0-9][a-z0-9_-]{0,31}$/;
