/**
 * Files of one account on one server, in the client's data folder.
 *
 * @module
 */
import { join } from "node:path";
import { writePrivateFile } from "../../platform/private_file.ts";
import { parseUserName } from "../../protocol/names/names.ts";
import type { TextStore } from "../core/link/text_store.ts";

/** Whose files they are. */
export interface AccountOnServer {
  /** Host and port, as the person gave them. */
  readonly server: string;
  /** The account's name. */
  readonly name: string;
}

/**
 * A file for one purpose.
 *
 * @param folder The client's data folder, which exists.
 * @param purpose What the file's name starts with.
 * @param account Whose.
 * @param charactersMax A longer file is not ours, and not read.
 * @throws {ChatError} `bad_name`.
 */
export async function openAccountFile(
  folder: string,
  purpose: string,
  { server, name }: AccountOnServer,
  charactersMax: number,
): Promise<TextStore> {
  // A name never becomes a part of a path.
  const bytes = new TextEncoder().encode(JSON.stringify([server, parseUserName(name).nameKey]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const path = join(folder, `${purpose}-${digest.toHex().slice(0, 32)}`);
  return {
    load: async () => {
      try {
        if ((await Deno.stat(path)).size > charactersMax) return undefined;
        return (await Deno.readTextFile(path)).trim() || undefined;
      } catch {
        return undefined;
      }
    },
    save: async (text) => {
      await writePrivateFile(path, text + "\n", "replace");
    },
  };
}
