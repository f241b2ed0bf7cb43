/**
 * Opens what a server stands on: its store and its certificate. NATS is loaded only where the server is one of several.
 *
 * @module
 */
import { loadCertificate } from "../certificate/certificate.ts";
import { openStorage } from "../storage/sqlite/sqlite_storage.ts";
import type { Foundation, StoreEvents } from "./foundation_parts.ts";
import type { ServerOptions } from "./server_options.ts";

/**
 * Opens the store, and loads or makes the certificate.
 *
 * @param options See `startServer()`, also for what is thrown.
 * @param events What is called while the store is open.
 */
export async function openFoundation(
  options: ServerOptions,
  events: StoreEvents,
): Promise<Foundation> {
  const { cluster, dataDirectory } = options;
  if (cluster !== undefined) {
    const { openClusterFoundation } = await import("./cluster_foundation.ts");
    return await openClusterFoundation({ ...options, cluster }, events);
  }
  const open = options.openStorage ?? openStorage;
  // Side by side: at the first start the certificate has to be made, and takes as long as the store.
  const [certificate, storage] = await Promise.allSettled([
    loadCertificate(dataDirectory, options),
    open(dataDirectory, events),
  ]);
  if (storage.status === "rejected") throw storage.reason;
  if (certificate.status === "fulfilled") {
    return { storage: storage.value, certificate: certificate.value };
  }
  await storage.value.close();
  throw certificate.reason;
}
