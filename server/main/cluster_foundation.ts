/**
 * What a server of a cluster stands on. All servers of a cluster have one identity: clients see no difference between them.
 *
 * @module
 */
import { basename, join } from "node:path";
import { writePrivateFile } from "../../platform/private_file.ts";
import { CertificateError, identityFileName, loadCertificate } from "../certificate/certificate.ts";
import type { FileFolder } from "../storage/files/file_folder.ts";
import { SharedFiles } from "../storage/files/shared_files.ts";
import { openClusterStorage } from "../storage/nats/cluster_storage.ts";
import type { ClusterOptions } from "../storage/nats/cluster_options.ts";
import type { Storage } from "../storage/storage.ts";
import type { Foundation, StoreEvents } from "./foundation_parts.ts";
import type { ServerOptions } from "./server_options.ts";

/**
 * Opens the store over the cluster's log, and takes on the cluster's keys.
 *
 * @param options See `startServer()`, also for what is thrown.
 * @param events What is called while the store is open.
 */
export async function openClusterFoundation(
  options: ServerOptions & { readonly cluster: Omit<ClusterOptions, "node" | "logger"> },
  events: StoreEvents,
): Promise<Foundation> {
  const { dataDirectory, name: node, logger } = options;
  const cluster = { ...options.cluster, node, logger };
  const opened = await openClusterStorage(dataDirectory, cluster, events);
  const { storage, whispers, presence, openFilePeers } = opened;
  try {
    if (options.certificateFile === undefined) {
      const path = join(dataDirectory, identityFileName);
      await shareKey(storage, path, () => loadCertificate(dataDirectory));
    }
    if (options.classicPort !== undefined) {
      const { loadServerKey, serverKeyFileName } = await import("../wires/classic/server_key.ts");
      await shareKey(
        storage,
        join(dataDirectory, serverKeyFileName),
        () => loadServerKey(dataDirectory),
      );
    }
    const certificate = await loadCertificate(dataDirectory, options);
    const shareFiles = async (folder: FileFolder, keeps: boolean) =>
      new SharedFiles({ folder, storage, peers: await openFilePeers(), logger, keeps });
    return { storage, whispers, certificate, presence, shareFiles };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/**
 * Takes on a key of the cluster: that of the server which has offered one first. It lies in the data folder, too, so that this
 * server keeps it if it is alone one day.
 *
 * @param storage Where the cluster keeps it, under the name of its file.
 * @param path The file.
 * @param make Makes the file where there is none.
 */
async function shareKey(
  storage: Storage,
  path: string,
  make: () => Promise<unknown>,
): Promise<void> {
  const name = basename(path);
  const before = await textOf(path);
  const found = await storage.findSecret(name);
  if (found === null) {
    await make();
    const value = new TextEncoder().encode(await textOf(path) ?? "");
    await storage.submit({ type: "secret", version: 1, name, value });
  }
  const kept = found ?? await storage.findSecret(name);
  const shared = kept === null ? "" : new TextDecoder().decode(kept);
  if (before !== null && before !== shared) throw foreignKey(path);
  if (await textOf(path) !== shared) await writePrivateFile(path, shared, "replace");
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function foreignKey(path: string): CertificateError {
  return new CertificateError(
    `The server's key ${path} is another one than that of the cluster. Move it away and start again: the server then takes on ` +
      "the cluster's.",
  );
}
