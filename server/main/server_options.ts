/**
 * What a server is started with.
 *
 * @module
 */
import type { OnProgress } from "../storage/progress.ts";
import type { FileLimits } from "../heart/files/files.ts";
import type { Logger } from "../common/log.ts";
import type { IdentityStorage } from "../storage/identity_storage.ts";
import type { Storage } from "../storage/storage.ts";
import type { ClusterOptions } from "../storage/nats/cluster_options.ts";
import type { StorageError } from "../storage/storage_error.ts";

/** What a server is started with. */
export interface ServerOptions {
  /** The address to listen on. */
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** The address to listen on for wires that do not encrypt. */
  readonly plainHost?: string | undefined;
  /** Where classic clients connect; 0 picks a free port. They are not served where none is given. */
  readonly classicPort?: number | undefined;
  /** Where IRC clients connect with TLS; 0 picks a free port. They are not served where none is given. */
  readonly ircPort?: number | undefined;
  /** The same for IRC clients without TLS. */
  readonly ircPlainPort?: number | undefined;
  /** Where browsers get the page; 0 picks a free port. It is not served where none is given. */
  readonly webPort?: number | undefined;
  /** The certificate and key in PEM that browsers are shown, if not the server's own: both or none. */
  readonly webCertificateFile?: string | undefined;
  readonly webKeyFile?: string | undefined;
  /** The ways to sign in by SASL that IRC clients are offered; all where not given. */
  readonly ircSasl?: "all" | "plain" | undefined;
  /** The account whose owner may become operator of IRC. */
  readonly operator?: string | undefined;
  /** PBKDF2 iterations for passwords that the server derives itself; only tests have a reason to give any. */
  readonly iterations?: number | undefined;
  /** The data folder, which exists. */
  readonly dataDirectory: string;
  /** What people call this server. */
  readonly name: string;
  /** A message for everyone who connects. */
  readonly motd?: string | undefined;
  readonly registration: "open" | "closed";
  /** The operator's own certificate and key in PEM: both or none. */
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** How many posts a user may make a second in the long run; 0 means any number. */
  readonly postsPerSecond: number;
  /** How many bytes a user may post a day; 0 means any number. */
  readonly bytesPerDay: number;
  /** How much is kept of files that people send; usual limits where not given. */
  readonly files?: FileLimits | undefined;
  readonly logger: Logger;
  /** Is told how far a database of an older version is brought to the newest. */
  readonly onProgress?: OnProgress | undefined;
  /** Where the log of the servers is that are one chat together; the server is alone where not given. */
  readonly cluster?: Omit<ClusterOptions, "node" | "logger"> | undefined;
  /** Where clients reach this server of a cluster, as `host:port`; where it listens if not given. */
  readonly clusterAddresses?: readonly string[] | undefined;
  /** Opens the store; the one in the data folder where not given. */
  readonly openStorage?: (
    directory: string,
    options: {
      onDeath: (error: StorageError) => void;
      onLowDisk: (message: string) => void;
    },
  ) => Promise<Storage & IdentityStorage>;
}
