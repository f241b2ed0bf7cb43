/**
 * Keeps what tells a server that this machine has signed in before: with it, a stranger who guesses passwords from the
 * same address cannot use up this person's tries.
 *
 * @module
 */
import { join } from "node:path";
import { writePrivateFile } from "../platform/private_file.ts";

/** Keeps one token. */
export interface DeviceStore {
  load(): Promise<string | undefined>;
  save(token: string): Promise<void>;
}

/**
 * The token of one account on one server, in the client's data folder.
 *
 * @param folder The client's data folder, which exists.
 * @param server Host and port, as the person gave them.
 * @param name The account's name.
 */
export async function openDeviceStore(
  folder: string,
  server: string,
  name: string,
): Promise<DeviceStore> {
  // A name never becomes a part of a path.
  const bytes = new TextEncoder().encode(JSON.stringify([server, name]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const path = join(folder, `device-${digest.toHex().slice(0, 32)}`);
  return {
    load: () =>
      Deno.readTextFile(path).then(
        (text) => text.trim().slice(0, 256) || undefined,
        () => undefined,
      ),
    save: async (token) => {
      await writePrivateFile(path, token + "\n", "replace");
    },
  };
}
