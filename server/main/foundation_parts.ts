/**
 * What a server stands on, as its parts.
 *
 * @module
 */
import type { ServerCertificate } from "../certificate/certificate.ts";
import type { ClusterPresence } from "../storage/cluster_view.ts";
import type { FileBytes } from "../storage/file_storage.ts";
import type { FileFolder } from "../storage/files/file_folder.ts";
import type { IdentityStorage } from "../storage/identity_storage.ts";
import type { StorageOptions } from "../storage/sqlite/sqlite_storage.ts";
import type { Storage } from "../storage/storage.ts";
import type { Whispers } from "../storage/whispers.ts";

/** What a server stands on. */
export interface Foundation {
  readonly storage: Storage & IdentityStorage;
  readonly certificate: ServerCertificate;
  /** Where the servers of a cluster whisper; undefined where the server is alone. */
  readonly whispers?: Whispers;
  /** The cluster, and the way to tell it of this server; undefined where the server is alone. */
  readonly presence?: ClusterPresence;
  /**
   * Makes the files of this server a part of those of its cluster; undefined where it is alone.
   *
   * @param folder Its own files.
   * @param keeps Whether it keeps any.
   */
  readonly shareFiles?: (folder: FileFolder, keeps: boolean) => Promise<FileBytes>;
}

/** What is called while the store is open. */
export type StoreEvents = Required<Pick<StorageOptions, "onDeath" | "onProgress">> & {
  readonly onLowDisk: (message: string) => void;
};
