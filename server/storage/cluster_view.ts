/**
 * What a server of a cluster knows of the others that its clients are told, too.
 *
 * @module
 */

/** The cluster, as one of its servers sees it. */
export interface ClusterView {
  /** How far the log was followed here: everything up to there was applied and told. The same number means the same on all servers. */
  readonly place: number;
  /**
   * Waits for a place.
   *
   * @param place Which one.
   * @param timeoutMs For how long at the most.
   * @returns Whether it was reached.
   */
  reached(place: number, timeoutMs: number): Promise<boolean>;
  /** Where clients reach the other servers, as `host:port`. */
  readonly addresses: readonly string[];
  /**
   * Calls `watcher` whenever the addresses are others.
   *
   * @returns Ends it.
   */
  watch(watcher: (addresses: readonly string[]) => void): () => void;
}

/** The way in which a server tells the others of itself. */
export interface ClusterPresence extends ClusterView {
  /** This server can be reached from now on. */
  announce(self: AnnouncedServer): void;
  /** Nobody is to come to this server any more. */
  retire(): void;
}

/** What a server tells of itself. */
export interface AnnouncedServer {
  /** Where clients reach it. */
  readonly addresses: readonly string[];
  /** How many people are on it. */
  readonly people: () => number;
  /** How many files it has to copy from others; none where left out. */
  readonly missingFiles?: () => number;
}
