/**
 * What a server of a cluster stands on. All servers of a cluster have one identity: clients see no difference between them.
 *
 * @module
 */
import { join } from "node:path";
import { writePrivateFile } from "../../platform/private_file.ts";
import {
  CertificateError,
  identityFileName,
  loadCertificate,
  type ServerCertificate,
} from "../certificate/certificate.ts";
import { openClusterStorage } from "../storage/nats/cluster_storage.ts";
import type { ClusterOptions } from "../storage/nats/cluster_options.ts";
import type { Storage } from "../storage/storage.ts";
import type { Foundation, StoreEvents } from "./foundation_parts.ts";
import type { ServerOptions } from "./server_options.ts";

/** The name under which the cluster keeps its certificate, with its key. */
const secretName = "tls identity";

/**
 * Opens the store over the cluster's log, and takes on the cluster's certificate.
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
  const { storage, whispers } = await openClusterStorage(dataDirectory, cluster, events);
  try {
    const certificate = options.certificateFile === undefined
      ? await sharedCertificate(storage, dataDirectory)
      : await loadCertificate(dataDirectory, options);
    return { storage, whispers, certificate };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/**
 * The cluster's certificate: that of the server which has offered one first. It lies in the data folder, too, so that this server
 * keeps it if it is alone one day.
 */
async function sharedCertificate(
  storage: Storage,
  dataDirectory: string,
): Promise<ServerCertificate> {
  const path = join(dataDirectory, identityFileName);
  const before = await textOf(path);
  const found = await storage.findSecret(secretName);
  if (found === null) {
    await loadCertificate(dataDirectory);
    const value = new TextEncoder().encode(await textOf(path) ?? "");
    await storage.submit({ type: "secret", version: 1, name: secretName, value });
  }
  const kept = found ?? await storage.findSecret(secretName);
  const shared = kept === null ? "" : new TextDecoder().decode(kept);
  if (before !== null && before !== shared) throw foreignKey(path);
  if (await textOf(path) !== shared) await writePrivateFile(path, shared, "replace");
  return await loadCertificate(dataDirectory);
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
